namespace Pipeline.Formats.Typing;

/// <summary>
/// What a text looks like, in canonical form: the way software prints the value. Anything else is <see cref="Text"/>.
/// </summary>
enum CellForm : byte
{
    /// <summary>No value: null by its format, or an empty field without quotes.</summary>
    Null,

    /// <summary>An empty text in quotes.</summary>
    QuotedEmpty,

    /// <summary>A word for no value, such as <c>NA</c>; a text in a column of texts.</summary>
    NullWord,

    /// <summary><c>-?(0|[1-9][0-9]*)</c>, up to 39 digits. <c>-0</c> is what programs print for a small negative number: 0.</summary>
    Integer,

    /// <summary>An integer part as above (or none), a point and digits.</summary>
    Decimal,

    /// <summary>
    /// <c>1.5E10 </c>, <c>1e-05 </c>, <c>0.00E+00 </c>: digits with a point or a signed exponent.
    /// </summary>
    Float,

    /// <summary><c>1e5 </c>: a number among numbers with points, else it may be an identifier.</summary>
    FloatBare,

    /// <summary><c>nan</c>, <c>inf</c> and their usual spellings.</summary>
    FloatWord,

    /// <summary>A number as people write it: see <see cref="StyledNumber"/>.</summary>
    StyledNumber,

    BoolLower,
    BoolTitle,
    BoolUpper,

    // Letters for true and false, in one case, as PostgreSQL and R write them: booleans where both are seen and nothing else.
    TLower,
    TUpper,

    /// <summary>8-4-4-4-12 hexadecimal digits.</summary>
    Uuid,

    // Dates: year-month-day with dashes or slashes, day.month.year, and two slashed or dashed numbers whose order the column must
    // show; year.month.day; with the name of the month behind or before the day.
    DateYmdDash,
    DateYmdSlash,
    DateDmyDot,
    DateSlash,
    DateDash,
    DateYmdDot,
    DateDayName,
    DateMonthName,

    // Timestamps: the same dates, then T or a blank, a time, perhaps a fraction, perhaps a zone.
    TimeYmdDash,
    TimeYmdSlash,
    TimeDmyDot,
    TimeSlash,
    TimeDash,
    TimeYmdDot,
    TimeDayName,
    TimeMonthName,

    /// <summary>
    /// Eight digits, <c>yyyyMMdd</c>. No text alone is one: an integer is, where all of its column and the column's name say so.
    /// </summary>
    DateDigits,

    /// <summary>A JSON array, by its format: see <see cref="ArrayEvidence"/>.</summary>
    Array,

    Text,
}

static class CellForms
{
    public const int Count = (int)CellForm.Text + 1;

    const int DateToTime = CellForm.TimeYmdDash - CellForm.DateYmdDash;

    public static bool IsDate(CellForm form) => form is >= CellForm.DateYmdDash and <= CellForm.DateMonthName;

    public static bool IsTimestamp(CellForm form) => form is >= CellForm.TimeYmdDash and <= CellForm.TimeMonthName;

    public static bool IsNumber(CellForm form) => form is CellForm.Integer or CellForm.Decimal or CellForm.Float or CellForm.FloatBare;

    public static bool IsLetter(CellForm form) => form is CellForm.TLower or CellForm.TUpper;

    /// <summary>What a format with types has as numbers and booleans: in quotes it was meant as text.</summary>
    public static bool NeedsNoQuotes(CellForm form) =>
        IsNumber(form) || IsLetter(form) || form is CellForm.StyledNumber or CellForm.DateDigits or CellForm.BoolLower or CellForm.BoolTitle or CellForm.BoolUpper;

    /// <summary>The timestamp form with the same date.</summary>
    public static CellForm WithTime(CellForm date) => date + DateToTime;

    /// <summary>How a form is called in evidence.</summary>
    public static string Describe(CellForm form) => form switch
    {
        CellForm.Integer => "integers",
        CellForm.Decimal => "decimals",
        CellForm.Float or CellForm.FloatBare or CellForm.FloatWord => "floating point numbers",
        CellForm.StyledNumber => "numbers with separators or signs",
        CellForm.BoolLower or CellForm.BoolTitle or CellForm.BoolUpper => "true and false",
        CellForm.TLower or CellForm.TUpper => "letters for true and false",
        CellForm.Uuid => "UUIDs",
        CellForm.DateYmdDash => "dates yyyy-MM-dd",
        CellForm.DateYmdSlash => "dates yyyy/MM/dd",
        CellForm.DateDmyDot => "dates dd.MM.yyyy",
        CellForm.DateSlash => "dates with slashes",
        CellForm.DateDash => "dates with dashes",
        CellForm.DateYmdDot => "dates yyyy.MM.dd",
        CellForm.DateDayName => "dates with the name of the month behind the day",
        CellForm.DateMonthName => "dates with the name of the month first",
        CellForm.DateDigits => "dates yyyyMMdd",
        CellForm.NullWord => "words for no value",
        >= CellForm.TimeYmdDash and <= CellForm.TimeMonthName => "timestamps",
        CellForm.Array => "arrays",
        CellForm.Text => "text",
        _ => "nothing",
    };
}

/// <summary>What one text says about the type of its column.</summary>
/// <param name="Form">Its form.</param>
/// <param name="IntegerDigits">Numbers: digits before the point without leading zeros (0 for <c>0.5</c>).</param>
/// <param name="Scale">Decimals: digits after the point. Timestamps: digits of the fraction.</param>
/// <param name="SignificantDigits">Numbers: digits from the first that is not zero.</param>
/// <param name="Negative">Numbers: with a minus sign.</param>
/// <param name="Days">Dates and timestamps in a known order: days since 1970-01-01.</param>
/// <param name="First">Dates of unknown order: the first number.</param>
/// <param name="Second">Dates of unknown order: the second number.</param>
/// <param name="Zoned">Timestamps: with Z or an offset.</param>
readonly record struct CellFacts(
    CellForm Form,
    int IntegerDigits = 0,
    int Scale = 0,
    int SignificantDigits = 0,
    bool Negative = false,
    int Days = 0,
    int First = 0,
    int Second = 0,
    bool Zoned = false);
