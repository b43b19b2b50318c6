using System.Globalization;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Records;
using Pipeline.Formats.Typing;

namespace Pipeline.Formats.Tests.Typing;

public sealed class SharedTypingTests
{
    /// <summary>So many that a block of the columns below is worth asking other cores for.</summary>
    const int Rows = 1500;

    static readonly TimeSpan s_long = TimeSpan.FromSeconds(30);

    static readonly string[] s_types =
        ["Int64", "Nullable(Date)", "String", "LowCardinality(String)", "Decimal(18, 2)", "Array(Int64)", "FixedString(2)", "Nullable(UUID)"];

    // Which of two faults of a row counts, and whether a value that does not fit is one of a refused row, is decided by the order of the columns: whoever typed them.
    [Fact]
    public void Append_SharedWithOtherCores_IsAsTypedAlone()
    {
        var random = new Random(20);
        var (alone, shared) = (new Typed(null), new Typed(() => 3));
        var (mismatches, rejected) = (0, 0L);
        for (var number = 0; number < 240; number++)
        {
            using var block = RandomBlock(random, firstRecord: 1 + (number * Rows));
            var (first, second) = (alone.Append(block), shared.Append(block));

            second.ShouldBe(first);
            shared.ShouldBeAs(alone);
            mismatches += first is null ? 0 : 1;
            rejected = alone.Rejects.Count;
        }

        mismatches.ShouldBeGreaterThan(5);
        rejected.ShouldBeGreaterThan(50);
        shared.Typer.Warnings.ShouldHaveSingleItem().Code.ShouldBe("null_array");
    }

    // Each of two columns waits for the other one to be begun: one core alone would wait for ever.
    [Fact]
    public async Task TryAppend_AnotherCoreIsFree_TypesBesideTheOneThatAsks()
    {
        using var both = new Barrier(2);
        var typing = new SharedTyping([new ActingTyper(0, () => both.SignalAndWait(s_long).ShouldBeTrue()), new ActingTyper(1, () => both.SignalAndWait(s_long).ShouldBeTrue())]);

        (await Task.Run(() => TryAppend(typing, columns: 2, cores: 1))).ShouldBe("1 1");

        both.CurrentPhaseNumber.ShouldBe(1);
    }

    [Fact]
    public async Task TryAppend_ManyBlocks_TypesEachColumnOnce()
    {
        var typed = new int[8];
        var typing = new SharedTyping([.. Enumerable.Range(0, 8).Select(i => new ActingTyper(i, () => typed[i]++))]);
        await Task.Run(() =>
        {
            for (var block = 1; block <= 5000; block++)
            {
                TryAppend(typing, columns: 8, cores: 3).ShouldBe("1 1 1 1 1 1 1 1");
                typed.ShouldAllBe(n => n == block);
            }
        });
    }

    [Fact]
    public async Task TryAppend_FaultOfOurOwn_IsThrownToWhoeverAskedWhereverItHappens()
    {
        using var both = new Barrier(2);
        var here = Environment.CurrentManagedThreadId;
        var isBroken = true;
        Action act = () =>
        {
            both.SignalAndWait(s_long).ShouldBeTrue();
            if (isBroken && Environment.CurrentManagedThreadId != here)
            {
                throw new InvalidOperationException("elsewhere");
            }
        };
        var typing = new SharedTyping([new ActingTyper(0, act), new ActingTyper(1, act)]);
        await Task.Run(() =>
        {
            here = Environment.CurrentManagedThreadId;
            Should.Throw<InvalidOperationException>(() => TryAppend(typing, columns: 2, cores: 1)).Message.ShouldBe("elsewhere");

            isBroken = false;
            TryAppend(typing, columns: 2, cores: 1).ShouldBe("1 1");
        });
    }

    [Fact]
    public void TryAppend_AValueIsAtFault_LeavesTheColumnsAsTheyWere()
    {
        using var block = TextBlock.Of(["1", "2", "3"]);
        var errors = new BlockErrors();
        errors.Reset(block);
        var batch = BatchOf(3);
        var typing = new SharedTyping([new ActingTyper(0, () => { }), new ActingTyper(1, () => errors.Reject(0, "b", RejectCode.NotAnInteger, "bad")), new ActingTyper(2, () => { })]);

        typing.TryAppend(block, batch, errors, cores: 1).ShouldBeFalse();

        batch.Columns.ShouldAllBe(c => c.Count == 0);
    }

