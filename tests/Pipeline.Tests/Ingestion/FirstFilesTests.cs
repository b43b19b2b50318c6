using Pipeline.Ingestion;
using Pipeline.Loading;
using Pipeline.TestKit.Time;

namespace Pipeline.Tests.Ingestion;

public sealed class FirstFilesTests
{
    static readonly TableName s_orders = new("default", "orders");
    static readonly TableName s_events = new("default", "events");

    readonly FakeTimeProvider _time = new();
    readonly HashSet<TableName> _known = [];
    readonly FirstFiles _files;

    public FirstFilesTests() => _files = new FirstFiles(_known.Contains, _time);

    [Fact]
    public async Task Wait_KnownTable_NeedsNoTurn()
    {
        _known.Add(s_orders);

        (await WaitAsync(s_orders)).ShouldBeNull();
        (await WaitAsync(s_orders)).ShouldBeNull();
    }

    [Fact]
    public async Task Wait_NewTable_OneAfterTheOtherInOrderUntilThereIsATable()
    {
        var first = await WaitAsync(s_orders);
        var second = WaitAsync(s_orders);
        var third = WaitAsync(s_orders);
        var fourth = WaitAsync(s_orders);
        var other = WaitAsync(s_events);

        (await other).ShouldNotBeNull();
        second.IsCompleted.ShouldBeFalse();

        // It was empty, or refused: the next one may make the table.
        first!.Dispose();
        var turn = await second;
        turn.ShouldNotBeNull();
        third.IsCompleted.ShouldBeFalse();

        _known.Add(s_orders);
        turn.Dispose();
        (await third).ShouldBeNull();
        (await fourth).ShouldBeNull();
    }

    [Fact]
    public async Task Dispose_Twice_EndsOneTurn()
    {
        var first = await WaitAsync(s_orders);
        var second = WaitAsync(s_orders);
        var third = WaitAsync(s_orders);

        first!.Dispose();
        first.Dispose();

        (await second).ShouldNotBeNull();
        third.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Wait_BehindALargeFile_GoesOnAfterAWhileAndLeavesTheLineInOrder()
    {
        var first = await WaitAsync(s_orders);
        var second = WaitAsync(s_orders);
        _time.Advance(FirstFiles.Patience / 2);
        var third = WaitAsync(s_orders);

        _time.Advance(FirstFiles.Patience / 2);

        (await second).ShouldBeNull();
        third.IsCompleted.ShouldBeFalse();
        first!.Dispose();
        (await third).ShouldNotBeNull();
    }

    [Fact]
    public async Task Wait_HardStop_IsCancelledAndGivesItsPlaceToTheNext()
    {
        using var stop = new CancellationTokenSource();
        var first = await WaitAsync(s_orders);
        var second = _files.WaitAsync(s_orders, stop.Token);
        var third = WaitAsync(s_orders);

        await stop.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => second);
        first!.Dispose();
        (await third).ShouldNotBeNull();
    }

    Task<IDisposable?> WaitAsync(TableName table) => _files.WaitAsync(table, CancellationToken.None);
}
