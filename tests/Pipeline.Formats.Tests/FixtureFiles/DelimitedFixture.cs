using System.IO.Compression;
using System.Text;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Delimited;
using Pipeline.Formats.Records;
using Pipeline.Formats.Typing;

namespace Pipeline.Formats.Tests.FixtureFiles;

/// <summary>What became of a delimited file: read to its end and profiled.</summary>
sealed record DelimitedFixture(
    IReadOnlyList<string> Names,
    Dialect? Dialect,
    string? Encoding,
    long Rows,
    long Faulty,
    IReadOnlyList<InferredColumn> Columns,
    IReadOnlyList<string[]> Cells,
    IReadOnlyList<FormatWarning> Warnings,
    BadFileException? Refused,
    FormatGuess Guess)
{
    /// <summary>Cells kept for comparison.</summary>
    const int MaxRowsKept = 2000;

    public static async Task<DelimitedFixture> ReadAsync(FixtureEntry entry)
    {
        await using var file = File.OpenRead(entry.FullPath);
        await using var stream = entry.Compression == "gzip" ? new GZipStream(file, CompressionMode.Decompress) : (Stream)file;
        using var content = new MemoryStream();
        await stream.CopyToAsync(content);
        var bytes = content.ToArray();
        var options = FormatOptions.Default with { BlockBytes = 1 << 20 };
        var format = new DelimitedFormat();
        var head = bytes.AsMemory(0, Math.Min(bytes.Length, options.Limits.HeadSampleBytes));
        var guess = format.Detect(new FormatProbe(Path.GetFileName(entry.File), head, head.Length == bytes.Length));
        try
        {
            return await ReadAsync(format, bytes, options, guess);
        }
        catch (BadFileException e)
        {
            return new DelimitedFixture([], null, null, 0, 0, [], [], [], e, guess);
        }
    }

    static async Task<DelimitedFixture> ReadAsync(DelimitedFormat format, byte[] bytes, FormatOptions options, FormatGuess guess)
    {
        await using var reader = await format.OpenAsync(new MemoryStream(bytes), options, default);
        using var block = FieldBlock.Create(reader.ColumnNames.Count, options);
        var profile = new TableProfile(reader.ColumnNames);
        var cells = new List<string[]>();
        long rows = 0, faulty = 0;
        while (await reader.ReadAsync(block, default))
        {
            profile.Observe(block);
            rows += block.RowCount;
            faulty += block.Faults.Count;
            for (var row = 0; row < block.RowCount && cells.Count < MaxRowsKept; row++)
            {
                cells.Add([.. Enumerable.Range(0, block.ColumnCount).Select(c => System.Text.Encoding.UTF8.GetString(block.Bytes(block.Column(c)[row])))]);
            }
        }

        return new DelimitedFixture(
            reader.ColumnNames, reader.Dialect, reader.Encoding, rows, faulty, profile.Infer(), cells, reader.Warnings, null, guess);
    }

    /// <summary>A column's type without Nullable and LowCardinality.</summary>
    public static string PlainType(InferredColumn column) => column.Type switch
    {
        NullableType { Inner: var inner } => inner.Name,
        LowCardinalityType => "String",
        var type => type.Name,
    };
}
