using System.Text.Json;

namespace Pipeline.Formats;

/// <summary>
/// Why a row, or a whole file, could not be taken: a bounded set, written in snake_case to rejects files, error files and metric
/// labels. A discard without one of these codes does not exist.
/// </summary>
public enum RejectCode
{
    None = 0,

    // A row does not have the shape of its file.
    TooManyFields,
    TooFewFields,
    StrayQuote,
    UnterminatedQuote,
    RecordTooLong,
    FieldTooLong,
    InvalidUtf8,
    MalformedRecord,

    // A value does not fit the type of its column.
    NotABoolean,
    NotAnInteger,
    NotADecimal,
    NotAFloat,
    NotADate,
    NotATimestamp,
    NotAUuid,
    NotAnIpAddress,
    NotAnEnumValue,
    NotAnArray,
    OutOfRange,
    TooManyDigits,
    TooLong,
    AmbiguousDate,
    NullNotAllowed,
    UnsupportedType,

    // A value breaks a rule of its contract.
    RequiredMissing,
    BelowMinimum,
    AboveMaximum,
    NotInSet,
    PatternMismatch,

    // A whole file cannot be taken.
    NotATable,
    UnsupportedFormat,
    UndetectedFormat,
    CorruptFile,
    EncryptedFile,
    TooManyColumns,
    DuplicateColumn,
    MissingColumn,
    UnexpectedColumn,
    TooManyBadRows,
    LimitExceeded,
    FileChanged,
    FileVanished,
    FileUnreadable,
    SchemaMismatch,
    DestinationRefused,
    EngineCrashed,
    MembersRefused,
    InternalError,
}

/// <summary>The one spelling of a code outside this program.</summary>
public static class RejectCodes
{
    static readonly string[] s_names = [.. Enum.GetValues<RejectCode>().Select(c => JsonNamingPolicy.SnakeCaseLower.ConvertName(c.ToString()))];

    /// <summary>The code in snake_case, such as <c>not_an_integer</c>.</summary>
    public static string Name(this RejectCode code) => s_names[(int)code];

    /// <summary>Reads a snake_case code; false when there is no such code.</summary>
    public static bool TryParse(string name, out RejectCode code)
    {
        var index = Array.IndexOf(s_names, name);
        code = index < 0 ? RejectCode.None : (RejectCode)index;
        return index >= 0;
    }
}
