using System.Globalization;

namespace Pipeline.Formats.Records;

/// <summary>Fields above <see cref="FormatLimits.MaxFieldBytes"/>: their rows are rejected.</summary>
static class LongFields
{
    /// <summary>Marks the rows of a block that have one. Free unless the text of the block is longer than a field may be.</summary>
    /// <param name="block">The block, filled.</param>
    /// <param name="names">Its columns.</param>
    /// <param name="textBytes">Bytes of its text.</param>
    /// <param name="limits">The limit.</param>
    public static void AddFaults(FieldBlock block, IReadOnlyList<string> names, int textBytes, FormatLimits limits)
    {
        if (textBytes <= limits.MaxFieldBytes)
        {
            return;
        }

        var faulty = new HashSet<int>(block.Faults.Select(f => f.Row));
        for (var column = 0; column < block.ColumnCount; column++)
        {
            var fields = block.Column(column).AsSpan(0, block.RowCount);
            for (var row = 0; row < fields.Length; row++)
            {
                if (fields[row].Length > limits.MaxFieldBytes && faulty.Add(row))
                {
                    block.Faults.Add(new RowFault(row, RejectCode.FieldTooLong, string.Create(
                        CultureInfo.InvariantCulture,
                        $"Column \"{names[column]}\": the value has {fields[row].Length:N0} bytes, more than the limit of {limits.MaxFieldBytes:N0}; raise limits.max_field_bytes if that is meant.")));
                }
            }
        }

        block.Faults.Sort((a, b) => a.Row.CompareTo(b.Row));
    }
}
