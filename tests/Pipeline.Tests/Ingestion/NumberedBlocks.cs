using Pipeline.Formats;
using Pipeline.Formats.Records;

namespace Pipeline.Tests.Ingestion;

/// <summary>Blocks of one record, whose only field is the number of the block, as its record is.</summary>
sealed class NumberedBlocks(int blocks) : RecordReader
{
    readonly Dictionary<int, TaskCompletionSource> _waits = Enumerable.Range(2, 9).ToDictionary(
        n => n, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    int _inside;

    /// <summary>The number of a block that cannot be read.</summary>
    public int FaultAt { get; init; }

    /// <summary>What stands in a block instead of its number.</summary>
    public Func<int, string>? TextOf { get; init; }

    public int Asked { get; private set; }

    /// <summary>Reads under way.</summary>
    public int Inside => Volatile.Read(ref _inside);

    /// <summary>How often one began while another was under way.</summary>
    public int ReadTogether { get; private set; }

    public override IReadOnlyList<string> ColumnNames => ["n"];

    /// <summary>Completes when the block of this number, 2 to 10, is asked for.</summary>
    public Task AskedOf(int number) => _waits[number].Task;

    public override ValueTask<bool> ReadAsync(FieldBlock block, CancellationToken cancellationToken)
    {
        ReadTogether += Interlocked.Increment(ref _inside) > 1 ? 1 : 0;
        Asked++;
        block.Reset(Asked);
        var text = System.Text.Encoding.UTF8.GetBytes(TextOf?.Invoke(Asked) ?? $"{Asked}");
        text.CopyTo(block.RentText(text.Length + sizeof(ulong)), 0);
        block.Column(0)[0] = new Field(0, text.Length, FieldKind.Text);
        (block.Lines[0], block.ByteOffsets[0], block.RowCount) = (Asked, Asked, 1);
        if (_waits.TryGetValue(Asked, out var wait))
        {
            wait.SetResult();
        }

        Interlocked.Decrement(ref _inside);
        return Asked == FaultAt ? ValueTask.FromException<bool>(new InvalidDataException($"block {FaultAt}")) : new(Asked <= blocks);
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
