using Pipeline.Discovery;
using Pipeline.TestKit.Time;

namespace Pipeline.Tests.Discovery;

/// <summary>The loop on a clock that a test moves: quiet periods, retries, scans and the trust in the watcher.</summary>
public sealed class DiscoveryClockTests
{
    static readonly TimeSpan s_moment = TimeSpan.FromMilliseconds(10);

    readonly FakeTimeProvider _time = new();
    readonly PlayedWatcher _watcher = new();

    [Fact]
    public async Task Run_LeaseCannotTell_OffersAfterTheQuietPeriodAndNotBefore()
    {
        await using var run = Start();
        run.Home.Write("data/a.csv", "1");
        await run.FullScanAsync();
        run.Discovery.FilesWaiting.ShouldBe(1);
        run.Discovery.OldestWaitingSince.ShouldNotBeNull();

        _time.Advance(TimeSpan.FromSeconds(2) - s_moment);
        await run.FullScanAsync();
        run.Files.TryRead(out _).ShouldBeFalse();
        _time.Advance(s_moment + s_moment);

        var file = await run.NextAsync();
        file.DetectedAt.ShouldBe(_time.GetUtcNow() - TimeSpan.FromSeconds(2) - s_moment);
    }

    [Fact]
    public async Task Run_EmptyFile_IsOfferedAfterItsOwnQuietPeriod()
    {
        await using var run = Start(writers: _ => WriterState.None);
        run.Home.Write("data/a.csv", "");
        await run.FullScanAsync();
        _time.Advance(TimeSpan.FromSeconds(5) - s_moment);
        await run.FullScanAsync();
        run.Files.TryRead(out _).ShouldBeFalse();
        _time.Advance(s_moment + s_moment);

        (await run.NextAsync()).Bytes.ShouldBe(0);
    }

    [Fact]
    public async Task Run_EmptyFileIsWrittenAfterAll_DoesNotWaitTheLongPeriod()
    {
        await using var run = Start(writers: _ => WriterState.None);
        run.Home.Write("data/a.csv", "");
        await run.FullScanAsync();
        _time.Advance(TimeSpan.FromSeconds(1));
        await run.FullScanAsync();
        run.Home.Write("data/a.csv", "1");

        _time.Advance(TimeSpan.FromMilliseconds(110));
        await run.FullScanAsync();
        _time.Advance(TimeSpan.FromMilliseconds(35));

        (await run.NextAsync()).Bytes.ShouldBe(1);
    }

