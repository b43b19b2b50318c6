namespace Pipeline.Benchmarks.EndToEnd;

/// <summary>What a case measured, as it is kept in <c>docs/benchmarks.json</c>.</summary>
/// <param name="Scale">1: the case's own size.</param>
/// <param name="Sides">Medians of each side; the first is the one that the checks are about.</param>
/// <param name="Machine">Processor, cores, system, versions.</param>
sealed record CaseResult(
    string Name,
    string Description,
    double Scale,
    int Runs,
    IReadOnlyList<SideResult> Sides,
    IReadOnlyList<Check> Checks,
    DateOnly Date,
    string Machine);

/// <param name="How">What it does, in a few words.</param>
sealed record SideResult(string Name, string How, Measurement Median);

/// <summary>One figure beside what it has to reach.</summary>
/// <param name="Floor">The case fails when the value is worse.</param>
sealed record Check(string What, double Value, double Floor, double Aim, string Unit, bool IsLowerBetter)
{
    public bool Holds => IsLowerBetter ? Value <= Floor : Value >= Floor;

    public bool ReachesAim => IsLowerBetter ? Value <= Aim : Value >= Aim;

    /// <summary>Our speed divided by theirs.</summary>
    public static Check Speed(string against, double ratio, double floor, double aim) =>
        new($"speed against {against}", ratio, floor, aim, "×", IsLowerBetter: false);

    public static Check AtMost(string what, double value, double floor, double aim, string unit) =>
        new(what, value, floor, aim, unit, IsLowerBetter: true);
}
