using System.Net.Sockets;
using Pipeline.Discovery;
using Pipeline.TestKit.Time;

namespace Pipeline.Tests.Discovery;

/// <summary>Real files, real watcher, real leases.</summary>
public sealed class FileDiscoveryTests
{
    readonly TimeProvider _time = TimeProvider.System;

    [Fact]
    public async Task Run_FileRenamedIn_IsOfferedOnce()
    {
        await using var run = new DiscoveryRun(_time).Start();
        var temporary = run.Home.Write("data/.orders.csv.tmp", "id\n1\n");
        var path = run.Home.PathOf("data/orders.csv");
        File.Move(temporary, path);

        var file = await run.NextAsync();

        file.Path.ShouldBe(path);
        file.RelativePath.ShouldBe("orders.csv");
        file.Bytes.ShouldBe(5);
        file.Stamp.ShouldBe(FileStamp.TryRead(path).ShouldNotBeNull());
        await run.FullScanAsync();
        run.Files.TryRead(out _).ShouldBeFalse();
        run.Discovery.FilesOffered.ShouldBe(1);
    }

    [Fact]
    public async Task Run_FilesThereBeforeStart_AreOfferedOldestFirst()
    {
        await using var run = new DiscoveryRun(_time);
        foreach (var (name, hours) in new[] { ("b.csv", 2), ("a.csv", 3), ("x/c.csv", 1) })
        {
            File.SetLastWriteTimeUtc(run.Home.Write("data/" + name, "x"), new DateTime(2026, 1, 2, 0, 0, 0, DateTimeKind.Utc).AddHours(-hours));
        }

        run.Start();

        (await run.NextAsync()).RelativePath.ShouldBe("a.csv");
        (await run.NextAsync()).RelativePath.ShouldBe("b.csv");
        (await run.NextAsync()).RelativePath.ShouldBe("x/c.csv");
    }

    [Fact]
    public async Task Run_WriterHasFileOpen_IsOfferedOnlyAfterItCloses()
    {
        await using var run = new DiscoveryRun(_time).Start();
        await using (var writer = new FileStream(run.Home.PathOf("data/slow.csv"), FileMode.CreateNew, FileAccess.Write))
        {
            for (var i = 0; i < 5; i++)
            {
                writer.Write("id\n1\n"u8);
                writer.Flush();
                await run.FullScanAsync();
            }

            // Longer than any period that a file without a writer has to stand still.
            await Task.Delay(TimeSpan.FromMilliseconds(150), TimeProvider.System);
            run.Files.TryRead(out _).ShouldBeFalse();
            run.Discovery.FilesWaiting.ShouldBe(1);
        }

        (await run.NextAsync()).Bytes.ShouldBe(25);
    }

    [Fact]
    public async Task Run_FolderMovedInWithFiles_OffersThem()
    {
        // A scan interval without end: only the event of the folder can bring them.
        await using var run = new DiscoveryRun(_time, o => o with { ScanInterval = TimeSpan.FromHours(1) }).Start();
        await DiscoveryRun.UntilAsync(() => run.Discovery.Mode == WatchMode.Events, "no events");
        run.Home.Write("outside/deep/one.csv", "1");
        run.Home.Write("outside/two.csv", "22");
        Directory.Move(run.Home.PathOf("outside"), run.Home.PathOf("data/orders"));

        var names = new[] { (await run.NextAsync()).RelativePath, (await run.NextAsync()).RelativePath };

        names.Order(StringComparer.Ordinal).ShouldBe(["orders/deep/one.csv", "orders/two.csv"]);
    }

    [Fact]
    public async Task Run_FileInNewFolder_IsOfferedByEvent()
    {
        await using var run = new DiscoveryRun(_time, o => o with { ScanInterval = TimeSpan.FromHours(1) }).Start();
        await DiscoveryRun.UntilAsync(() => run.Discovery.Mode == WatchMode.Events, "no events");
        Directory.CreateDirectory(run.Home.PathOf("data/a/b"));
        run.Home.Write("data/a/b/late.csv", "1");

        (await run.NextAsync()).RelativePath.ShouldBe("a/b/late.csv");
    }

    [Fact]
    public async Task Run_SettledFileChanges_IsOfferedAgain()
    {
        await using var run = new DiscoveryRun(_time).Start();
        run.Home.Write("data/a.csv", "one");
        var first = await run.NextAsync();
        run.Discovery.Settled(first.Path);
        await run.FullScanAsync();
        run.Files.TryRead(out _).ShouldBeFalse();

        run.Home.Write("data/a.csv", "one more");
        run.Discovery.Rescan();

        (await run.NextAsync()).Bytes.ShouldBe(8);
    }

    [Fact]
    public async Task Run_FileChangesWhileOffered_IsOfferedAgainAfterSettled()
    {
        await using var run = new DiscoveryRun(_time).Start();
        run.Home.Write("data/a.csv", "one");
        var first = await run.NextAsync();
        run.Home.Write("data/a.csv", "another");
        await run.FullScanAsync();
        run.Files.TryRead(out _).ShouldBeFalse();

        run.Discovery.Settled(first.Path);

        (await run.NextAsync()).Bytes.ShouldBe(7);
    }

