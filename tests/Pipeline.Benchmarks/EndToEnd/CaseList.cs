namespace Pipeline.Benchmarks.EndToEnd;

/// <summary>All cases, in the order in which they run.</summary>
static class CaseList
{
    public static IReadOnlyList<Func<EndToEndCase>> All { get; } =
    [
        () => new WideCsvCase(),
    ];
}
