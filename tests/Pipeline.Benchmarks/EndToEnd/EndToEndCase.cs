namespace Pipeline.Benchmarks.EndToEnd;

/// <summary>Something that is measured from outside: the program as users run it. Every load is checked, measured or not.</summary>
abstract class EndToEndCase
{
    public abstract string Name { get; }

    public abstract string Description { get; }

    /// <summary>Measures; <see cref="EndToEndOptions.Runs"/> and <see cref="EndToEndOptions.Scale"/> are the case's to obey.</summary>
    /// <param name="folder">Empty; removed afterwards.</param>
    public abstract Task<CaseResult> RunAsync(EndToEndOptions options, string folder, CancellationToken cancellation);

    protected CaseResult Result(EndToEndOptions options, int runs, IReadOnlyList<SideResult> sides, IReadOnlyList<Check> checks) => new(
        Name,
        Description,
        options.Scale,
        runs,
        sides,
        checks,
        DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime),
        Machine.MachineName.Text);

    protected Task SayAsync(string text) => Console.Error.WriteLineAsync($"{Name}: {text}");

    protected static long Scaled(long number, EndToEndOptions options) => Math.Max(1, (long)(number * options.Scale));
}

/// <summary>A load ended with other rows than the data holds: no figure of such a run counts.</summary>
sealed class WrongLoadException(string message) : Exception(message);
