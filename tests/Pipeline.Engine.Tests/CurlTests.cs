using System.ComponentModel;
using System.Globalization;
using Pipeline.TestKit.Engine;

namespace Pipeline.Engine.Tests;

/// <summary>curl against the engine, the way people use it against a server.</summary>
[Collection(EngineCollection.Name)]
public sealed class CurlTests(EngineFixture engine) : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task Curl_FileAsBody_IsInserted()
    {
        var table = EngineFixture.UniqueTable("curl");
        var file = Path.Combine(_folder.Path, "rows.csv");
        await File.WriteAllLinesAsync(file, Enumerable.Range(0, 300_000).Select(i => i.ToString(CultureInfo.InvariantCulture)));
        (await CurlAsync("--data", $"CREATE TABLE {table} (a UInt64) ENGINE = MergeTree ORDER BY a")).ShouldBe("");

        // A body of this size is announced with Expect: 100-continue.
        (await CurlAsync("--data-binary", "@" + file, "--url-query", $"query=INSERT INTO {table} FORMAT CSV")).ShouldBe("");
        (await CurlAsync("--get", "--data-urlencode", $"query=SELECT count(), sum(a) FROM {table}")).ShouldBe("300000\t44999850000\n");

        // Without a length, in chunks, as from a pipe.
        (await CurlAsync(
            "--header", "Transfer-Encoding: chunked", "--data-binary", "@" + file, "--url-query",
            $"query=INSERT INTO {table} FORMAT CSV")).ShouldBe("");
        (await CurlAsync("--data", $"SELECT count() FROM {table}")).ShouldBe("600000\n");
    }

    [SkippableFact]
    public async Task Curl_AsksForCompression_GetsIt() =>
        (await CurlAsync("--compressed", "--data", "SELECT 'packed'", "--url-query", "enable_http_compression=1")).ShouldBe("packed\n");

    [SkippableFact]
    public async Task Curl_StatementFails_FailsWithTheStatusAndShowsTheText()
    {
        var text = await CurlAsync("--write-out", "%{http_code}", "--data", "SELECT * FROM no_such_table");
        text.ShouldStartWith("Code: 60. DB::Exception: ");
        text.ShouldEndWith("(UNKNOWN_TABLE)\n404");
    }

    async Task<string> CurlAsync(params string[] arguments)
    {
        try
        {
            await using var curl = Child.Start(
                "curl", ["--silent", "--show-error", "--user", $"{engine.User}:{engine.Password}", .. arguments, engine.Url.ToString()]);
            var output = await curl.Output.ReadToEndAsync();
            var error = await curl.Error.ReadToEndAsync();
            await curl.WaitForExitAsync();
            curl.ExitCode.ShouldBe(0, error);
            return output;
        }
        catch (Win32Exception) when (Environment.GetEnvironmentVariable("CI") != "true")
        {
            Skip.If(true, "curl is not installed.");
            throw;
        }
    }
}
