using System.Diagnostics;
using Pipeline.Discovery;
using Pipeline.TestKit.Files;

namespace Pipeline.Tests.Discovery;

public sealed class WriterProbeTests : IDisposable
{
    readonly TempHome _home = new();

    public void Dispose() => _home.Dispose();

    [SkippableFact]
    public void Look_WriterOpensAndCloses_IsToldAtOnce()
    {
        var path = _home.Write("a.csv", "1");
        Skip.If(WriterProbe.Look(path) == WriterState.Unknown, "no leases on this file system");

        WriterProbe.Look(path).ShouldBe(WriterState.None);
        using (new FileStream(path, FileMode.Append, FileAccess.Write))
        {
            WriterProbe.Look(path).ShouldBe(WriterState.Writing);
        }

        WriterProbe.Look(path).ShouldBe(WriterState.None);
        using (new FileStream(path, FileMode.Open, FileAccess.Read))
        {
            WriterProbe.Look(path).ShouldBe(WriterState.None);
        }
    }

    [Fact]
    public void Look_NoFile_IsUnknown() => WriterProbe.Look(_home.PathOf("none.csv")).ShouldBe(WriterState.Unknown);

    /// <summary>A writer that opens the file under the lease makes the kernel signal us; the default signal would end this process.</summary>
    [SkippableFact]
    public async Task Look_AnotherProcessOpensAllTheTime_NeitherProcessIsHarmed()
    {
        Skip.IfNot(OperatingSystem.IsLinux());
        var path = _home.Write("a.csv", "1");
        Skip.If(WriterProbe.Look(path) == WriterState.Unknown, "no leases on this file system");
        using var writer = Process.Start(new ProcessStartInfo("/bin/sh")
        {
            ArgumentList = { "-c", "i=0; while [ $i -lt 20000 ]; do echo x >> \"$1\" || exit 3; i=$((i+1)); done", "sh", path },
        })!;
        var looks = 0;
        var ended = writer.WaitForExitAsync();
        while (!ended.IsCompleted)
        {
            WriterProbe.Look(path).ShouldNotBe(WriterState.Unknown);
            looks++;
        }

        await ended.WaitAsync(DiscoveryRun.Generous);
        writer.ExitCode.ShouldBe(0);
        looks.ShouldBeGreaterThan(100);
        new FileInfo(path).Length.ShouldBe(1 + (20_000 * 2));
    }
}
