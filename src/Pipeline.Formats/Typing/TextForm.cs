using Pipeline.Formats.Records;

namespace Pipeline.Formats.Typing;

/// <summary>The order of day, month and year in a column of dates.</summary>
public enum DateOrder
{
    /// <summary>Not shown by the values: 01/02/2024 may be either. Dates that start with the year need no order.</summary>
    Unknown = 0,
    YearMonthDay,
    DayMonthYear,
    MonthDayYear,
}

/// <summary>
/// How the values of a column are written. Comes from <see cref="TableProfile.Infer"/> and goes into a <see cref="ColumnPlan"/>,
/// also where
/// the type itself is dictated by a contract or a table: the order of dates is a property of the file.
/// </summary>
public sealed record TextForm
{
    /// <summary>Nothing is known: ISO dates, canonical numbers.</summary>
    public static TextForm Default { get; } = new();

    public DateOrder DateOrder { get; init; }

    /// <summary>The one form that values of an inferred type take; other forms widen.</summary>
    internal CellForm Cell { get; init; } = CellForm.Text;

    /// <summary>Timestamps of an inferred column have Z or an offset, all of them.</summary>
    internal bool Zoned { get; init; }

    /// <summary>Numbers of an inferred column that are not canonical.</summary>
    internal NumberStyle? Style { get; init; }

    /// <summary>Words for no value are nulls: the other values are no texts.</summary>
    internal bool HasNullWords { get; init; }

    /// <summary>An inferred String that may yet become something else.</summary>
    internal OpenQuestion Question { get; init; }

    /// <summary>How the elements of arrays are written.</summary>
    internal TextForm? Element { get; init; }

    /// <summary>The one kind of elements that an inferred array takes beside nulls.</summary>
    internal FieldKind ElementKind { get; init; }

    /// <summary>Records without an array have an empty one: no array of the file is empty.</summary>
    internal bool HasNullArrays { get; init; }

    /// <summary>The values so far cannot decide.</summary>
    internal bool IsOpen => Question != OpenQuestion.None || Element is { IsOpen: true };
}

/// <summary>
/// Why a column is String for now. The first value that answers the question widens: then the whole file is profiled.
/// </summary>
enum OpenQuestion
{
    None,

    /// <summary>No value was seen.</summary>
    NoValues,

    /// <summary>Only words for no value were seen.</summary>
    NullWordsOnly,

    /// <summary>All numbers could have thousands or decimals behind their comma.</summary>
    NumberStyle,

    /// <summary>All dates could be day/month or month/day.</summary>
    DateOrder,
}
