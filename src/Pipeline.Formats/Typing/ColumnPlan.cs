using Pipeline.Formats.Columns;

namespace Pipeline.Formats.Typing;

/// <summary>Where the values of one table column come from, and what they must be.</summary>
/// <param name="Name">Name of the table's column, for messages.</param>
/// <param name="Type">Its type.</param>
/// <param name="SourceIndex">Index of the field in the file; -1 when the file does not have it: rows take the type's default
/// (null, where it accepts one).</param>
public sealed record ColumnPlan(string Name, ColumnType Type, int SourceIndex)
{
    /// <summary>How the file writes the values, from <see cref="InferredColumn.Form"/>.</summary>
    public TextForm Form { get; init; } = TextForm.Default;

    /// <summary>
    /// The type was inferred: a value that does not fit widens instead of being rejected. Otherwise the type is dictated by a
    /// contract or
    /// a table, takes every unmistakable form of a value, and rejects the rest.
    /// </summary>
    public bool Inferred { get; init; }

    /// <summary>What the contract asks beyond the type.</summary>
    public ColumnRules? Rules { get; init; }

    /// <summary>A plan as inferred.</summary>
    public static ColumnPlan Of(string name, InferredColumn inferred, int sourceIndex) =>
        new(name, inferred.Type, sourceIndex) { Form = inferred.Form, Inferred = true };
}

/// <summary>
/// Rules of a contract for the values of one column. Texts are read like values of the column's type; dates as yyyy-MM-dd.
/// </summary>
public sealed record ColumnRules
{
    /// <summary>Neither null nor empty.</summary>
    public bool Required { get; init; }

    /// <summary>The smallest allowed value, itself included. Numbers, dates and timestamps only.</summary>
    public string? Min { get; init; }

    /// <summary>The largest allowed value, itself included. Numbers, dates and timestamps only.</summary>
    public string? Max { get; init; }

    /// <summary>The only allowed values.</summary>
    public IReadOnlyList<string>? In { get; init; }

    /// <summary>A regular expression (without back references) that the whole text must match.</summary>
    public string? Pattern { get; init; }
}

/// <summary>Something about a plan that cannot work.</summary>
public sealed record PlanProblem(string Column, RejectCode Code, string Message);
