using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Typing;

/// <summary>String columns: one copy per cell. Empty texts are values; only fields without a value are null.</summary>
sealed class StringColumnTyper(ColumnPlan plan, int index) : ColumnTyper(plan, index)
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Append(FieldBlock block, Column column, BlockErrors errors)
    {
        var nullable = column as NullableColumn;
        var texts = (StringColumn)(nullable?.Inner ?? column);
        var fields = block.Column(Plan.SourceIndex).AsSpan(0, block.RowCount);
        var text = block.Text;
        for (var row = 0; row < fields.Length; row++)
        {
            var field = fields[row];
            var isNull = field.Kind == FieldKind.Null;
            if (isNull && nullable is null && !Missing(block, row, errors))
            {
                return;
            }

            nullable?.Mask.Append(isNull ? (byte)1 : (byte)0);
            var length = isNull ? 0 : field.Length;
            Copy(text.AsSpan(field.Offset, length), texts.AppendSpan(length));
        }
    }

    /// <summary>Short texts are copied in registers: a call to memmove costs more than they do.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Copy(ReadOnlySpan<byte> from, Span<byte> to)
    {
        if (from.Length is >= 8 and <= 16 && to.Length == from.Length)
        {
            var head = BinaryPrimitives.ReadUInt64LittleEndian(from);
            var tail = BinaryPrimitives.ReadUInt64LittleEndian(from[^8..]);
            BinaryPrimitives.WriteUInt64LittleEndian(to, head);
            BinaryPrimitives.WriteUInt64LittleEndian(to[^8..], tail);
        }
        else
        {
            from.CopyTo(to);
        }
    }
}

/// <summary>A String for want of evidence: stays so until a value answers the open question, then widens.</summary>
sealed class OpenColumnTyper(ColumnPlan plan, int index) : ColumnTyper(plan, index)
{
    readonly StringColumnTyper _texts = new(plan, index);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Append(FieldBlock block, Column column, BlockErrors errors)
    {
        var fields = block.Column(Plan.SourceIndex).AsSpan(0, block.RowCount);
        for (var row = 0; row < fields.Length; row++)
        {
            var field = fields[row];
            if (field.Length > 0 && field.Kind != FieldKind.Null && Answers(block.Bytes(field))
                && !Misfit(block, row, RejectCode.None, errors))
            {
                return;
            }
        }

        _texts.Append(block, column, errors);
    }

    bool Answers(ReadOnlySpan<byte> text)
    {
        if (Plan.Form.Question == OpenQuestion.NoValues)
        {
            return true;
        }

        var facts = CellClassifier.Classify(text);
        if (Plan.Form.Question == OpenQuestion.NullWordsOnly)
        {
            return facts.Form is not (CellForm.NullWord or CellForm.Text);
        }

        if (Plan.Form.Question == OpenQuestion.NumberStyle)
        {
            var evidence = new StyledEvidence();
            if (facts.Form == CellForm.StyledNumber)
            {
                evidence.Add(text, 1);
            }

            return facts.Form is CellForm.Decimal or CellForm.Text || evidence.NotEnglishLine + evidence.NotEuropeanLine > 0;
        }

        return facts.Form != CellForm.NullWord && (facts.First > 12 || facts.Second > 12
            || (facts.Form != Plan.Form.Cell && facts.Form != CellForms.WithTime(Plan.Form.Cell)));
    }
}

/// <summary>FixedString columns.</summary>
sealed class FixedStringColumnTyper(ColumnPlan plan, int index) : ColumnTyper(plan, index)
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Append(FieldBlock block, Column column, BlockErrors errors)
    {
        var nullable = column as NullableColumn;
        var texts = (FixedStringColumn)(nullable?.Inner ?? column);
        for (var row = 0; row < block.RowCount; row++)
        {
            var field = block.Column(Plan.SourceIndex)[row];
            var isNull = field.Kind == FieldKind.Null
                || (field.Length == 0 && field.Kind == FieldKind.Text && nullable is not null);
            if (isNull && nullable is null && !Missing(block, row, errors))
            {
                return;
            }

            nullable?.Mask.Append(isNull ? (byte)1 : (byte)0);
            if (isNull || (field.Length > texts.Width && Misfit(block, row, RejectCode.TooLong, errors)))
            {
                texts.AppendDefault();
            }
            else
            {
                texts.Append(block.Bytes(field));
            }
        }
    }
}

