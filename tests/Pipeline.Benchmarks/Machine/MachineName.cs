using System.Runtime.InteropServices;

namespace Pipeline.Benchmarks.Machine;

/// <summary>What figures hold for.</summary>
static class MachineName
{
    /// <summary>Version of the embedded engine, which the first daemon of a run tells.</summary>
    public static string? EngineVersion { get; set; }

    public static string Text =>
        $"{CpuName()}, {Environment.ProcessorCount} cores, {Distribution()}, {RuntimeInformation.FrameworkDescription}"
        + (EngineVersion is null ? "" : $", ClickHouse {EngineVersion} embedded");

    static string CpuName() => File.ReadLines("/proc/cpuinfo")
        .Where(l => l.StartsWith("model name", StringComparison.Ordinal))
        .Select(l => l[(l.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim())
        .FirstOrDefault("unknown processor");

    static string Distribution() => File.Exists("/etc/os-release")
        ? File.ReadLines("/etc/os-release").Where(l => l.StartsWith("PRETTY_NAME=", StringComparison.Ordinal)).Select(l => l[12..].Trim('"')).First()
        : RuntimeInformation.OSDescription;
}
