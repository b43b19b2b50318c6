using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Pipeline.Ingestion;
using Pipeline.Ledger;
using Pipeline.TestKit.Processes;

namespace Pipeline.Daemon.Tests.Crash;

/// <summary>A destination that dies, is away, or comes back.</summary>
[Collection(CrashChains.One)]
public sealed class OutageTests : IAsyncLifetime
{
    const string User = "loader";
    const string Password = "s3cret";

    static readonly SomeFile s_small = SomeFile.Orders("orders/small.csv", 1_000, firstId: 1_000_001);
    static readonly SomeFile s_large = SomeFile.Orders("orders/large.csv", 200_000);

    readonly CrashHome _home = new();
    readonly int _port = FreePort();
    PipelineProcess? _server;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        // The server's tables lie in the home, and it removes parts of its own accord.
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        await _home.DisposeAsync();
    }

    [Fact]
    public async Task Engine_KilledDuringInserts_DaemonGoesOnByItself()
    {
        _home.Configure("ingest:\n  max_batch_rows: 4096\n  max_batch_bytes: 64KiB\n");
        await _home.StartHoldingAsync(FaultPoint.AfterFirstInsert);
        _home.Drop(s_large, s_small);
        await _home.HeldAsync();
        for (var kill = 0; kill < 2; kill++)
        {
            (await _home.EntriesAsync()).ShouldContain(e => e.State == FileState.Loading);
            var killed = _home.EngineId().ShouldNotBeNull();
            _home.KillEngine();
            await _home.UntilAsync(() => Task.FromResult(_home.EngineId() is { } now && now != killed), "another engine");
        }

        _home.Daemon!.Continue();
        await _home.SettledAsync();
        await Promise.ShouldHoldAsync(_home, "orders", s_large, s_small);
    }

    [SkippableFact]
    public async Task Server_NotThereAtStart_ExitsWithThree()
    {
        UseServer();
        var (exit, output, errors) = await _home.VerbAsync("run");

        exit.ShouldBe(3, output + errors);
        (output + errors).ShouldContain($":{_port}");
    }

    [SkippableFact]
    public async Task Server_WrongPassword_ExitsWithThreeAndSaysSo()
    {
        UseServer();
        await StartServerAsync();
        _home.Set("PIPELINE__CLICKHOUSE__PASSWORD", "wrong");
        var (exit, output, errors) = await _home.VerbAsync("run");

        exit.ShouldBe(3, output + errors);
        (output + errors).ShouldContain("AUTHENTICATION_FAILED");
    }

    [SkippableFact]
    public async Task Server_AwayForAWhile_EveryRowOnce()
    {
        UseServer();
        _home.Configure("ingest:\n  max_batch_rows: 4096\n  max_batch_bytes: 64KiB\n");
        await StartServerAsync();
        await _home.StartHoldingAsync(FaultPoint.AfterFirstInsert, times: 2);
        var first = SomeFile.Orders("orders/first.csv", 500, firstId: 2_000_001);
        _home.Drop(first);
        await _home.SettledAsync();

        // Away while a large file is being loaded and another comes.
        _home.Drop(s_large);
        await _home.HeldAsync();
        _server!.Kill();
        await _server.ExitedAsync();
        _home.Daemon!.Continue();
        _home.Drop(s_small);
        await _home.Daemon!.SaysAsync("The destination did not take it");
        await StartServerAsync();
        await _home.SettledAsync();
        await Promise.ShouldHoldAsync(_home, "orders", first, s_large, s_small);

        // The daemon killed, the server not: what it was sent goes on there.
        var last = SomeFile.Orders("orders/last.csv", 100_000, firstId: 3_000_001);
        await _home.StartHoldingAsync(FaultPoint.AfterFirstInsert);
        _home.Drop(last);
        await _home.HeldAsync();
        await _home.KillAsync();
        await _home.StartAsync();
        await _home.SettledAsync();
        await Promise.ShouldHoldAsync(_home, "orders", first, s_large, s_small, last);
    }

    // By an address of this machine that is not loopback: then bodies are gzip, as to any other machine.
    void UseServer()
    {
        var address = NetworkInterface.GetAllNetworkInterfaces().SelectMany(n => n.GetIPProperties().UnicastAddresses).Select(a => a.Address)
            .FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(a));
        Skip.If(address is null, "This machine has no address but loopback.");
        _home.UseServer(new Uri($"http://{address}:{_port}"), User, Password);
    }

    async Task StartServerAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _server = PipelineProcess.Start(
            ["engine", "--home", _home.Root, "--path", _home.PathOf("server"), "--bind", "0.0.0.0", "--port", $"{_port}", "--user", User],
            new Dictionary<string, string> { ["PIPELINE_ENGINE_PASSWORD"] = Password });
        await _server.SaysAsync("\"ready\":true");
    }

    static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