    [Fact]
    public async Task Run_SettledPathTakenByAnotherFile_IsOffered()
    {
        await using var run = new DiscoveryRun(_time).Start();
        var path = run.Home.Write("data/a.csv", "one");
        await run.NextAsync();
        File.Delete(path);
        run.Discovery.Settled(path);
        await run.FullScanAsync();
        run.Home.Write("data/a.csv", "two");

        (await run.NextAsync()).Path.ShouldBe(path);
    }

    [Theory]
    [InlineData("with space.csv")]
    [InlineData("quote'\"`.csv")]
    [InlineData("line\nbreak\tand tab.csv")]
    [InlineData("emoji 🐘 ünïcode 数据.csv")]
    [InlineData("back\\slash*?[x].csv")]
    [InlineData("no extension")]
    [InlineData("literal \uFFFD mark.csv")]
    public async Task Run_OddName_IsOffered(string name)
    {
        await using var run = new DiscoveryRun(_time).Start();
        run.Home.Write("data/" + name, "1");

        (await run.NextAsync()).RelativePath.ShouldBe(name);
    }

    [Fact]
    public async Task Run_NameOf255Bytes_IsOffered()
    {
        await using var run = new DiscoveryRun(_time).Start();
        var name = new string('n', 251) + ".csv";
        run.Home.Write("data/" + name, "1");

        (await run.NextAsync()).RelativePath.ShouldBe(name);
    }

    [Fact]
    public async Task Run_TemporaryAndHiddenNames_AreNeverOffered()
    {
        await using var run = new DiscoveryRun(_time);
        foreach (var name in new[]
                 {
                     ".hidden.csv", "~lock.csv", "a.csv.tmp", "a.csv.part", "a.csv.CRDOWNLOAD", "a.filepart", ".git/config.csv",
                     "x/.y/z.csv", "upload.part/a.csv", "README.md",
                 })
        {
            run.Home.Write("data/" + name, "1");
        }

        run.Home.Write("data/last.csv", "1");
        run.Home.Write("data/sub/README.md", "1");
        run.Start();

        var names = new[] { (await run.NextAsync()).RelativePath, (await run.NextAsync()).RelativePath };
        names.Order(StringComparer.Ordinal).ShouldBe(["last.csv", "sub/README.md"]);
        await run.FullScanAsync();
        run.Files.TryRead(out _).ShouldBeFalse();
        run.Log.Lines.ShouldNotContain(l => l.Contains("Left alone", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_Globs_DecideWhatIsTaken()
    {
        await using var run = new DiscoveryRun(_time, o => o with { Include = ["orders/**", "*.csv"], Exclude = ["**/skip*"] });
        foreach (var name in new[] { "orders/deep/a.txt", "b.csv", "c.txt", "skip.csv", "orders/skipped.csv" })
        {
            run.Home.Write("data/" + name, "1");
        }

        run.Start();

        var names = new[] { (await run.NextAsync()).RelativePath, (await run.NextAsync()).RelativePath };
        names.Order(StringComparer.Ordinal).ShouldBe(["b.csv", "orders/deep/a.txt"]);
        await run.FullScanAsync();
        run.Files.TryRead(out _).ShouldBeFalse();
    }

    [SkippableFact]
    public async Task Run_NotFiles_AreLeftAloneAndSaidOnce()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "pipes and sockets of Linux");
        await using var run = new DiscoveryRun(_time);
        Posix.MakeFifo(run.Home.PathOf("data/pipe.csv"));
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(run.Home.PathOf("data/socket.csv")));
        run.Home.Write("data/folder.csv/inside.csv", "1");
        var outside = run.Home.Write("outside.csv", "1");
        File.CreateSymbolicLink(run.Home.PathOf("data/link.csv"), outside);
        Directory.CreateSymbolicLink(run.Home.PathOf("data/linked"), run.Home.Quarantine);
        run.Home.Write("quarantine/not-this.csv", "1");
        run.Home.Write("data/real.csv", "1");
        run.Start();

        (await run.NextAsync()).RelativePath.ShouldBe("real.csv");
        await run.FullScanAsync();
        await run.FullScanAsync();

        run.Files.TryRead(out _).ShouldBeFalse();
        run.Discovery.PathsLeftAlone.ShouldBe(5);
        foreach (var name in new[] { "pipe.csv", "socket.csv", "folder.csv", "link.csv", "linked" })
        {
            run.Log.Lines.Count(l => l.Contains("Left alone", StringComparison.Ordinal) && l.Contains("/" + name + ":", StringComparison.Ordinal))
                .ShouldBe(1, name);
        }
    }

