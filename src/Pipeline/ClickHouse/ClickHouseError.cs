namespace Pipeline.ClickHouse;

/// <summary>An error as a value: ClickHouse's own, or one of the way to it (code 0).</summary>
/// <param name="Code">ClickHouse's number; 0 when it gave none.</param>
/// <param name="Name">ClickHouse's name, such as <c>UNKNOWN_TABLE</c>; for faults of the way <c>TRANSPORT</c>, <c>TIMEOUT</c>,
/// <c>HTTP_503</c>.</param>
/// <param name="Message">For a person. May quote the statement and values of it.</param>
/// <param name="Class">What to do about it.</param>
public sealed record ClickHouseError(int Code, string Name, string Message, ErrorClass Class)
{
    /// <summary>Trying again may help without anybody doing anything.</summary>
    public bool IsTransient => Class is ErrorClass.Retry or ErrorClass.Pause;

    /// <summary>The connection failed, or what answered was not a ClickHouse.</summary>
    public static ClickHouseError Transport(Exception cause) =>
        new(0, "TRANSPORT", $"The connection to ClickHouse failed: {Innermost(cause).Message}", ErrorClass.Retry);

    public static ClickHouseError Timeout(TimeSpan budget) =>
        new(0, "TIMEOUT", $"ClickHouse did not answer within {budget.TotalSeconds:0.###} s.", ErrorClass.Retry);

    public override string ToString() => Code == 0 ? $"{Name}: {Message}" : $"{Name} ({Code}): {Message}";

    static Exception Innermost(Exception e) => e.InnerException is { } inner ? Innermost(inner) : e;
}
