using System.ComponentModel;
using System.Security.Cryptography;
using System.Text.Json;
using Pipeline.TestKit.Engine;

namespace Pipeline.Engine.Tests;

/// <summary>
/// The official ClickHouse client for Node.js against the engine. It is installed with npm into a folder of the user's cache, once per
/// list of packages. Without npm the tests are skipped, but fail where CI=true.
/// </summary>
[Collection(EngineCollection.Name)]
public sealed class OfficialClientTests(EngineFixture engine)
{
    static readonly SemaphoreSlim s_installing = new(1);
    static string? s_clients;

    [SkippableTheory]
    [InlineData("ping", "true")]
    [InlineData("pingWithSelect", "true")]
    [InlineData("parameters", """[{"n":42,"s":"it's\t\\ é\n🙂","a":[1,2,3],"d":"2024-02-29 12:34:56","o":null}]""")]
    [InlineData("longParameter", """[{"bytes":500000}]""")]
    [InlineData("streamedInsert", """{"written":"100000","rows":100000,"sum":4999950000,"names":100000}""")]
    [InlineData("compressedInsert", """[{"rows":10000,"sum":49995000}]""")]
    [InlineData("streamedSelect", """{"count":500000,"queryId":true}""")]
    [InlineData("errorCode", """{"code":"60","type":"UNKNOWN_TABLE"}""")]
    [InlineData("lateError", """{"code":"395"}""")]
    [InlineData("wrongPassword", """{"code":"516","type":"AUTHENTICATION_FAILED"}""")]
    [InlineData("abort", "\"The user aborted a request.\"")]
    public async Task OfficialClient_Scenario_SeesWhatAServerWouldShow(string scenario, string expected)
    {
        var seen = await RunAsync(scenario);
        using var actual = JsonDocument.Parse(seen);
        using var wanted = JsonDocument.Parse(expected);
        JsonElement.DeepEquals(actual.RootElement, wanted.RootElement).ShouldBeTrue(seen);
    }

    async Task<string> RunAsync(string scenario)
    {
        var clients = await InstallAsync();
        await using var node = Child.Start(
            "node", [Path.Combine(AppContext.BaseDirectory, "clients", "official-client.mjs"), scenario],
            environment: new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["CLIENTS"] = clients,
                ["ENGINE_URL"] = engine.Url.ToString(),
                ["ENGINE_USER"] = engine.User,
                ["ENGINE_PASSWORD"] = engine.Password,
                ["TABLE"] = EngineFixture.UniqueTable("official"),
            });
        var error = node.Error.ReadToEndAsync();
        var output = await node.Output.ReadToEndAsync();
        await node.WaitForExitAsync();
        node.ExitCode.ShouldBe(0, await error);
        return output;
    }

    static async Task<string> InstallAsync()
    {
        await s_installing.WaitAsync();
        try
        {
            return s_clients ??= await InstallOnceAsync();
        }
        finally
        {
            s_installing.Release();
        }
    }

    static async Task<string> InstallOnceAsync()
    {
        var package = await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "clients", "package.json"));
        var parent = Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create),
            "pipeline", "test-clients");
        var folder = Path.Combine(parent, Convert.ToHexStringLower(SHA256.HashData(package))[..16]);
        if (Directory.Exists(folder))
        {
            return folder;
        }

        var work = folder + "." + Environment.ProcessId;
        Directory.CreateDirectory(work);
        await File.WriteAllBytesAsync(Path.Combine(work, "package.json"), package);
        try
        {
            await using var npm = Child.Start("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"], work);
            var error = npm.Error.ReadToEndAsync();
            await npm.Output.ReadToEndAsync();
            await npm.WaitForExitAsync();
            SkipUnless(npm.ExitCode == 0, "npm could not install the official client: " + await error);
        }
        catch (Win32Exception)
        {
            SkipUnless(false, "npm is not on the PATH: install Node.js to run these tests.");
        }

        if (!Directory.Exists(folder))
        {
            Directory.Move(work, folder);
        }

        return folder;
    }

    static void SkipUnless(bool condition, string reason)
    {
        if (!condition && Environment.GetEnvironmentVariable("CI") == "true")
        {
            throw new InvalidOperationException(reason);
        }

        Skip.IfNot(condition, reason);
    }
}