    [SkippableFact]
    public async Task Run_LinkAmongFolders_EventsBelowItAreNotFollowed()
    {
        Skip.IfNot(OperatingSystem.IsLinux());
        var played = new PlayedWatcher();
        await using var run = new DiscoveryRun(_time, watcher: played.Start);
        run.Home.Write("quarantine/x.csv", "1");
        Directory.CreateSymbolicLink(run.Home.PathOf("data/linked"), run.Home.Quarantine);
        run.Start();
        await DiscoveryRun.UntilAsync(() => played.Starts > 0, "not started");

        played.OnPath!(run.Home.PathOf("data/linked/x.csv"), Arrival.Renamed);
        played.OnPath!(run.Home.PathOf("quarantine/x.csv"), Arrival.Renamed);
        await run.FullScanAsync();

        run.Files.TryRead(out _).ShouldBeFalse();
    }

    [SkippableFact]
    public async Task Run_PipeReplacedByFile_FileIsOffered()
    {
        Skip.IfNot(OperatingSystem.IsLinux());
        await using var run = new DiscoveryRun(_time);
        var path = run.Home.PathOf("data/a.csv");
        Posix.MakeFifo(path);
        run.Start();
        await run.FullScanAsync();
        run.Discovery.PathsLeftAlone.ShouldBe(1);

        File.Delete(path);
        run.Home.Write("data/a.csv", "1");

        (await run.NextAsync()).Path.ShouldBe(path);
    }

    [SkippableFact]
    public async Task Run_NameThatIsNotUtf8_IsSaidOnceAndCounted()
    {
        Skip.IfNot(OperatingSystem.IsLinux());
        await using var run = new DiscoveryRun(_time);
        byte[] name = [(byte)'b', 0xE9, 0xFF, (byte)'.', (byte)'c', (byte)'s', (byte)'v'];
        Posix.CreateFile(run.Home.Data, name);
        run.Start();
        await run.FullScanAsync();
        await run.FullScanAsync();

        run.Files.TryRead(out _).ShouldBeFalse();
        run.Discovery.PathsLeftAlone.ShouldBe(1);
        run.Log.Lines.Count(l => l.Contains("not valid UTF-8", StringComparison.Ordinal)).ShouldBe(1);
        Posix.DeleteFile(run.Home.Data, name);
    }

    [Fact]
    public async Task Run_FullChannel_NothingIsLostAndAnswersAreHeard()
    {
        await using var run = new DiscoveryRun(_time, capacity: 1);
        for (var i = 0; i < 50; i++)
        {
            run.Home.Write($"data/{i:00}.csv", "1");
        }

        run.Start();
        await DiscoveryRun.UntilAsync(() => run.Discovery.FilesOffered == 1 && run.Discovery.FilesWaiting == 49, "not full");
        await run.FullScanAsync();

        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 50; i++)
        {
            seen.Add((await run.NextAsync()).RelativePath).ShouldBeTrue();
        }

        await run.FullScanAsync();
        run.Files.TryRead(out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Run_FileGoneOrChangedWhileChannelIsFull_IsNotOfferedAsItWas()
    {
        await using var run = new DiscoveryRun(_time, capacity: 1);
        run.Home.Write("data/1.csv", "1");
        run.Start();
        await DiscoveryRun.UntilAsync(() => run.Discovery.FilesOffered == 1, "not full");
        var gone = run.Home.Write("data/2.csv", "2");
        run.Home.Write("data/3.csv", "3");
        await run.FullScanAsync();
        await DiscoveryRun.UntilAsync(() => run.Discovery.FilesWaiting == 2, "not waiting");
        File.Delete(gone);
        run.Home.Write("data/3.csv", "three");

        (await run.NextAsync()).RelativePath.ShouldBe("1.csv");
        var next = await run.NextAsync();
        next.RelativePath.ShouldBe("3.csv");
        next.Bytes.ShouldBe(5);
    }

    [Fact]
    public async Task Run_ChannelCompleted_Ends()
    {
        await using var run = new DiscoveryRun(_time, capacity: 1);
        run.Home.Write("data/1.csv", "1");
        run.Home.Write("data/2.csv", "1");
        run.Start();
        await DiscoveryRun.UntilAsync(() => run.Discovery.FilesWaiting == 1, "not waiting");
        run.Writer.Complete();

        await run.Completion.WaitAsync(DiscoveryRun.Generous);
    }

    [Fact]
    public async Task Run_ThousandFilesInABurst_AllAreOfferedOnce()
    {
        await using var run = new DiscoveryRun(_time, capacity: 10).Start();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var reading = Task.Run(async () =>
        {
            while (seen.Count < 1000)
            {
                var file = await run.NextAsync();
                seen.Add(file.RelativePath).ShouldBeTrue();
                File.Delete(file.Path);
                run.Discovery.Settled(file.Path);
            }
        });

        for (var i = 0; i < 1000; i++)
        {
            run.Home.Write($"data/d{i % 7}/{i:0000}.csv", "1");
        }

        await reading.WaitAsync(TimeSpan.FromMinutes(2));
        await run.FullScanAsync();
        run.Files.TryRead(out _).ShouldBeFalse();
        run.Discovery.FilesWaiting.ShouldBe(0);
    }
}
