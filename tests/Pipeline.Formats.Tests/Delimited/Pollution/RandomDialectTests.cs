using System.Text;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Delimited;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Tests.Delimited.Pollution;

/// <summary>Random tables in random dialects come back cell by cell. What nobody could tell is left out of <see cref="RandomTable"/>, not of the comparison.</summary>
public sealed class RandomDialectTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public async Task Read_RandomTableInRandomDialect_ComesBack(int part)
    {
        var wrong = new List<string>();
        for (var seed = part * 500; seed < (part + 1) * 500; seed++)
        {
            var written = RandomTable.Of(seed);
            if (await ProblemAsync(written) is { } problem)
            {
                wrong.Add($"seed {seed}, {written.EncodingName}, {written.Writing}: {problem}");
            }
        }

        wrong.ShouldBeEmpty();
    }

    static async Task<string?> ProblemAsync(RandomTable written)
    {
        var (table, writing) = (written.Table, written.Writing);
        var options = new FormatOptions { BlockBytes = 1 << 16, BlockRows = 256 };
        await using var reader = await new DelimitedFormat().OpenAsync(new MemoryStream(written.ToBytes()), options, default);
        if (reader.Dialect!.Delimiter != writing.Delimiter)
        {
            return $"delimiter {reader.Dialect.Delimiter}";
        }

        if (reader.Dialect.Header != writing.HasHeader || (writing.HasHeader && !reader.ColumnNames.SequenceEqual(table.Columns)))
        {
            return $"header {reader.Dialect.Header}, {string.Join('|', reader.ColumnNames)} for {string.Join('|', table.Columns)}";
        }

        using var block = FieldBlock.Create(reader.ColumnNames.Count, options);
        var row = 0;
        while (await reader.ReadAsync(block, default))
        {
            for (var i = 0; i < block.RowCount; i++, row++)
            {
                var cells = Enumerable.Range(0, block.ColumnCount).Select(c => Encoding.UTF8.GetString(block.Bytes(block.Column(c)[i]))).ToArray();
                if (row >= table.Rows.Count || block.Faults.Count > 0 || !cells.SequenceEqual(table.Rows[row]))
                {
                    return $"row {row}: {string.Join('¶', cells)} for {(row < table.Rows.Count ? string.Join('¶', table.Rows[row]) : "none")} "
                        + $"{(block.Faults.Count > 0 ? block.Faults[0].Code : RejectCode.None)}";
                }
            }
        }

        return row == table.Rows.Count ? null : $"{row} rows of {table.Rows.Count}";
    }
}