/// <summary>
/// LowCardinality(String): the key of a text is remembered by its first bytes, and proven by comparing the text.
/// </summary>
sealed class DictionaryColumnTyper(ColumnPlan plan, int index) : ColumnTyper(plan, index)
{
    const int CacheSize = 1024;

    readonly int[] _keys = new int[CacheSize];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Append(FieldBlock block, Column column, BlockErrors errors)
    {
        var dictionary = (LowCardinalityColumn)column;
        var texts = (StringColumn)dictionary.Dictionary;
        var nullable = column.Type.AcceptsNull;
        var fields = block.Column(Plan.SourceIndex).AsSpan(0, block.RowCount);
        var text = block.Text;
        for (var row = 0; row < fields.Length; row++)
        {
            var field = fields[row];
            if (field.Kind == FieldKind.Null)
            {
                if (!nullable && !Missing(block, row, errors))
                {
                    return;
                }

                dictionary.AppendDefault();
                continue;
            }

            var value = text.AsSpan(field.Offset, field.Length);
            ref var key = ref _keys[Slot(value)];
            if (key > (nullable ? 0 : -1) && key < texts.Count && texts[key].SequenceEqual(value))
            {
                dictionary.Keys.Append(key);
            }
            else
            {
                dictionary.Append(value);
                key = dictionary.Keys.Values[^1];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint Slot(ReadOnlySpan<byte> text)
    {
        ulong bits;
        if (text.Length >= 8)
        {
            bits = BinaryPrimitives.ReadUInt64LittleEndian(text) ^ (BinaryPrimitives.ReadUInt64LittleEndian(text[^8..]) << 1);
        }
        else if (text.Length >= 4)
        {
            bits = BinaryPrimitives.ReadUInt32LittleEndian(text) | (
                (ulong)BinaryPrimitives.ReadUInt32LittleEndian(text[^4..]) << 32);
        }
        else
        {
            bits = text.Length == 0 ? 0 : text[0] | ((uint)text[text.Length >> 1] << 8) | ((uint)text[^1] << 16);
        }

        return (uint)(((bits + (uint)text.Length) * 0x9E3779B97F4A7C15) >> 54);
    }
}

/// <summary>LowCardinality of anything else: typed like the value's own type, then looked up.</summary>
sealed class DictionaryValueTyper(ColumnPlan plan, int index, ColumnTyper inner, Column buffer) : ColumnTyper(plan, index)
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Append(FieldBlock block, Column column, BlockErrors errors)
    {
        buffer.Clear();
        inner.Append(block, buffer, errors);
        if (errors.Mismatch is not null)
        {
            return;
        }

        var dictionary = (LowCardinalityColumn)column;
        var nullable = buffer as NullableColumn;
        var values = (FixedWidthColumn)(nullable?.Inner ?? buffer);
        for (var row = 0; row < block.RowCount; row++)
        {
            if (nullable is not null && nullable.Mask.Values[row] != 0)
            {
                dictionary.AppendNull();
            }
            else
            {
                dictionary.Append(values.Bytes.Slice(row * values.Width, values.Width));
            }
        }
    }
}

/// <summary>A column that the file does not have.</summary>
sealed class AbsentColumnTyper(ColumnPlan plan, int index) : ColumnTyper(plan, index)
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Append(FieldBlock block, Column column, BlockErrors errors)
    {
        for (var row = 0; row < block.RowCount; row++)
        {
            column.AppendDefault();
            if (Plan.Rules?.Required == true)
            {
                errors.Reject(row, Plan.Name, RejectCode.RequiredMissing, RejectMessages.For(RejectCode.RequiredMissing, Plan));
            }
        }
    }
}
