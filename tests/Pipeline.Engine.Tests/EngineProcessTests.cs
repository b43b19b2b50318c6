using System.Globalization;
using System.Net;

namespace Pipeline.Engine.Tests;

/// <summary>The engine as a process: its lock, its end and its parent.</summary>
public sealed class EngineProcessTests : IDisposable
{
    const string Slow = "SELECT sum(sleepEachRow(0.1)) FROM numbers(15) SETTINGS max_block_size = 1";

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Store_OpenedTwice_RefusesTheSecondAndNamesTheFirst()
    {
        var (first, url) = await Child.EngineAsync(_folder.Store);
        await using (first)
        {
            await using var second = Child.DotNet("Pipeline.Engine.dll", "--path", _folder.Store);
            var error = await second.Error.ReadToEndAsync();
            await second.WaitForExitAsync();
            second.ExitCode.ShouldBe((int)EngineExit.StoreLocked);
            error.ShouldContain(
                $"The store '{_folder.Store}' is in use by another process (process {first.Id.ToString(CultureInfo.InvariantCulture)}).");
            using var http = new EngineHttp(url, "default", "");
            (await http.QueryAsync("SELECT 1")).ShouldBe("1\n");
        }
    }

    [Theory]
    [InlineData("--port", "99999")]
    [InlineData("--bind", "localhost")]
    [InlineData("--colour", "red")]
    [InlineData("--path", "")]
    public async Task Arguments_Wrong_AreSaid(string name, string value)
    {
        await using var engine = Child.DotNet("Pipeline.Engine.dll", name, value);
        var error = await engine.Error.ReadToEndAsync();
        await engine.WaitForExitAsync();
        engine.ExitCode.ShouldBe((int)EngineExit.Usage);
        error.ShouldContain(name);
        error.ShouldContain("usage: ");
    }

    [Fact]
    public async Task Library_NotThere_IsSaidWithWhatToDo()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PIPELINE_CHDB"] = "",
            ["XDG_CACHE_HOME"] = _folder.Path,
        };
        await using var engine = Child.Start(
            Environment.ProcessPath!, ["exec", Path.Combine(AppContext.BaseDirectory, "Pipeline.Engine.dll"), "--path", _folder.Store],
            environment: environment);
        var error = await engine.Error.ReadToEndAsync();
        await engine.WaitForExitAsync();
        engine.ExitCode.ShouldBe((int)EngineExit.LibraryMissing);
        error.ShouldContain(_folder.Path);
        error.ShouldContain("install Node.js and build again");
    }

    [Fact]
    public async Task Terminated_WhileAQueryRuns_FinishesItAndEndsCleanly()
    {
        var (engine, url) = await Child.EngineAsync(_folder.Store);
        await using (engine)
        {
            using var http = new EngineHttp(url, "default", "");
            await http.QueryAsync("CREATE TABLE kept (a UInt64) ENGINE = MergeTree ORDER BY a");
            await http.QueryAsync("INSERT INTO kept VALUES (1)");
            var running = http.QueryAsync(Slow);
            await http.WaitForAsync("SELECT count() FROM system.processes WHERE query LIKE '%sleepEachRow(0.1)) FROM%' AND query NOT LIKE '%count()%'", "1\n");
            engine.Signal(Child.Term);
            (await running).ShouldBe("0\n");
            await engine.WaitForExitAsync();
            engine.ExitCode.ShouldBe(0);
            (await engine.Error.ReadToEndAsync()).ShouldBe("");
        }

        var (next, nextUrl) = await Child.EngineAsync(_folder.Store);
        await using (next)
        {
            using var http = new EngineHttp(nextUrl, "default", "");
            (await http.QueryAsync("SELECT a FROM kept")).ShouldBe("1\n");
        }
    }

    [Fact]
    public async Task Terminated_NewQueries_AreRefusedAndLateOnesCancelled()
    {
        var (engine, url) = await Child.EngineAsync(_folder.Store, "--stop-grace", "2");
        await using (engine)
        {
            using var http = new EngineHttp(url, "default", "");
            var running = http.PostAsync("SELECT count() FROM numbers(1000000000000000) WHERE sipHash64(number) = 1 SETTINGS max_threads = 1");
            await http.WaitForAsync("SELECT count() FROM system.processes WHERE query LIKE '%sipHash64(number) = 1 S%' AND query NOT LIKE '%LIKE%'", "1\n");
            engine.Signal(Child.Term);
            HttpStatusCode status;
            do
            {
                using var refused = await http.PostAsync("SELECT 1");
                status = refused.StatusCode;
            }
            while (status == HttpStatusCode.OK);
            status.ShouldBe(HttpStatusCode.ServiceUnavailable);
            await Should.ThrowAsync<HttpRequestException>(running);
            await engine.WaitForExitAsync();
            engine.ExitCode.ShouldBe(0);
        }
    }

    [Fact]
    public async Task Parent_IsKilled_EndsTheEngine()
    {
        int engineId;
        await using (var parent = Child.DotNet("Pipeline.Engine.Tests.dll", _folder.Store))
        {
            var line = await parent.Output.ReadLineAsync() ?? throw new InvalidOperationException(await parent.Error.ReadToEndAsync());
            engineId = int.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture);
            Child.Exists(engineId).ShouldBeTrue();
            parent.Signal(Child.Kill);
            await parent.WaitForExitAsync();
        }

        var give = TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(30);
        while (Child.Exists(engineId) && !IsZombie(engineId) && TimeProvider.System.GetUtcNow() < give)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
        }

        (Child.Exists(engineId) && !IsZombie(engineId)).ShouldBeFalse();
        var (next, _) = await Child.EngineAsync(_folder.Store);
        await next.DisposeAsync();
    }

    /// <summary>Where nobody adopts orphans (a container), an ended process stays in the table.</summary>
    static bool IsZombie(int processId)
    {
        try
        {
            return OperatingSystem.IsLinux()
                && File.ReadAllText($"/proc/{processId.ToString(CultureInfo.InvariantCulture)}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return true;
        }
    }
}
