using System.Runtime.Versioning;
using Pipeline.Configuration;
using Pipeline.Daemon.Cli;
using Pipeline.Daemon.Hosting;
using Pipeline.TestKit.Files;

namespace Pipeline.Daemon.Tests.Hosting;

public sealed class HomeLockTests : IDisposable
{
    readonly TempHome _temp = new();
    readonly PipelineHome _home;

    public HomeLockTests() => _home = PipelineHome.At(_temp.Root, new FolderOptions());

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Take_HeldByAnother_NamesIt()
    {
        using var first = await HomeLock.TakeAsync(_home, TimeProvider.System, CancellationToken.None);
        File(4711).Write(_home);

        var refused = await Should.ThrowAsync<CliException>(
            () => HomeLock.TakeAsync(_home, TimeProvider.System, CancellationToken.None));

        refused.ExitCode.ShouldBe(ExitCode.Usage);
        refused.Message.ShouldContain("pipeline run (process 4711, http://127.0.0.1:8080/)");
    }

    [Fact]
    public async Task Take_AfterRelease_Works()
    {
        (await HomeLock.TakeAsync(_home, TimeProvider.System, CancellationToken.None)).Dispose();

        using var second = await HomeLock.TryTakeAsync(_home, TimeProvider.System, CancellationToken.None);

        second.ShouldNotBeNull();
    }

    [Fact]
    public async Task Find_FileOfAKilledDaemon_CountsForNothing()
    {
        File(4711).Write(_home);
        DaemonFile.Find(_home).ShouldBeNull();

        using var taken = await HomeLock.TakeAsync(_home, TimeProvider.System, CancellationToken.None);
        DaemonFile.Find(_home).ShouldBe(File(4711));
    }

    [Fact]
    public async Task Find_HalfWrittenFile_CountsForNothing()
    {
        using var taken = await HomeLock.TakeAsync(_home, TimeProvider.System, CancellationToken.None);
        System.IO.File.WriteAllText(_home.DaemonFile, "{\"pid\":");

        DaemonFile.Find(_home).ShouldBeNull();
    }

    [Fact]
    public void IsHeld_NobodyEverWorkedHere_IsFalse() => HomeLock.IsHeld(_home).ShouldBeFalse();

    [SkippableFact]
    [UnsupportedOSPlatform("windows")]
    public void Write_Credentials_AreForTheirOwnerOnly()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has other access rights.");
        var credentials = new DaemonCredentials("token", "default", "hunter2");

        credentials.Write(_home);
        credentials.Write(_home);

        System.IO.File.GetUnixFileMode(_home.CredentialFile).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        DaemonCredentials.Find(_home).ShouldBe(credentials);
        credentials.ToString().ShouldNotContain("hunter2");
    }

    static DaemonFile File(int pid) => new(
        pid, "run", "0.1.0", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), new Uri("http://127.0.0.1:8080/"),
        new Uri("http://127.0.0.1:9000/"), Embedded: true);
}
