using System.Text.RegularExpressions;
using Pipeline.ClickHouse;
using Pipeline.Formats;
using Pipeline.Formats.Columnar;
using Pipeline.Formats.Native;
using Pipeline.Formats.Records;

namespace Pipeline.Columnar;

/// <summary>What the engine says about a file, as the reason for its quarantine.</summary>
static class EngineReason
{
    // The engine's text may hold names and values of the file: no expression goes back over it.
    const RegexOptions Linear = RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant;

    static readonly Regex s_wrapping = new(
        """
        Code:\s\d+\.\s(DB::Exception:\s)? | \(in\sfile/uri\s[^)]*\) | \(version\s[^)]*\) | You\scan\sspecify\sthe\sstructure\smanually:? | :?\sWhile\sexecuting\s\w+
        | The\stable\sstructure\scannot\sbe\sextracted\sfrom\sa\s\w+\sformat\sfile\.\sError: | std::exception\.(\sCode:\s1001,)? | type:\s[\w:]+,\se\.what\(\)\s=
        | \([A-Z_]{5,}\)\.? | \.?\sIf\sit\shappens\sduring\sschema\sinference[^.]*\w | read\sstage:\s\w+:
        """,
        Linear | RegexOptions.IgnorePatternWhitespace);

    // What is null in a description of Parquet's schema says nothing.
    static readonly Regex s_unset = new(@",\s?\w+=<null>", Linear);

    static readonly Regex s_spaces = new(@"\s+", Linear);

    static readonly Regex s_unsupported = new(
        "unknown codec|not supported|does not support|unsupported|unexpected logical/converted type|too big \\(\\d+ digits\\)|not implemented", Linear | RegexOptions.IgnoreCase);

    /// <summary>The engine has too much to do, or stops: that says nothing about the file.</summary>
    public static bool IsOfTheWorld(ClickHouseError error) => error.Name switch
    {
        "QUERY_WAS_CANCELLED" or "QUERY_WAS_CANCELLED_BY_CLIENT" or "TOO_MANY_SIMULTANEOUS_QUERIES" or "SERVER_OVERLOADED" or "ABORTED"
            or "CANNOT_SCHEDULE_TASK" => true,

        // Of all queries together; the limit of a single one is the file's.
        "MEMORY_LIMIT_EXCEEDED" => error.Message.Contains("(total)", StringComparison.OrdinalIgnoreCase),
        _ => error.Code == 0 && error.Name.StartsWith("HTTP_5", StringComparison.Ordinal),
    };

    public static BadFileException Of(ColumnarFormat format, ClickHouseError error)
    {
        var reason = Clean(error.Message);
        var code = error.Name switch
        {
            "MEMORY_LIMIT_EXCEEDED" or "TOO_LARGE_STRING_SIZE" or "TOO_LARGE_ARRAY_SIZE" => RejectCode.LimitExceeded,
            "VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE" or "DECIMAL_OVERFLOW" => RejectCode.OutOfRange,
            "CANNOT_CONVERT_TYPE" or "CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN" or "TYPE_MISMATCH" => RejectCode.SchemaMismatch,
            "NOT_IMPLEMENTED" or "UNKNOWN_TYPE" or "UNKNOWN_COMPRESSION_METHOD" => RejectCode.UnsupportedFormat,
            _ when s_unsupported.IsMatch(reason) => RejectCode.UnsupportedFormat,
            _ => RejectCode.CorruptFile,
        };
        if (code == RejectCode.OutOfRange && format == ColumnarFormat.Orc)
        {
            reason += " Its timestamps are read as 64 bits of nanoseconds, which end in 2262: write them as dates or texts, or the table as Parquet.";
        }

        return new BadFileException(
            code,
            code == RejectCode.CorruptFile
                ? $"The {format.Title} file is damaged, says the engine: {reason}"
                : $"The engine cannot read this {format.Title} file: {reason}");
    }

    public static BadFileException Of(NativeFormatException e) => new(
        e.Fault switch
        {
            NativeFault.UnsupportedType => RejectCode.UnsupportedType,
            NativeFault.LimitExceeded => RejectCode.LimitExceeded,
            _ => RejectCode.CorruptFile,
        },
        e.Message);

    /// <summary>The engine's own words without its wrapping: where in its code, which version, what else one might type.</summary>
    public static string Clean(string message)
    {
        var text = s_wrapping.Replace(message, "");
        text = s_unset.Replace(text, "");
        text = s_spaces.Replace(text, " ").Trim(' ', ':', '.');
        return text.Length <= 500 ? text + "." : string.Concat(text.AsSpan(0, 500), "…");
    }
}
