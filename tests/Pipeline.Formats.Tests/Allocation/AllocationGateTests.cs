using System.Buffers;
using System.Text.Json;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Delimited;
using Pipeline.Formats.Json;
using Pipeline.Formats.Native;
using Pipeline.Formats.Records;
using Pipeline.Formats.Typing;
using Pipeline.TestKit.Formats;
using Pipeline.TestKit.Generators;

namespace Pipeline.Formats.Tests.Allocation;

/// <summary>
/// Bytes allocated on the way from text to Native block, with the buffer sizes of production: reading, typing and writing allocate per file
/// (buffers, columns) and a little per block, never per row or value. What is allowed for a file and for a million rows more stands in
/// <c>allocations.json</c>, about a quarter above what was measured in the build that allocates more (debug); a change that needs less lowers it.
/// </summary>
public sealed class AllocationGateTests
{
    /// <summary>Rows of the short file; the long one has twice as many. Few enough for a debug build, several blocks each.</summary>
    const int Rows = 50_000;

    const int Passes = 6;

    static readonly FormatOptions s_production = new() { BlockRows = 16_384, BlockBytes = 1 << 20 };

    public static TheoryData<string> Cases => ["csv-wide", "csv-text", "ndjson"];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task ReadTypeWrite_ShortFileAndLongFile_AllocateNoMoreThanRecorded(string name)
    {
        var allowed = Allowed()[name];

        var file = await MeasureAsync(name, Rows, _ => { });
        var more = (await MeasureAsync(name, 2 * Rows, _ => { }) - file) * 1_000_000 / Rows;

        (file <= allowed.File && more <= allowed.MillionRowsMore).ShouldBeTrue(
            $"{name}: {file} bytes for {Rows} rows, {more} for a million more; allowed by tests/Pipeline.Formats.Tests/Allocation/allocations.json: {allowed}");
    }

    [Fact]
    public async Task Measure_EightBytesMoreARow_AreSeen()
    {
        var plain = await MeasureAsync("csv-wide", Rows, _ => { });
        var wasteful = await MeasureAsync("csv-wide", Rows, rows => GC.KeepAlive(new long[rows]));

        (wasteful - plain).ShouldBeGreaterThan(7 * Rows);
    }

    static async Task<long> MeasureAsync(string name, int rows, Action<int> perBlock)
    {
        var (format, content) = ContentOf(name, rows);
        using var stream = new MemoryStream(content);
        var output = new RecycledOutput();

        // The first pass compiles, and any later one may meet a pool that a collection has just emptied: the least is what it takes.
        var least = long.MaxValue;
        for (var pass = 0; pass < Passes; pass++)
        {
            least = Math.Min(least, await PassAsync(format, stream, rows, output, perBlock));
        }

        return least;
    }

    // One thread: nothing in here waits, so every continuation runs where it was begun.
    static async Task<long> PassAsync(IFormat format, MemoryStream stream, int expected, RecycledOutput output, Action<int> perBlock)
    {
        stream.Position = 0;
        var thread = Environment.CurrentManagedThreadId;
        var before = GC.GetAllocatedBytesForCurrentThread();
        long rows = 0;
        await using (var reader = await format.OpenAsync(stream, s_production, CancellationToken.None))
        {
            using var block = FieldBlock.Create(reader.ColumnNames.Count, s_production);
            RowTyper? typer = null;
            ColumnBatch? batch = null;
            while (await reader.ReadAsync(block, CancellationToken.None))
            {
                typer ??= new RowTyper(PlansOf(reader, block));
                batch ??= typer.CreateBatch();
                if (typer.Append(block, batch, NoRejects.Instance) is { } mismatch)
                {
                    throw new InvalidOperationException($"{mismatch.Column} does not fit on line {mismatch.Line}.");
                }

                rows += block.RowCount;
                perBlock(block.RowCount);
                output.Clear();
                NativeBlockWriter.Write(output, NativeBlockWriter.WithProvenance(batch, "00000000000000000000000000000000"));
                batch.Clear();
            }
        }

        rows.ShouldBe(expected);
        Environment.CurrentManagedThreadId.ShouldBe(thread, "the measure is of one thread");
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    static IReadOnlyList<ColumnPlan> PlansOf(RecordReader reader, FieldBlock block)
    {
        var profile = new TableProfile(reader.ColumnNames);
        profile.Observe(block);
        return [.. profile.Infer().Select((inferred, i) => ColumnPlan.Of(reader.ColumnNames[i], inferred, i))];
    }

    static (IFormat Format, byte[] Content) ContentOf(string name, int rows)
    {
        using var stream = new MemoryStream();
        IFormat format;
        switch (name)
        {
            case "csv-wide":
                WideTable.Write(stream, rows);
                format = new DelimitedFormat();
                break;
            case "csv-text":
                TextHeavyCsv.Write(stream, rows);
                format = new DelimitedFormat();
                break;
            default:
                NestedNdjson.Write(stream, rows);
                format = new JsonFormat();
                break;
        }

        return (format, stream.ToArray());
    }

    static Dictionary<string, Allowance> Allowed() => JsonSerializer.Deserialize<Dictionary<string, Allowance>>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Allocation", "allocations.json")))!;

    /// <param name="File">Bytes for the short file.</param>
    /// <param name="MillionRowsMore">Bytes for each further million rows.</param>
    sealed record Allowance(long File, long MillionRowsMore);

    /// <summary>A buffer that is used again for every block, as the pipe of a request is.</summary>
    sealed class RecycledOutput : IBufferWriter<byte>
    {
        byte[] _buffer = new byte[64 << 20];
        int _used;

        public void Clear() => _used = 0;

        public void Advance(int count) => _used += count;

        public Memory<byte> GetMemory(int sizeHint = 0) => Grown(sizeHint).AsMemory(_used);

        public Span<byte> GetSpan(int sizeHint = 0) => Grown(sizeHint).AsSpan(_used);

        byte[] Grown(int sizeHint)
        {
            if (_buffer.Length - _used < Math.Max(sizeHint, 1))
            {
                Array.Resize(ref _buffer, Math.Max(2 * _buffer.Length, _used + sizeHint));
            }

            return _buffer;
        }
    }

    sealed class NoRejects : IRejectSink
    {
        public static NoRejects Instance { get; } = new();

        public void Add(RejectedRow row) => throw new InvalidOperationException($"Line {row.Line} was refused: {row.Message}");
    }
}
