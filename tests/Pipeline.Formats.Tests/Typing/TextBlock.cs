using System.Text;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Tests.Typing;

/// <summary>
/// Blocks made of texts. Null is a null; a text in quotes is a quoted field. The last field ends where the array ends: no
/// padding.
/// </summary>
static class TextBlock
{
    public static FieldBlock Of(params string?[][] rows) => From(rows, firstRecord: 1);

    /// <summary>One column.</summary>
    public static FieldBlock Column(params string?[] values) => From([.. values.Select(v => new[] { v })], firstRecord: 1);

    /// <summary>Lines are record numbers plus one, as under a header.</summary>
    public static FieldBlock From(string?[][] rows, long firstRecord)
    {
        var columns = rows.Length == 0 ? 0 : rows[0].Length;
        var block = new FieldBlock(columns, Math.Max(16, rows.Length));
        block.Reset(firstRecord);
        var text = new List<byte>();
        for (var row = 0; row < rows.Length; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                var value = rows[row][column];
                var quoted = value is ['"', .., '"'];
                var bytes = Encoding.UTF8.GetBytes(quoted ? value![1..^1] : value ?? "");
                block.Column(column)[row] =
                    new Field(
                    text.Count, bytes.Length, value is null ? FieldKind.Null : quoted ? FieldKind.Quoted : FieldKind.Text);
                text.AddRange(bytes);
            }

            block.Lines[row] = firstRecord + row + 1;
            block.ByteOffsets[row] = -1;
        }

        block.RowCount = rows.Length;
        block.Text = [.. text];
        return block;
    }
}

/// <summary>Keeps refused rows.</summary>
sealed class RejectList : List<Formats.Typing.RejectedRow>, Formats.Typing.IRejectSink;
