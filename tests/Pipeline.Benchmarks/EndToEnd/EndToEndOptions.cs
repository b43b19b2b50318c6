using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Pipeline.Benchmarks.Machine;
using Pipeline.TestKit.Processes;

namespace Pipeline.Benchmarks.EndToEnd;

/// <summary>What one call of <c>e2e</c> measures.</summary>
/// <param name="Cases">Empty: all.</param>
/// <param name="Scale">Rows and files of every case are multiplied by it.</param>
/// <param name="Runs">Measured runs of each side, besides those to warm up.</param>
/// <param name="Large">Also what takes minutes and tens of gigabytes.</param>
/// <param name="TouchBytes">Free memory that is written to before each run (<see cref="HostMemory"/>); 0: none.</param>
/// <param name="Pipeline">Path of the daemon's executable.</param>
/// <param name="Docs">The folder whose <c>benchmarks.json</c> and <c>benchmarks.md</c> take the results; null: the terminal only.</param>
sealed record EndToEndOptions(IReadOnlyList<string> Cases, double Scale, int Runs, bool Large, long TouchBytes, string Pipeline, string? Docs)
{
    public static bool TryParse(
        IReadOnlyList<string> args,
        [NotNullWhen(true)] out EndToEndOptions? options,
        [NotNullWhen(false)] out string? problem)
    {
        options = null;
        problem = null;
        string? pipeline = null;
        var parsed = new EndToEndOptions([], 1, 5, false, 0, "", null);
        for (var i = 0; i < args.Count; i++)
        {
            var name = args[i];
            if (!name.StartsWith("--", StringComparison.Ordinal))
            {
                parsed = parsed with { Cases = [.. parsed.Cases, name] };
                continue;
            }

            if (name == "--large")
            {
                parsed = parsed with { Large = true };
                continue;
            }

            if (++i == args.Count)
            {
                problem = $"{name} needs a value.";
                return false;
            }

            var value = args[i];
            switch (name)
            {
                case "--scale" when double.TryParse(value, CultureInfo.InvariantCulture, out var scale) && scale is > 0 and <= 100:
                    parsed = parsed with { Scale = scale };
                    break;
                case "--runs" when int.TryParse(value, out var runs) && runs is > 0 and <= 20:
                    parsed = parsed with { Runs = runs };
                    break;
                case "--touch" when int.TryParse(value, out var gigabytes) && gigabytes is >= 0 and <= 1024:
                    parsed = parsed with { TouchBytes = (long)gigabytes << 30 };
                    break;
                case "--pipeline":
                    pipeline = Path.GetFullPath(value);
                    break;
                case "--docs":
                    parsed = parsed with { Docs = Path.GetFullPath(value) };
                    break;
                default:
                    problem = $"{name} {value}: not an option, or not a value for it.";
                    return false;
            }
        }

        // As a user runs it: the packages of the copy beside this program are not compiled ahead of time.
        options = parsed with { Pipeline = pipeline ?? Path.ChangeExtension(PipelineProcess.ExecutablePath, null) };
        return true;
    }
}