    // The rows of each column; "taken back" where they count for nothing.
    static string TryAppend(SharedTyping typing, int columns, int cores)
    {
        using var block = TextBlock.Of(new string?[columns]);
        var errors = new BlockErrors();
        errors.Reset(block);
        var batch = BatchOf(columns);
        return typing.TryAppend(block, batch, errors, cores) ? string.Join(' ', batch.Columns.Select(c => c.Count)) : "taken back";
    }

    static ColumnBatch BatchOf(int columns) =>
        new([.. Enumerable.Range(0, columns).Select(i => new ColumnDefinition($"c{i}", ColumnType.Parse("UInt8")))]);

    // A sixth of the blocks has bad values, many of them one that does not fit an inferred type, often in a row that another column refuses.
    static FieldBlock RandomBlock(Random random, long firstRecord)
    {
        var rows = Enumerable.Range(0, Rows).Select(i => new string?[]
        {
            $"{random.Next(100_000)}", i % 7 == 0 ? "" : "2024-02-29", $"text {random.Next(1000)}", $"kind {random.Next(9)}",
            random.NextDouble().ToString("F2", CultureInfo.InvariantCulture), i % 500 == 3 ? null : $"[{random.Next(10)}, {i}]", "ab",
            random.Next(2) == 0 ? "" : "f47ac10b-58cc-4372-a567-0e02b2c3d479", $"{random.Next(1_000_000)}",
        }).ToArray();
        if (random.Next(6) == 0)
        {
            string?[] bad = ["x", "2024-02-30", null, null, "1.234", "[1, x]", "abc", "no", "y"];
            for (var fault = random.Next(1, 8); fault > 0; fault--)
            {
                // The last column is the inferred one.
                var row = random.Next(Rows);
                var column = random.Next(2) == 0 ? 8 : random.Next(8);
                rows[row][column] = bad[column];
                rows[row][random.Next(2)] = random.Next(2) == 0 ? "z" : rows[row][0];
            }
        }

        return TextBlock.From(rows, firstRecord);
    }

    sealed class Typed(Func<int>? freeCores)
    {
        public RowTyper Typer { get; } = new(
            [
                .. s_types.Select((t, i) => new ColumnPlan($"c{i}", ColumnType.Parse(t), i)),
                new ColumnPlan("inferred", ColumnType.Parse("Int64"), s_types.Length) { Inferred = true },
            ],
            freeCores);

        public RejectList Rejects { get; } = [];

        ColumnBatch? _batch;

        public TypeMismatch? Append(FieldBlock block)
        {
            _batch ??= Typer.CreateBatch();
            var mismatch = Typer.Append(block, _batch, Rejects);
            if (mismatch is not null || _batch.RowCount > 10 * Rows)
            {
                _batch.Clear();
            }

            return mismatch;
        }

        public void ShouldBeAs(Typed other)
        {
            _batch!.RowNumbers.Values.SequenceEqual(other._batch!.RowNumbers.Values).ShouldBeTrue();
            for (var i = 0; i < _batch.Columns.Count; i++)
            {
                Blocks.Bytes(_batch.Columns[i]).SequenceEqual(Blocks.Bytes(other._batch.Columns[i])).ShouldBeTrue(_batch.Definitions[i].Type.Name);
            }

            Rejects.Select(r => (r.Record, r.Column, r.Code, r.Message)).ShouldBe(other.Rejects.Select(r => (r.Record, r.Column, r.Code, r.Message)));
            Typer.Warnings.Select(w => w.Message).ShouldBe(other.Typer.Warnings.Select(w => w.Message));
        }
    }

    /// <summary>Does something, then appends a row.</summary>
    sealed class ActingTyper(int index, Action act) : ColumnTyper(new ColumnPlan($"c{index}", ColumnType.Parse("UInt8"), index), index)
    {
        public override void Append(FieldBlock block, Column column, BlockErrors errors)
        {
            act();
            column.AppendDefault();
        }
    }
}
