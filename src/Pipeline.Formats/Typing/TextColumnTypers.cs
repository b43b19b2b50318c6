using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
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
        var mask = nullable is null ? default : nullable.Mask.AppendSpan(fields.Length);
        long bytes = 0;
        foreach (var field in fields)
        {
            bytes += field.Kind == FieldKind.Null ? 0 : field.Length;
        }

        var room = texts.AppendRows(fields.Length, bytes, out var ends);
        var start = texts.Bytes.Length - room.Length;
        var at = 0;
        for (var row = 0; row < fields.Length; row++)
        {
            var field = fields[row];
            var isNull = field.Kind == FieldKind.Null;
            if (isNull && nullable is null && !Missing(block, row, errors))
            {
                return;
            }

            if (row < mask.Length)
            {
                mask[row] = isNull ? (byte)1 : (byte)0;
            }

            var (offset, length) = (field.Offset, isNull ? 0 : field.Length);
            if (length <= Vector128<byte>.Count && room.Length - at >= Vector128<byte>.Count && text.Length - offset >= Vector128<byte>.Count)
            {
                // Short texts are copied in a register, with what stands behind them: the next text overwrites it.
                Vector128.Create(text.AsSpan(offset, Vector128<byte>.Count)).CopyTo(room[at..]);
            }
            else
            {
                text.AsSpan(offset, length).CopyTo(room[at..]);
            }

            at += length;
            ends[row] = start + at;
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
/// LowCardinality(String): the key of a text of up to eight bytes is remembered by these bytes for as long as a block lasts; others are looked up.
/// </summary>
sealed class DictionaryColumnTyper(ColumnPlan plan, int index) : ColumnTyper(plan, index)
{
    const int CacheBits = 8;

    // Key + 1, so that an empty slot is none.
    readonly (ulong Text, int Length, int KeyPlusOne)[] _keys = new (ulong, int, int)[1 << CacheBits];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Append(FieldBlock block, Column column, BlockErrors errors)
    {
        var dictionary = (LowCardinalityColumn)column;
        var nullable = column.Type.AcceptsNull;
        var fields = block.Column(Plan.SourceIndex).AsSpan(0, block.RowCount);
        var text = block.Text;
        var keys = dictionary.Keys;
        keys.Reserve(fields.Length);

        // Keys are those of this dictionary only, and another batch has another one.
        Array.Clear(_keys);
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

            var (offset, length) = (field.Offset, field.Length);
            if (length > sizeof(ulong) || offset > text.Length - sizeof(ulong))
            {
                dictionary.Append(text.AsSpan(offset, length));
                continue;
            }

            // Two shifts: one by 64 would be one by 0.
            var unused = (sizeof(ulong) - length) * 4;
            var bytes = Unsafe.ReadUnaligned<ulong>(in text[offset]) << unused << unused;
            ref var slot = ref _keys[((bytes + (uint)length) * 0x9E3779B97F4A7C15) >> (64 - CacheBits)];
            if (slot.Text == bytes && slot.Length == length && slot.KeyPlusOne > 0)
            {
                keys.Append(slot.KeyPlusOne - 1);
            }
            else
            {
                dictionary.Append(text.AsSpan(offset, length));
                slot = (bytes, length, keys.Values[^1] + 1);
            }
        }
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
