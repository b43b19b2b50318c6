using System.Collections.Concurrent;
using System.Net;

namespace Pipeline.Engine.Tests;

public sealed class EngineSupervisorTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Engine_IsKilled_AnotherAnswersAtTheSameAddressWithEveryAcknowledgedRow()
    {
        var crashes = new ConcurrentQueue<EngineCrash>();
        await using var supervisor = await EngineSupervisor.StartAsync(new()
        {
            Engine = new() { StorePath = _folder.Store },
            FirstRestartDelay = TimeSpan.FromMilliseconds(50),
            OnCrash = crashes.Enqueue,
        });
        var url = supervisor.Url;
        using var http = new EngineHttp(supervisor);
        await http.QueryAsync("CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a SETTINGS fsync_after_insert = 1, " +
            "non_replicated_deduplication_window = 1000");
        var first = supervisor.ProcessId.ShouldNotBeNull();
        for (var i = 0; i < 60; i++)
        {
            if (i is 20 or 40)
            {
                Child.KillProcess(supervisor.ProcessId!.Value);
            }

            await InsertUntilAcknowledgedAsync(http, i);
        }

        supervisor.Url.ShouldBe(url);
        supervisor.ProcessId.ShouldNotBe(first);
        supervisor.Restarts.ShouldBe(2);
        crashes.Count.ShouldBe(2);
        crashes.ShouldAllBe(crash => crash.ExitCode == 137);
        (await http.QueryAsync("SELECT count(), uniqExact(a) FROM t")).ShouldBe("60\t60\n");
    }

    [Fact]
    public async Task Start_StoreIsInUse_SaysSo()
    {
        var (other, _) = await Child.EngineAsync(_folder.Store);
        await using (other)
        {
            var exception = await Should.ThrowAsync<EngineException>(EngineSupervisor.StartAsync(new()
            {
                Engine = new() { StorePath = _folder.Store },
                StartTimeout = TimeSpan.FromSeconds(6),
            }));
            exception.Exit.ShouldBe(EngineExit.StoreLocked);
            exception.Message.ShouldContain("One store has one engine");
        }
    }

    [Fact]
    public async Task Start_StoreIsJustBeingClosed_Waits()
    {
        var (other, _) = await Child.EngineAsync(_folder.Store);
        await using (other)
        {
            var starting = EngineSupervisor.StartAsync(new() { Engine = new() { StorePath = _folder.Store } });
            other.Signal(Child.Term);
            await using var supervisor = await starting;
            using var http = new EngineHttp(supervisor);
            (await http.QueryAsync("SELECT 1")).ShouldBe("1\n");
        }
    }

    [Fact]
    public async Task Password_NotGiven_IsRandomAndRequired()
    {
        await using var supervisor = await EngineSupervisor.StartAsync(new() { Engine = new() { StorePath = _folder.Store } });
        supervisor.Password.Length.ShouldBe(48);
        using var http = new EngineHttp(supervisor.Url, supervisor.User, "");
        using var response = await http.PostAsync("SELECT 1");
        response.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [SkippableFact]
    public async Task Memory_OfTheEngine_IsAskedForInHugePages()
    {
        const string Setting = "/sys/kernel/mm/transparent_hugepage/enabled";
        Skip.IfNot(File.Exists(Setting) && File.ReadAllText(Setting).Contains("[madvise]"), $"{Setting} does not leave huge pages to whoever asks for them.");
        await using var supervisor = await EngineSupervisor.StartAsync(new() { Engine = new() { StorePath = _folder.Store } });

        // "hg": MADV_HUGEPAGE (proc(5), VmFlags). The runtime asks for none.
        var flags = File.ReadLines($"/proc/{supervisor.ProcessId}/smaps").Where(l => l.StartsWith("VmFlags:", StringComparison.Ordinal));
        flags.ShouldContain(l => l.Split(' ').Contains("hg"));
    }

    [Fact]
    public async Task Stop_EndsTheProcessAndIsNoCrash()
    {
        var crashes = 0;
        var supervisor = await EngineSupervisor.StartAsync(new()
        {
            Engine = new() { StorePath = _folder.Store },
            OnCrash = _ => Interlocked.Increment(ref crashes),
        });
        await supervisor.StopAsync();
        supervisor.ProcessId.ShouldBeNull();
        await supervisor.DisposeAsync();
        crashes.ShouldBe(0);
    }

    /// <summary>What a client does: the same row with the same token, until the engine says yes.</summary>
    static async Task InsertUntilAcknowledgedAsync(EngineHttp http, int row)
    {
        for (var attempt = 0; attempt < 500; attempt++)
        {
            try
            {
                using var response = await http.PostAsync($"{row}\n", $"query=INSERT+INTO+t+FORMAT+CSV&insert_deduplication_token=row{row}");
                if (response.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Nobody listens, or the connection was cut.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
        }

        throw new TimeoutException("The engine did not come back.");
    }
}
