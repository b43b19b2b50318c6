using System.Text;
using Pipeline.Formats.Records;
using Pipeline.Formats.Tests.Compression;

namespace Pipeline.Formats.Tests;

/// <summary>A whole content as text, for tests: null cells are null, nested and quoted ones are just their text.</summary>
sealed record ReadRows(
    IReadOnlyList<string> Columns, List<string?[]> Rows, List<FieldKind[]> Kinds, List<long> Lines, List<(long Record,
        RejectCode Code, string Message)> Faults,
    IReadOnlyList<FormatWarning> Warnings, int Opens)
{
    public string Text => string.Join('\n', Rows.Select(r => string.Join('|', r.Select(c => c ?? "∅"))));

    public static async Task<ReadRows> AllAsync(IFormat format, byte[] content, FormatOptions? options = null,
        int readBytes = int.MaxValue)
    {
        options ??= FormatOptions.Default;
        for (var opens = 1; ; opens++)
        {
            opens.ShouldBeLessThan(3, "columns may grow once only");
            using var stream = new TrickleStream(content, readBytes);
            await using var reader = await format.OpenAsync(stream, options, CancellationToken.None);
            try
            {
                return await AllAsync(reader, options, opens);
            }
            catch (ColumnsGrewException e)
            {
                options = options with { Learned = e.Learned };
            }
        }
    }

    public static async Task<ReadRows> AllAsync(RecordReader reader, FormatOptions options, int opens = 1)
    {
        var all = new ReadRows(reader.ColumnNames, [], [], [], [], [], opens);
        using var block = new FieldBlock(reader.ColumnNames.Count, options.BlockRows);
        var next = 1L;
        while (await reader.ReadAsync(block, CancellationToken.None))
        {
            block.FirstRecord.ShouldBe(next);
            block.RowCount.ShouldBeInRange(1, block.MaxRows);
            for (var row = 0; row < block.RowCount; row++)
            {
                var fields = Enumerable.Range(0, block.ColumnCount).Select(c => block.Column(c)[row]).ToArray();
                all.Rows.Add([.. fields.Select(f => f.Kind == FieldKind.Null ? null : Encoding.UTF8.GetString(block.Bytes(f)))]);
                all.Kinds.Add([.. fields.Select(f => f.Kind)]);
                all.Lines.Add(block.Lines[row]);
            }

            all.Faults.AddRange(block.Faults.Select(f => (next + f.Row, f.Code, f.Message)));
            next += block.RowCount;
        }

        block.RowCount.ShouldBe(0);
        return all with { Warnings = reader.Warnings };
    }
}
