using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Pipeline.ClickHouse;

namespace Pipeline.Tests.ClickHouse;

/// <summary>
/// Debian's clickhouse-server (18.16), which nobody of this project wrote: on free loopback ports, with its own folder and
/// configuration. Where it is not
/// installed tests are skipped, in CI they fail.
/// </summary>
public sealed class OldServerFixture : IAsyncLifetime
{
    const string Name = "clickhouse-server";
    const string User = "tester";

    /// <summary>With a space and a letter beyond ASCII: headers are UTF-8.</summary>
    const string Password = "p wörd";

    static readonly string? s_program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Concat(["/usr/bin", "/usr/sbin"]).Select(folder => Path.Combine(folder, Name)).FirstOrDefault(File.Exists);

    static readonly TimeSpan s_startBudget = TimeSpan.FromSeconds(60);

    readonly string _folder = Directory.CreateTempSubdirectory("pipeline-old-server-").FullName;
    Process? _server;

    public ClickHouseOptions Options { get; private set; } = null!;

    /// <summary>Skips the test where the server is not installed.</summary>
    public void Require()
    {
        if (_server is null)
        {
            Environment.GetEnvironmentVariable("CI").ShouldNotBe("true", $"{Name} is missing; .ci/run installs it.");
            Skip.If(true, $"{Name} is not installed (Debian has it as a package).");
        }
    }

    public async Task InitializeAsync()
    {
        if (s_program is null)
        {
            return;
        }

        var (httpPort, tcpPort) = FreePorts();
        await WriteConfigurationAsync(httpPort, tcpPort);
        _server = Process.Start(new ProcessStartInfo(s_program, ["--config-file=" + Path.Combine(_folder, "config.xml")])
        {
            UseShellExecute = false,
            WorkingDirectory = _folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _server.OutputDataReceived += (_, _) => { };
        _server.ErrorDataReceived += (_, _) => { };
        _server.BeginOutputReadLine();
        _server.BeginErrorReadLine();
        Options = new ClickHouseOptions { Url = new Uri($"http://127.0.0.1:{httpPort}"), User = User, Password = Password };
        await WaitUntilReadyAsync();
    }

    public async Task DisposeAsync()
    {
        if (_server is not null)
        {
            _server.Kill();
            await _server.WaitForExitAsync();
            _server.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    async Task WaitUntilReadyAsync()
    {
        using var client = new ClickHouseClient(Options);
        var started = TimeProvider.System.GetTimestamp();
        while (await client.PingAsync(CancellationToken.None) is { } error)
        {
            if (_server!.HasExited || TimeProvider.System.GetElapsedTime(started) > s_startBudget)
            {
                throw new InvalidOperationException($"{s_program} did not start: {error}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    async Task WriteConfigurationAsync(int httpPort, int tcpPort)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "config.xml"), string.Create(CultureInfo.InvariantCulture,
            $"""
            <yandex>
              <logger><level>warning</level><log>{_folder}/server.log</log><errorlog>{_folder}/error.log</errorlog></logger>
              <http_port>{httpPort}</http_port><tcp_port>{tcpPort}</tcp_port><listen_host>127.0.0.1</listen_host>
              <path>{_folder}/data/</path><tmp_path>{_folder}/tmp/</tmp_path><users_config>users.xml</users_config>
              <default_profile>default</default_profile><default_database>default</default_database>
              <mark_cache_size>16777216</mark_cache_size><timezone>UTC</timezone>
            </yandex>
            """));
        await File.WriteAllTextAsync(Path.Combine(_folder, "users.xml"),
            $"""
            <yandex>
              <profiles><default/><readonly><readonly>1</readonly></readonly></profiles>
              <users>
                <{User}><password>{Password}</password><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota></{User}>
                <reader><password></password><networks><ip>::/0</ip></networks><profile>readonly</profile><quota>default</quota></reader>
              </users>
              <quotas><default/></quotas>
            </yandex>
            """);
    }

    static (int Http, int Tcp) FreePorts()
    {
        using var http = new TcpListener(IPAddress.Loopback, 0);
        using var tcp = new TcpListener(IPAddress.Loopback, 0);
        http.Start();
        tcp.Start();
        return (((IPEndPoint)http.LocalEndpoint).Port, ((IPEndPoint)tcp.LocalEndpoint).Port);
    }
}
