using Pipeline.TestKit;

namespace Pipeline.Daemon.Tests.Deploy;

/// <summary>The unit, with an executable that is there on every machine in place of the daemon.</summary>
public sealed class SystemdTests : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pipeline-systemd-");

    public void Dispose() => _folder.Delete(recursive: true);

    [SkippableFact]
    public async Task Unit_Verified_HasNoFindings()
    {
        var (exitCode, output) = await Tool.RunAsync("systemd-analyze", "verify", Unit());

        exitCode.ShouldBe(0, output);
        // Unknown keys are said, but do not fail the verification.
        output.ShouldNotContain("pipeline.service");
    }

    [SkippableFact]
    public async Task Unit_PlantedMistake_IsFound()
    {
        var unit = Unit();
        await File.AppendAllTextAsync(unit, "\n[Service]\nNoNewPriviliges=yes\n");

        var (_, output) = await Tool.RunAsync("systemd-analyze", "verify", unit);

        output.ShouldContain("NoNewPriviliges");
    }

    [SkippableFact]
    public async Task Unit_Sandbox_ExposureStaysLow()
    {
        // Tenths of systemd's own scale from 0 to 10; 2.0 with systemd 252.
        var (exitCode, output) = await Tool.RunAsync(
            "systemd-analyze", "security", "--offline=true", "--threshold=25", "--no-pager", Unit());

        exitCode.ShouldBe(0, output);
    }

    [Fact]
    public void Unit_Contract_IsTheOneOfTheDaemon()
    {
        var lines = File.ReadAllLines(Golden.FromRoot("deploy/systemd/pipeline.service"));

        lines.ShouldContain("Type=notify");
        lines.ShouldContain("KillSignal=SIGTERM");
        lines.ShouldContain("Restart=on-failure");
        lines.ShouldContain("RestartPreventExitStatus=2");
        lines.ShouldContain(l => l.StartsWith("WatchdogSec=", StringComparison.Ordinal));
        lines.ShouldContain(l => l.StartsWith("ExecStart=/opt/pipeline/pipeline run --home ", StringComparison.Ordinal));
    }

    [Fact]
    public void EnvironmentSample_EveryVariable_IsASetting()
    {
        var variables = File.ReadLines(Golden.FromRoot("deploy/systemd/pipeline.env"))
            .Select(line => line.TrimStart('#'))
            .Where(line => line.StartsWith("PIPELINE__", StringComparison.Ordinal))
            .Select(line => line[..line.IndexOf('=', StringComparison.Ordinal)])
            .ToList();

        variables.Count.ShouldBeGreaterThan(3);
        variables.ShouldAllBe(v => SettingNames.IsSetting(v));
    }

    string Unit()
    {
        var path = Path.Combine(_folder.FullName, "pipeline.service");
        File.WriteAllLines(path, File.ReadLines(Golden.FromRoot("deploy/systemd/pipeline.service"))
            .Select(line => line.StartsWith("ExecStart=", StringComparison.Ordinal) ? "ExecStart=/bin/sh" : line));
        return path;
    }
}
