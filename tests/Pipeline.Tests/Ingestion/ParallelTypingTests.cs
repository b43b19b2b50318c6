using System.Buffers;
using System.Globalization;
using System.Text;
using Pipeline.Formats;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Delimited;
using Pipeline.Formats.Native;
using Pipeline.Formats.Records;
using Pipeline.Formats.Typing;
using Pipeline.Ingestion;

namespace Pipeline.Tests.Ingestion;

public sealed class ParallelTypingTests
{
    static readonly TimeSpan s_long = TimeSpan.FromSeconds(30);

    static readonly string[] s_types =
        ["Int64", "Nullable(Date)", "String", "LowCardinality(String)", "Decimal(18, 2)", "Array(Int64)", "FixedString(2)", "Nullable(UUID)"];

    // Also which fault of a row counts, the order of refused rows, the line of the first null array, and how many there are.
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task AppendNext_OtherCoresHelp_HandsOverWhatOneDoes(int others)
    {
        for (var seed = 0; seed < 4; seed++)
        {
            var content = Csv(seed, rows: 12_000, mismatchAt: null);
            var alone = await TypedAsync(content, null);
            var together = await TypedAsync(content, () => others);

            together.ShouldBeAs(alone);
            alone.Rows.ShouldBe(12_000);
            alone.Rejects.Count.ShouldBeGreaterThan(50);
            alone.Warnings.ShouldHaveSingleItem().ShouldStartWith("null_array");
        }
    }

    [Fact]
    public async Task AppendNext_AValueDoesNotFit_IsSaidOfTheFirstAsByOneCore()
    {
        for (var seed = 0; seed < 8; seed++)
        {
            var content = Csv(seed, rows: 4_000, mismatchAt: 3_000 + (seed * 50));
            var alone = await TypedAsync(content, null);
            var together = await TypedAsync(content, () => 3);

            alone.Mismatch.ShouldNotBeNull().Column.ShouldBe("inferred");
            together.Mismatch.ShouldBe(alone.Mismatch);
            together.Rows.ShouldBe(alone.Rows);
        }
    }

    [Fact]
    public async Task AppendNext_ACoreIsFree_TypesTheNextBlocksMeanwhile()
    {
        var reader = new NumberedBlocks(blocks: 50) { TextOf = n => n == 3 ? "x" : $"{n}" };
        await using var typing = await StartedAsync(reader, () => 1);
        var batch = new Rows();
        (await batch.NextAsync(typing)).ShouldBe([1]);
        (await batch.NextAsync(typing)).ShouldBe([2]);

        // Whoever comes first reads block 3. The other core goes on until it has four that are not handed over.
        (await batch.NextAsync(typing)).ShouldBeEmpty();
        await reader.AskedOf(6).WaitAsync(s_long);
        batch.Rejected.ShouldBe([3]);
        for (var number = 4; number <= 50; number++)
        {
            (await batch.NextAsync(typing)).ShouldBe([number]);
        }

        (await batch.NextAsync(typing)).ShouldBeNull();
        reader.Asked.ShouldBe(51);
    }

