using System.Globalization;
using System.Text;
using Pipeline.Engine;
using Xunit;

namespace Pipeline.TestKit.Engine;

/// <summary>
/// One real engine for the tests of an assembly: its own store in a temporary folder, a free port, a user and a password. Tables are
/// told apart by <see cref="UniqueTable"/>. Nothing is left behind.
/// </summary>
public sealed class EngineFixture : IAsyncLifetime
{
    static int s_tables;

    readonly string _folder = Directory.CreateTempSubdirectory("pipeline-engine-").FullName;
    readonly HttpClient _client = new();
    EngineSupervisor? _supervisor;

    public EngineSupervisor Supervisor => _supervisor ?? throw new InvalidOperationException("The engine has not been started.");

    public Uri Url => Supervisor.Url;

    public string User => Supervisor.User;

    public string Password => Supervisor.Password;

    public string StorePath => Path.Combine(_folder, "store");

    public async Task InitializeAsync()
    {
        _supervisor = await EngineSupervisor.StartAsync(new() { Engine = new() { StorePath = StorePath, User = "tester" } });
        _client.DefaultRequestHeaders.Add("X-ClickHouse-User", User);
        _client.DefaultRequestHeaders.Add("X-ClickHouse-Key", Password);
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        if (_supervisor is not null)
        {
            await _supervisor.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Runs a statement and returns what it prints, tab-separated unless it names a format.</summary>
    /// <exception cref="InvalidOperationException">The engine refused it; the message is the engine's.</exception>
    public async Task<string> QueryAsync(string sql)
    {
        using var content = new StringContent(sql, Encoding.UTF8);
        using var response = await _client.PostAsync(Url, content);
        var text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode ? text : throw new InvalidOperationException(text);
    }

    /// <summary>A table name that no other test of this run uses.</summary>
    public static string UniqueTable(string prefix) =>
        $"{prefix}_{Environment.ProcessId}_{Interlocked.Increment(ref s_tables).ToString(CultureInfo.InvariantCulture)}";
}
