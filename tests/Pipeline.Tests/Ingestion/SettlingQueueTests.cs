using System.Threading.Channels;
using Pipeline.Configuration;
using Pipeline.Ingestion;

namespace Pipeline.Tests.Ingestion;

public sealed class SettlingQueueTests
{
    readonly Channel<SettledFile> _settled = Channel.CreateBounded<SettledFile>(2);

    // A backlog that is settled more slowly than it is read must not be in memory as a whole.
    [Fact]
    public async Task Add_NobodySettles_HoldsBackWhoeverReads()
    {
        var queue = new SettlingQueue(_settled.Writer, most: 3);
        var ends = Enumerable.Range(0, 10).Select(_ => new TaskCompletionSource<SettledFile>()).ToList();
        var added = ends.ConvertAll(e => queue.AddAsync(e.Task, CancellationToken.None).AsTask());
        added.Select(a => a.IsCompleted).ShouldBe([true, true, true, .. Enumerable.Repeat(false, 7)]);

        // In no order: two go into the channel, and make room for two.
        ends[2].SetResult(File(2));
        ends[0].SetResult(File(0));
        await added[4];
        ends[1].SetResult(File(1));
        ends[3].SetResult(File(3));
        ends[4].SetResult(File(4));
        added[5].IsCompleted.ShouldBeFalse();

        List<string> settled = [await NextAsync()];
        await added[5];
        foreach (var end in ends.Skip(5))
        {
            end.SetResult(File(5));
        }

        while (settled.Count < 10)
        {
            settled.Add(await NextAsync());
        }

        await Task.WhenAll(added);
        await queue.AllForwardedAsync();
        settled.Order().ShouldBe(["0", "1", "2", "3", "4", "5", "5", "5", "5", "5"]);
    }

    [Fact]
    public async Task AllForwarded_OneIsNotInserted_WaitsForIt()
    {
        var queue = new SettlingQueue(_settled.Writer, most: 3);
        var end = new TaskCompletionSource<SettledFile>();
        await queue.AddAsync(end.Task, CancellationToken.None);
        var all = queue.AllForwardedAsync();
        all.IsCompleted.ShouldBeFalse();

        end.SetResult(File(1));

        await all;
        (await NextAsync()).ShouldBe("1");
    }

    [Fact]
    public async Task Add_StoppedWhileItWaits_TakesNoPlace()
    {
        var queue = new SettlingQueue(_settled.Writer, most: 1);
        var first = new TaskCompletionSource<SettledFile>();
        await queue.AddAsync(first.Task, CancellationToken.None);
        using var stop = new CancellationTokenSource();
        var waiting = queue.AddAsync(Task.FromResult(File(2)), stop.Token).AsTask();

        await stop.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => waiting);
        first.SetResult(File(1));
        await queue.AddAsync(Task.FromResult(File(3)), CancellationToken.None);
        await queue.AllForwardedAsync();
        (await NextAsync()).ShouldBe("1");
        (await NextAsync()).ShouldBe("3");
    }

    async Task<string> NextAsync() => (await _settled.Reader.ReadAsync()).Job.Dataset;

    static SettledFile File(int number) => new SettledFile.Empty(new FileJob(null!, null!, $"{number}", new DatasetOptions(), 0));
}
