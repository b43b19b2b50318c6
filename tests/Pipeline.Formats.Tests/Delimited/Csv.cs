using System.Text;
using Pipeline.Formats.Delimited;
using Pipeline.Formats.Records;
using Pipeline.TestKit.Formats;

namespace Pipeline.Formats.Tests.Delimited;

/// <summary>A text read with small blocks.</summary>
sealed record Csv(
    IReadOnlyList<string> Names, List<RecordSnapshot> Records, IReadOnlyList<FormatWarning> Warnings, Dialect Dialect)
{
    public static async Task<Csv> ReadAsync(byte[] content, FormatOptions? options = null)
    {
        options ??= new FormatOptions { BlockBytes = 64, BlockRows = 16 };
        await using var reader = await new DelimitedFormat().OpenAsync(new MemoryStream(content), options, default);
        using var block = FieldBlock.Create(reader.ColumnNames.Count, options);
        var records = new List<RecordSnapshot>();
        while (await reader.ReadAsync(block, default))
        {
            records.AddRange(RecordSnapshot.Take(block));
        }

        return new Csv(reader.ColumnNames, records, reader.Warnings, reader.Dialect.ShouldNotBeNull());
    }

    public static Task<Csv> ReadAsync(string text, FormatOptions? options = null) =>
        ReadAsync(Encoding.UTF8.GetBytes(text), options);

    public string[] Rows => [.. Records.Select(r => r.Fields)];
}
