using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Typing;

/// <summary>Columns of a fixed width: the fast loop over the fields of a block.</summary>
sealed class FixedColumnTyper<T, TParser>(ColumnPlan plan, int index, TParser parser, ValueRule<T>? rule)
    : ColumnTyper(plan, index)
    where T : unmanaged
    where TParser : struct, ITextParser<T>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Append(FieldBlock block, Column column, BlockErrors errors)
    {
        if (block.HasStrings && Plan.Inferred && CellForms.NeedsNoQuotes(Plan.Form.Cell) && !HasNoStrings(block, errors))
        {
            return;
        }

        var rows = block.RowCount;
        var nullable = column as NullableColumn;
        var values = ((FixedColumn<T>)(nullable?.Inner ?? column)).AppendSpan(rows);
        var mask = nullable is null ? default : nullable.Mask.AppendSpan(rows);
        mask.Clear();
        var fields = block.Column(Plan.SourceIndex).AsSpan(0, rows);
        ref var text = ref MemoryMarshal.GetArrayDataReference(block.Text);

        // Fields that start here or before have the padding that fast parsers read.
        var lastPadded = block.Text.Length - TextPadding.Bytes;
        for (var row = 0; row < fields.Length; row++)
        {
            var field = fields[row];
            var length = field.Length;
            if (length == 0 || field.Kind == FieldKind.Null)
            {
                values[row] = default;
                if (row < mask.Length)
                {
                    mask[row] = 1;
                }
                else if (!Missing(block, row, errors))
                {
                    return;
                }
            }
            else if (field.Offset > lastPadded || length > TextPadding.Bytes
                || !parser.TryParse(in Unsafe.Add(ref text, (nint)(uint)field.Offset), length, out values[row]))
            {
                var code = ParseSlow(block.Bytes(field), out values[row]);
                if (code != RejectCode.None && !IsNullWord(block.Bytes(field), row, mask)
                    && !Misfit(block, row, code, errors))
                {
                    return;
                }
            }
        }

        rule?.Check(values, mask, Plan, errors);
    }

    /// <summary>A string is no number, whatever it looks like: then the column is no column of numbers.</summary>
    bool HasNoStrings(FieldBlock block, BlockErrors errors)
    {
        var fields = block.Column(Plan.SourceIndex);
        for (var row = 0; row < block.RowCount; row++)
        {
            var field = fields[row];
            if (field.Kind == FieldKind.String && CellForms.NeedsNoQuotes(CellClassifier.Classify(block.Bytes(field)).Form)
                && !Misfit(block, row, RejectCode.OutOfRange, errors))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A word for no value is a null where the column takes one and its file writes nulls so.</summary>
    bool IsNullWord(ReadOnlySpan<byte> text, int row, Span<byte> mask)
    {
        if (row >= mask.Length || !Plan.Form.HasNullWords || !NullWords.Is(text))
        {
            return false;
        }

        mask[row] = 1;
        return true;
    }

    /// <summary>Texts at the end of the buffer, long texts, and forms that only dictated types take.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    RejectCode ParseSlow(ReadOnlySpan<byte> text, out T value)
    {
        value = default;
        if (text.Length <= TextPadding.Bytes)
        {
            Span<byte> padded = stackalloc byte[TextPadding.Bytes * 2];
            padded.Clear();
            text.CopyTo(padded);
            if (parser.TryParse(in padded[0], text.Length, out value))
            {
                return RejectCode.None;
            }
        }

        value = default;
        if (Plan.Inferred)
        {
            return RejectCode.OutOfRange;
        }

        var code = parser.TryParseAny(text, out value);
        value = code == RejectCode.None ? value : default;
        return code;
    }
}
