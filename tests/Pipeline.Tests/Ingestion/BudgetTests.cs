using Pipeline.Ingestion;

namespace Pipeline.Tests.Ingestion;

public sealed class BudgetTests
{
    [Fact]
    public async Task TakeAsync_NothingFree_WaitsForAReturn()
    {
        var budget = new Budget(10);
        await budget.TakeAsync(7, CancellationToken.None);

        var second = budget.TakeAsync(4, CancellationToken.None).AsTask();

        second.IsCompleted.ShouldBeFalse();
        budget.Return(7);
        await second;
    }

    [Fact]
    public async Task TakeAsync_MoreThanThereIs_TakesAll()
    {
        var budget = new Budget(10);

        await budget.TakeAsync(1000, CancellationToken.None);

        budget.TakeAsync(1, CancellationToken.None).AsTask().IsCompleted.ShouldBeFalse();
        budget.Return(1000);
        await budget.TakeAsync(9, CancellationToken.None);
    }

    [Fact]
    public async Task Has_SomebodyWaits_ComesBehindThem()
    {
        var budget = new Budget(10);
        await budget.TakeAsync(7, CancellationToken.None);
        (budget.Has(3), budget.Has(4)).ShouldBe((true, false));

        var waiting = budget.TakeAsync(8, CancellationToken.None).AsTask();
        budget.Has(1).ShouldBeFalse();

        budget.Return(7);
        await waiting;
        (budget.Has(2), budget.Has(3)).ShouldBe((true, false));
        budget.Return(8);
        budget.Has(1000).ShouldBeTrue();
    }

    [Fact]
    public async Task TakeAsync_SmallBehindLarge_DoesNotPassIt()
    {
        var budget = new Budget(10);
        await budget.TakeAsync(5, CancellationToken.None);
        var large = budget.TakeAsync(8, CancellationToken.None).AsTask();

        var small = budget.TakeAsync(1, CancellationToken.None).AsTask();

        small.IsCompleted.ShouldBeFalse();
        budget.Return(5);
        await Task.WhenAll(large, small);
    }

    [Fact]
    public async Task TakeAsync_Cancelled_TakesNothingAndLetsTheNextPass()
    {
        var budget = new Budget(10);
        await budget.TakeAsync(5, CancellationToken.None);
        using var cancel = new CancellationTokenSource();
        var large = budget.TakeAsync(8, cancel.Token).AsTask();
        var next = budget.TakeAsync(10, CancellationToken.None).AsTask();

        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => large);

        budget.Return(5);
        await next;
    }

    [Fact]
    public async Task TakeAsync_ManyTasks_NeverMoreThanThereIs()
    {
        var budget = new Budget(100);
        var (taken, most) = (0L, 0L);
        await Parallel.ForEachAsync(Enumerable.Range(1, 2000), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (i, _) =>
        {
            var units = 1 + (i * 7919 % 60);
            await budget.TakeAsync(units, CancellationToken.None);
            InterlockedMax(ref most, Interlocked.Add(ref taken, units));
            await Task.Yield();
            Interlocked.Add(ref taken, -units);
            budget.Return(units);
        });

        most.ShouldBeInRange(1, 100);
        await budget.TakeAsync(100, CancellationToken.None);
    }

    static void InterlockedMax(ref long most, long value)
    {
        for (var seen = Interlocked.Read(ref most); value > seen;)
        {
            seen = Interlocked.CompareExchange(ref most, value, seen) is var now && now == seen ? value : now;
        }
    }
}
