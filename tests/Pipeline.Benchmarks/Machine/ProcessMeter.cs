using System.Globalization;

namespace Pipeline.Benchmarks.Machine;

/// <summary>CPU time and resident memory of a process, from Linux's /proc.</summary>
static class ProcessMeter
{
    /// <summary>Ticks a second in /proc: fixed at 100 for user space on every architecture that .NET runs on.</summary>
    const double TicksPerSecond = 100;

    /// <summary>User and system seconds of a running process so far, all threads. In steps of 10 ms.</summary>
    public static double CpuSeconds(int processId)
    {
        var fields = StatFields($"/proc/{processId}/stat");
        return (Ticks(fields, 14) + Ticks(fields, 15)) / TicksPerSecond;
    }

    /// <summary>
    /// User and system seconds of the children of this process that have ended and were waited for, with their own children.
    /// The difference around a run is exact for the process that ran, as long as no other child ended meanwhile.
    /// </summary>
    public static double EndedChildrenCpuSeconds()
    {
        var fields = StatFields("/proc/self/stat");
        return (Ticks(fields, 16) + Ticks(fields, 17)) / TicksPerSecond;
    }

    /// <summary>Highest resident memory of a process since it started or since <see cref="ResetPeak"/>; 0 when it is gone.</summary>
    public static long PeakResidentBytes(int processId)
    {
        try
        {
            foreach (var line in File.ReadLines($"/proc/{processId}/status"))
            {
                if (line.StartsWith("VmHWM:", StringComparison.Ordinal))
                {
                    return 1024 * long.Parse(line.AsSpan(6).Trim().TrimEnd(" kB"), CultureInfo.InvariantCulture);
                }
            }
        }
        catch (IOException)
        {
            // The process ended between two looks: the highest value seen before stands.
        }

        return 0;
    }

    /// <summary>Starts the peak of a process again at what it has now.</summary>
    public static void ResetPeak(int processId) => File.WriteAllText($"/proc/{processId}/clear_refs", "5");

    /// <summary>Processes that this one started and that still run.</summary>
    public static IReadOnlyList<int> ChildrenOf(int processId) =>
    [
        .. Directory.EnumerateDirectories($"/proc/{processId}/task")
            .SelectMany(task => File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(id => int.Parse(id, CultureInfo.InvariantCulture)),
    ];

    /// <summary>The fields after the command name, which may hold spaces: index 0 is field 3 of proc(5).</summary>
    static string[] StatFields(string path)
    {
        var text = File.ReadAllText(path);
        return text[(text.LastIndexOf(')') + 2)..].Split(' ');
    }

    static double Ticks(string[] fields, int number) => double.Parse(fields[number - 3], CultureInfo.InvariantCulture);
}
