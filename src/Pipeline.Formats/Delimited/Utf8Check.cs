using System.Text.Unicode;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Delimited;

/// <summary>
/// Finds the records of a block whose fields are not UTF-8. Called only after the vectorised check of the whole text failed.
/// </summary>
static class Utf8Check
{
    public static void AddFaults(FieldBlock block, IReadOnlyList<string> names)
    {
        var faulty = new HashSet<int>(block.Faults.Select(f => f.Row));
        for (var row = 0; row < block.RowCount; row++)
        {
            if (!faulty.Contains(row) && FirstInvalidColumn(block, row) is var (column, at))
            {
                block.Faults.Add(new RowFault(
                    row, RejectCode.InvalidUtf8,
                    $"Column \"{names[column]}\": byte {at + 1} of the value is not UTF-8. Convert the file to UTF-8, or "
                        + "correct the value."));
            }
        }

        block.Faults.Sort((a, b) => a.Row.CompareTo(b.Row));
    }

    /// <summary>Records with a character that the decoder put where bytes had no meaning.</summary>
    public static void AddReplacements(FieldBlock block, IReadOnlyList<string> names, string encoding)
    {
        var faulty = new HashSet<int>(block.Faults.Select(f => f.Row));
        for (var row = 0; row < block.RowCount; row++)
        {
            for (var column = 0; column < block.ColumnCount && !faulty.Contains(row); column++)
            {
                if (block.Bytes(block.Column(column)[row]).IndexOf("\uFFFD"u8) >= 0)
                {
                    faulty.Add(row);
                    block.Faults.Add(new RowFault(
                        row, RejectCode.InvalidUtf8,
                        $"Column \"{names[column]}\": the value has bytes that are neither UTF-8 nor {encoding}. Convert the file to UTF-8, or "
                            + "correct the value."));
                }
            }
        }

        block.Faults.Sort((a, b) => a.Row.CompareTo(b.Row));
    }

    static (int Column, int At)? FirstInvalidColumn(FieldBlock block, int row)
    {
        for (var column = 0; column < block.ColumnCount; column++)
        {
            var bytes = block.Bytes(block.Column(column)[row]);
            if (!Utf8.IsValid(bytes))
            {
                return (column, FirstInvalid(bytes));
            }
        }

        return null;
    }

    static int FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (System.Text.Rune.DecodeFromUtf8(bytes[at..], out _, out var used) == System.Buffers.OperationStatus.Done)
        {
            at += used;
        }

        return at;
    }
}