    // The file comes before the watch on its folder, which is all there is an event of.
    [Fact]
    public async Task Run_MovedIntoANewFolder_IsOfferedAtOnce()
    {
        await using var run = Start(writers: _ => WriterState.None);
        await run.FullScanAsync();
        var outside = run.Home.Write("outside/a.csv", "1");
        File.SetLastWriteTimeUtc(outside, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Directory.CreateDirectory(run.Home.PathOf("data/orders"));
        File.Move(outside, run.Home.PathOf("data/orders/a.csv"));
        _watcher.OnPath!(run.Home.PathOf("data/orders"), Arrival.Appeared);

        (await run.NextAsync()).RelativePath.ShouldBe("orders/a.csv");
    }

    [Fact]
    public async Task Run_WrittenIntoANewFolder_HasToStandStill()
    {
        await using var run = Start(writers: _ => WriterState.None);
        await run.FullScanAsync();
        run.Home.Write("data/orders/a.csv", "1");
        _watcher.OnPath!(run.Home.PathOf("data/orders"), Arrival.Appeared);
        await DiscoveryRun.UntilAsync(() => run.Discovery.FilesWaiting == 1, "not seen");
        run.Files.TryRead(out _).ShouldBeFalse();

        _time.Advance(TimeSpan.FromMilliseconds(25) + s_moment);

        (await run.NextAsync()).RelativePath.ShouldBe("orders/a.csv");
    }

    [Fact]
    public async Task Release_UnchangedFile_IsOfferedAgainWhenDue()
    {
        await using var run = Start(writers: _ => WriterState.None);
        var path = await OfferAsync(run);
        run.Discovery.Release(path, TimeSpan.FromMinutes(3));
        await run.FullScanAsync();
        _time.Advance(TimeSpan.FromMinutes(3) - s_moment);
        await run.FullScanAsync();
        run.Files.TryRead(out _).ShouldBeFalse();
        _time.Advance(s_moment + s_moment);

        (await run.NextAsync()).Path.ShouldBe(path);
    }

    [Fact]
    public async Task Release_ChangedFile_DoesNotWaitForTheRetry()
    {
        await using var run = Start(writers: _ => WriterState.None);
        var path = await OfferAsync(run);
        run.Discovery.Release(path, TimeSpan.FromHours(3));
        await run.FullScanAsync();
        run.Home.Write("data/a.csv", "corrected");
        await run.FullScanAsync();
        _time.Advance(TimeSpan.FromSeconds(1));

        (await run.NextAsync()).Bytes.ShouldBe(9);
    }

    [Fact]
    public async Task Run_WriterStaysForLong_IsSaidOnce()
    {
        await using var run = Start(writers: _ => WriterState.Writing);
        run.Home.Write("data/a\n.csv", "1");
        await run.FullScanAsync();
        for (var i = 0; i < 3; i++)
        {
            _time.Advance(TimeSpan.FromMinutes(2));
            await run.FullScanAsync();
        }

        run.Log.Lines.Count(l => l.StartsWith("a\\u000a.csv is open for writing", StringComparison.Ordinal)).ShouldBe(1);
        run.Files.TryRead(out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Watcher_NoHeartbeatEvent_IsReplacedOnceThenPolledAndRecovers()
    {
        await using var run = Start();
        await StartedAsync(run, 1);
        run.Discovery.Mode.ShouldBe(WatchMode.Polling);

        _time.Advance(TimeSpan.FromSeconds(2) + s_moment);
        await StartedAsync(run, 2);
        run.Discovery.WatcherRestarts.ShouldBe(1);
        _time.Advance(TimeSpan.FromSeconds(2) + s_moment);
        await DiscoveryRun.UntilAsync(() => run.Log.Lines.Any(l => l.StartsWith("Polling", StringComparison.Ordinal)), "mode not said");
        run.Discovery.ModeReason.ShouldContain("made no event, twice");

        // Polling alone finds files.
        run.Home.Write("data/a.csv", "1");
        await AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => run.Discovery.FilesOffered == 1, "not polled");

        _time.Advance(TimeSpan.FromSeconds(60) + s_moment);
        await StartedAsync(run, 3);
        _watcher.OnPath!(Heartbeat(run), Arrival.Appeared);
        await DiscoveryRun.UntilAsync(() => run.Discovery.Mode == WatchMode.Events, "not recovered");
        run.Discovery.ModeReason.ShouldBeEmpty();
    }

    [Fact]
    public async Task Watcher_DiesAfterItWorked_IsNoticed()
    {
        await using var run = Start();
        await StartedAsync(run, 1);
        _watcher.OnPath!(Heartbeat(run), Arrival.Appeared);
        await DiscoveryRun.UntilAsync(() => run.Discovery.Mode == WatchMode.Events, "not proven");

        _time.Advance(TimeSpan.FromSeconds(10) + s_moment);
        await run.FullScanAsync();
        _time.Advance(TimeSpan.FromSeconds(2) + s_moment);
        await StartedAsync(run, 2);
        _watcher.OnPath!(Heartbeat(run), Arrival.Appeared);
        await run.FullScanAsync();
        run.Discovery.Mode.ShouldBe(WatchMode.Events);
        run.Log.Lines.ShouldContain(l => l.Contains("starting a new one", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(28, "fs.inotify.max_user_watches")]
    [InlineData(24, "fs.inotify.max_user_instances")]
    public async Task Watcher_NoneLeft_PollsAndNamesTheLimit(int errno, string hint)
    {
        _watcher.Failure = new IOException("The configured user limit has been reached.", errno);
        await using var run = Start();
        await DiscoveryRun.UntilAsync(() => run.Log.Lines.Any(l => l.Contains(hint, StringComparison.Ordinal)), "no hint");

        run.Home.Write("data/a.csv", "1");
        await AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => run.Discovery.FilesOffered == 1, "not polled");
    }

    [Fact]
    public async Task Watcher_ErrorOnASubfolder_PollsAlthoughHeartbeatsWork()
    {
        await using var run = Start();
        await StartedAsync(run, 1);
        _watcher.OnPath!(Heartbeat(run), Arrival.Appeared);
        await DiscoveryRun.UntilAsync(() => run.Discovery.Mode == WatchMode.Events, "not proven");

        _watcher.OnError!(new IOException("no more watches", 28));

        await DiscoveryRun.UntilAsync(() => run.Discovery.Mode == WatchMode.Polling, "still trusted");
        run.Discovery.ModeReason.ShouldContain("max_user_watches");
    }

    [Fact]
    public async Task Watcher_Overflow_ScansAtOnce()
    {
        await using var run = Start();
        await StartedAsync(run, 1);
        await run.FullScanAsync();
        var scans = run.Discovery.Scans;
        _watcher.OnError!(new InternalBufferOverflowException());

        await DiscoveryRun.UntilAsync(() => run.Discovery.Scans > scans, "no scan");
        run.Discovery.WatcherOverflows.ShouldBe(1);
    }

    [Fact]
    public async Task Run_EventsBeyondAllBounds_BecomeAScan()
    {
        await using var run = Start(writers: _ => WriterState.None);
        await StartedAsync(run, 1);
        run.Home.Write("data/a.csv", "1");
        for (var i = 0; i < 25_000; i++)
        {
            _watcher.OnPath!(run.Home.PathOf($"data/none{i}.csv"), Arrival.Appeared);
        }

        await run.FullScanAsync();
        _time.Advance(TimeSpan.FromSeconds(1));
        (await run.NextAsync()).RelativePath.ShouldBe("a.csv");
    }

    [Fact]
    public async Task Run_DataFolderDeletedAndMadeAgain_IsSaidAndWatchedAgain()
    {
        await using var run = Start(writers: _ => WriterState.None);
        await StartedAsync(run, 1);
        await run.FullScanAsync();
        Directory.Delete(run.Home.Data, recursive: true);
        await run.FullScanAsync();
        run.Log.Lines.Count(l => l.Contains("is missing", StringComparison.Ordinal)).ShouldBe(1);

        run.Home.Write("data/a.csv", "1");
        await run.FullScanAsync();
        await StartedAsync(run, 2);
        _time.Advance(TimeSpan.FromSeconds(1));
        (await run.NextAsync()).RelativePath.ShouldBe("a.csv");
    }

    [Fact]
    public async Task Run_HeartbeatLeftByACrash_IsRemovedAtStart()
    {
        await using var run = new DiscoveryRun(_time, watcher: _watcher.Start);
        var left = run.Home.Write("data/.pipeline-probe-0123456789ab", "");
        run.Start();
        await StartedAsync(run, 1);

        File.Exists(left).ShouldBeFalse();
    }

    DiscoveryRun Start(Func<string, WriterState>? writers = null) =>
        new DiscoveryRun(_time, watcher: _watcher.Start, writers: writers ?? (_ => WriterState.Unknown)).Start();

    async Task<string> OfferAsync(DiscoveryRun run)
    {
        run.Home.Write("data/a.csv", "1");
        await run.FullScanAsync();
        _time.Advance(TimeSpan.FromSeconds(1));
        return (await run.NextAsync()).Path;
    }

    // The scans make sure that the heartbeat of the new watcher is out.
    async Task StartedAsync(DiscoveryRun run, int count)
    {
        await DiscoveryRun.UntilAsync(() => _watcher.Starts >= count, "no watcher started");
        await run.FullScanAsync();
    }

    async Task AdvanceUntilAsync(TimeSpan step, Func<bool> condition, string what)
    {
        await DiscoveryRun.UntilAsync(
            () =>
            {
                if (!condition())
                {
                    _time.Advance(step);
                }

                return condition();
            },
            what);
    }

    static string Heartbeat(DiscoveryRun run) => run.Home.PathOf("data/" + run.Discovery.HeartbeatName);
}