    // While each core has its own work, asking another one only makes both take turns.
    [Fact]
    public async Task AppendNext_NoCoreIsFree_ReadsNothingAheadUntilOneIs()
    {
        var reader = new NumberedBlocks(blocks: 50);
        var isFree = false;
        await using var typing = await StartedAsync(reader, () => isFree ? 1 : 0);
        var batch = new Rows();
        for (var number = 1; number <= 4; number++)
        {
            (await batch.NextAsync(typing)).ShouldBe([number]);
            reader.Asked.ShouldBe(Math.Max(2, number));
        }

        isFree = true;
        (await batch.NextAsync(typing)).ShouldBe([5]);
        await reader.AskedOf(8).WaitAsync(s_long);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task AppendNext_ManyBlocks_AreReadOneAtATimeAndComeInOrder(int others)
    {
        var reader = new NumberedBlocks(blocks: 20_000);
        await using var typing = await StartedAsync(reader, () => others);
        var batch = new Rows();
        for (var number = 1; number <= 20_000; number++)
        {
            (await batch.NextAsync(typing)).ShouldBe([number]);
        }

        (await batch.NextAsync(typing)).ShouldBeNull();
        reader.ReadTogether.ShouldBe(0);
        reader.Asked.ShouldBe(20_001);
    }

    // Every block before it is whole and is loaded, or counted, first.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task AppendNext_ABlockCannotBeRead_IsThrownInItsPlace(int others)
    {
        var reader = new NumberedBlocks(blocks: 50) { FaultAt = 9 };
        await using var typing = await StartedAsync(reader, () => others);
        var batch = new Rows();
        for (var number = 1; number <= 8; number++)
        {
            (await batch.NextAsync(typing)).ShouldBe([number]);
        }

        (await Should.ThrowAsync<InvalidDataException>(() => batch.NextAsync(typing))).Message.ShouldBe("block 9");
        reader.Asked.ShouldBe(9);
    }

    // A batch with rows is added to; an empty one may be exchanged, where that was said, and goes on to be used elsewhere.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AppendNext_BatchHasRows_AddsToThem(bool mayExchange)
    {
        await using var typing = await StartedAsync(new NumberedBlocks(blocks: 500), () => 1);
        var batch = BatchOf();
        var rejects = new List<RejectedRow>();
        while (await typing.AppendNextAsync(batch, new Sink(rejects), mayExchange) is { } appended)
        {
            appended.Rows.ShouldBe(1);
            (mayExchange ? null : appended.Exchanged).ShouldBeNull();
            batch = appended.Exchanged ?? batch;
        }

        ((FixedColumn<long>)batch.Columns[0]).Values.ToArray().ShouldBe([.. Enumerable.Range(1, 500).Select(n => (long)n)]);
        batch.RowNumbers.Values.ToArray().ShouldBe([.. Enumerable.Range(1, 500).Select(n => (ulong)n)]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task Dispose_BlocksThatNobodyTook_EndsTheReading(int others)
    {
        var reader = new NumberedBlocks(blocks: int.MaxValue);
        var typing = await StartedAsync(reader, () => others);
        var batch = new Rows();
        for (var number = 1; number <= 100; number++)
        {
            (await batch.NextAsync(typing)).ShouldBe([number]);
        }

        await typing.DisposeAsync();

        var asked = reader.Asked;
        reader.Inside.ShouldBe(0);
        asked.ShouldBeInRange(100, 100 + (4 * (others + 1)));
        await typing.DisposeAsync();
        reader.Asked.ShouldBe(asked);
    }

    static ColumnBatch BatchOf() => new([new ColumnDefinition("n", ColumnType.Parse("Int64"))]);

    static async Task<ParallelTyping> StartedAsync(RecordReader reader, Func<int>? freeCores)
    {
        var typing = new ParallelTyping(reader, new FieldBlock(1, 1), () => new FieldBlock(1, 1), freeCores, CancellationToken.None);
        (await typing.ReadFirstAsync()).ShouldNotBeNull();
        (await typing.HasSecondAsync()).ShouldBeTrue();
        typing.Start([new ColumnPlan("n", ColumnType.Parse("Int64"), 0)], BatchOf);
        return typing;
    }

    static async Task<Typed> TypedAsync(byte[] content, Func<int>? freeCores)
    {
        await using var stream = new MemoryStream(content);
        var options = FormatOptions.Default with { BlockBytes = 8 << 10, FirstBlockBytes = 8 << 10 };
        await using var reader = await new DelimitedFormat().OpenAsync(stream, options, CancellationToken.None);
        FieldBlock NewBlock() => FieldBlock.Create(reader.ColumnNames.Count, options);
        await using var typing = new ParallelTyping(reader, NewBlock(), NewBlock, freeCores, CancellationToken.None);
        (await typing.ReadFirstAsync()).ShouldNotBeNull();
        ColumnPlan[] plans =
        [
            .. s_types.Select((t, i) => new ColumnPlan($"c{i}", ColumnType.Parse(t), i)),
            new ColumnPlan("inferred", ColumnType.Parse("Int64"), s_types.Length) { Inferred = true },
        ];
        ColumnBatch NewBatch() => new([.. plans.Select(p => new ColumnDefinition(p.Name, p.Type))]);
        typing.Start(plans, NewBatch);
        var typed = new Typed();
        var batch = NewBatch();
        while (await typing.AppendNextAsync(batch, new Sink(typed.Rejects), mayExchange: true) is { } appended)
        {
            if (appended.Mismatch is { } mismatch)
            {
                return typed with { Mismatch = mismatch };
            }

            batch = appended.Exchanged ?? batch;
            typed = typed with { Rows = typed.Rows + appended.Rows };
            if (batch.RowCount > 500)
            {
                Write(typed, batch);
            }
        }

        Write(typed, batch);
        return typed with { Warnings = [.. typing.Warnings.Select(w => $"{w.Code} {w.Line} {w.Message}")] };
    }

    static void Write(Typed typed, ColumnBatch batch)
    {
        NativeBlockWriter.Write(typed.Blocks, NativeBlockWriter.WithRowNumbers(batch));
        batch.Clear();
    }

    // One row of eighty has a bad value, often one with another fault in a second column.
    static byte[] Csv(int seed, int rows, int? mismatchAt)
    {
        var random = new Random(seed);
        string[] bad = ["x", "2024-02-30", "", "", "1.234", "\"[1, x]\"", "abc", "no"];
        var text = new StringBuilder("c0,c1,c2,c3,c4,c5,c6,c7,inferred\n");
        for (var row = 0; row < rows; row++)
        {
            string[] values =
            [
                $"{random.Next(100_000)}", row % 7 == 0 ? "" : "2024-02-29", $"text {random.Next(1000)}", $"kind {random.Next(9)}",
                random.NextDouble().ToString("F2", CultureInfo.InvariantCulture), row % 500 == 3 ? "" : $"\"[{random.Next(10)}, {row}]\"", "ab",
                random.Next(2) == 0 ? "" : "f47ac10b-58cc-4372-a567-0e02b2c3d479", row >= mismatchAt ? "y" : $"{random.Next(1_000_000)}",
            ];
            for (var fault = random.Next(80) == 0 ? 2 : 0; fault > 0; fault--)
            {
                var column = random.Next(8);
                values[column] = bad[column];
            }

            text.AppendJoin(',', values).Append('\n');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    sealed record Typed
    {
        public int Rows { get; init; }

        public ArrayBufferWriter<byte> Blocks { get; } = new();

        public List<RejectedRow> Rejects { get; } = [];

        public TypeMismatch? Mismatch { get; init; }

        public IReadOnlyList<string> Warnings { get; init; } = [];

        public void ShouldBeAs(Typed other)
        {
            Blocks.WrittenSpan.SequenceEqual(other.Blocks.WrittenSpan).ShouldBeTrue();
            Rejects.Select(r => (r.Record, r.Line, r.ByteOffset, r.Column, r.Code, r.Message))
                .ShouldBe(other.Rejects.Select(r => (r.Record, r.Line, r.ByteOffset, r.Column, r.Code, r.Message)));
            Warnings.ShouldBe(other.Warnings);
            Rows.ShouldBe(other.Rows);
        }
    }

    /// <summary>The numbers in one block after the other.</summary>
    sealed class Rows
    {
        readonly List<RejectedRow> _rejects = [];
        ColumnBatch _batch = BatchOf();

        public IEnumerable<long> Rejected => _rejects.Select(r => r.Record);

        public async Task<IReadOnlyList<long>?> NextAsync(ParallelTyping typing)
        {
            if (await typing.AppendNextAsync(_batch, new Sink(_rejects), mayExchange: true) is not { } appended)
            {
                return null;
            }

            _batch = appended.Exchanged ?? _batch;
            var numbers = ((FixedColumn<long>)_batch.Columns[0]).Values.ToArray();
            _batch.RowNumbers.Values.ToArray().ShouldBe(numbers.Select(n => (ulong)n));
            _batch.Clear();
            return numbers;
        }

    }

    sealed class Sink(List<RejectedRow> rows) : IRejectSink
    {
        public void Add(RejectedRow row) => rows.Add(row);
    }
}
