using System.Text;
using System.Text.Json;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Json;

/// <summary>Where the records of a JSON content are.</summary>
enum JsonLayoutKind
{
    /// <summary>No value at all.</summary>
    Empty,

    /// <summary>A value a line (NDJSON); a bad line costs that line only.</summary>
    Lines,

    /// <summary>Values one after the other, over several lines or several in one; also a single object.</summary>
    Sequence,

    /// <summary>The elements of an array: the content itself, or the one array of records inside an object.</summary>
    Array,

    /// <summary>The members of an object, whose keys are data: an object of objects of one shape, or a map of many values of one kind.</summary>
    Keyed,

    /// <summary>An object of arrays of equal length: the columns. Held in memory.</summary>
    Columns,
}

/// <summary>A layout and what is needed to read it.</summary>
/// <param name="Kind">Where the records are.</param>
/// <param name="Start">
/// Offset in the head just behind the bracket or brace of <see cref="JsonLayoutKind.Array"/> and <see cref="JsonLayoutKind.Keyed"/>, else of the
/// first value.
/// </param>
/// <param name="Path">Keys around the array, outermost first.</param>
/// <param name="Outside">Members of the objects around the array, before it: they are not loaded, and said.</param>
/// <param name="Header">Names from the member <c>columns</c> that stands beside an array of arrays (the "split" form).</param>
sealed record JsonLayout(
    JsonLayoutKind Kind, int Start, IReadOnlyList<string> Path, IReadOnlyList<string> Outside,
        IReadOnlyList<string>? Header = null)
{
    /// <summary>Whether an array of records under this key, beside the one of this layout, would leave open which of them is the table.</summary>
    public bool IsNoBetterThan(string otherKey, bool isOutermost) =>
        JsonLayouts.SaysRecords(otherKey) || (isOutermost && Path.Count > 0 && !JsonLayouts.SaysRecords(Path[^1]));
}

/// <summary>Finds the layout from the head of a content.</summary>
static class JsonLayouts
{
    static readonly HashSet<string> s_recordKeys = new(StringComparer.OrdinalIgnoreCase)
    {
        "data", "rows", "records", "items", "results", "result", "values", "value", "entries", "docs", "documents", "hits",
            "list", "events",
        "features", "content", "objects", "elements", "series", "observations", "table", "response", "body", "payload", "d",
    };

    public static bool SaysRecords(string key) => s_recordKeys.Contains(key);

    /// <summary>True at an array that begins with two objects.</summary>
    public static bool AreRecords(Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.StartArray && reader.Read() && reader.TokenType == JsonTokenType.StartObject && reader.TrySkip()
        && reader.Read() && reader.TokenType == JsonTokenType.StartObject;

    /// <summary>The reason for a content with several arrays of records that is too large to be one record.</summary>
    public static BadFileException Undecided(IEnumerable<string> arrays, long? line = null, long? byteOffset = null) => new(
        RejectCode.NotATable,
        $"The object has several arrays of records ({string.Join(", ", arrays.Select(a => $"\"{a}\""))}), and none of them is the table more than the "
            + "others. Put each into a file of its own, or name the one that is meant \"data\".", line, byteOffset: byteOffset);

    /// <summary>
    /// Finds the layout. Null when the head ends inside a single object that does not show yet where its records are.
    /// </summary>
    /// <exception cref="BadFileException">The content is one bare value.</exception>
    /// <param name="head">The first bytes, behind a byte order mark.</param>
    /// <param name="isWhole">The head is the whole content.</param>
    /// <param name="options">Limits.</param>
    public static JsonLayout? Find(ReadOnlySpan<byte> head, bool isWhole, FormatOptions options)
    {
        var start = head.IndexOfAnyExcept(" \t\r\n"u8);
        if (start < 0)
        {
            return isWhole ? new JsonLayout(JsonLayoutKind.Empty, head.Length, [], []) : null;
        }

        var first = TryValue(head[start..], isWhole, options, out var length);
        if (first != ValueState.Incomplete && AreLines(head[start..], isWhole, options))
        {
            return new JsonLayout(JsonLayoutKind.Lines, start, [], []);
        }

        var single = first == ValueState.Complete && isWhole && head[(start + length)..].IndexOfAnyExcept(" \t\r\n"u8) < 0;
        var several = first == ValueState.Complete && head[(start + length)..].IndexOfAnyExcept(" \t\r\n"u8) >= 0;
        return head[start] switch
        {
            // Text behind a complete array is a second value only when one can start there; else it is a fault of the array.
            (byte)'[' when !several || !StartsValue(head[(start + length)..]) => new JsonLayout(JsonLayoutKind.Array, start + 1,
                [], []),
            (byte)'{' when single || first == ValueState.Incomplete => InsideObject(head, start, single, isWhole, options),
            not ((byte)'[' or (byte)'{') when single => throw new BadFileException(RejectCode.NotATable,
                "The content is a single JSON value (a number, a text, true, false or null): no table. Write records as objects or arrays."),
            _ => new JsonLayout(JsonLayoutKind.Sequence, start, [], []),
        };
    }

    static bool StartsValue(ReadOnlySpan<byte> rest)
    {
        var at = rest.IndexOfAnyExcept(" \t\r\n"u8);
        return at >= 0 && rest[at] is (byte)'[' or (byte)'{';
    }

    enum ValueState
    {
        Complete,
        Incomplete,
        Invalid,
    }

    static ValueState TryValue(ReadOnlySpan<byte> data, bool isFinal, FormatOptions options, out int length)
    {
        length = 0;
        var reader = JsonRecordReader.NewReader(data, isFinal, options);
        try
        {
            if (!reader.Read() || !reader.TrySkip())
            {
                return ValueState.Incomplete;
            }
        }
        catch (JsonException)
        {
            return ValueState.Invalid;
        }

        length = (int)reader.BytesConsumed;
        return ValueState.Complete;
    }

    /// <summary>
    /// True when most lines are values of their own: then lines are records, and one that is not a value is a bad record. The
    /// last line counts
    /// only when it is whole.
    /// </summary>
    static bool AreLines(ReadOnlySpan<byte> head, bool isWhole, FormatOptions options)
    {
        const int EnoughLines = 200;
        int good = 0, bad = 0;
        var firstIsGood = false;
        while (!head.IsEmpty && good + bad < EnoughLines)
        {
            var end = head.IndexOf((byte)'\n');
            if (end < 0 && !isWhole)
            {
                // The only whole line is a value, and another one begins below.
                return good > bad;
            }

            var line = (end < 0 ? head : head[..end]).Trim(" \t\r\n"u8);
            line = line.StartsWith("\uFEFF"u8) ? line[3..] : line;
            head = end < 0 ? [] : head[(end + 1)..];
            if (line.IsEmpty)
            {
                continue;
            }

            var isContainer = line[0] is (byte)'{' or (byte)'[';
            if (TryValue(line, true, options, out var length) == ValueState.Complete && (isContainer || length == line.Length)
                && line[^1] != (byte)',')
            {
                good++;
                firstIsGood |= bad == 0;
            }
            else
            {
                bad++;
            }
        }

        return good + bad > 1 && (good > bad || (good == bad && firstIsGood));
    }

    static JsonLayout? InsideObject(ReadOnlySpan<byte> head, int start, bool single, bool isWhole, FormatOptions options)
    {
        if (single && ColumnArrays(head[start..], options))
        {
            return new JsonLayout(JsonLayoutKind.Columns, start, [], []);
        }

        if (JsonKeyedObject.IsLikely(head[start..], single, options) || JsonKeyedObject.IsMap(head[start..], single, options))
        {
            return new JsonLayout(JsonLayoutKind.Keyed, start + 1, [], []);
        }

        var search = new JsonRecordArraySearch(head, start, isWhole, options);
        try
        {
            search.Run();
        }
        catch (JsonException)
        {
            // The reader finds the same error again, with its position, when it reads the object as a record.
            return new JsonLayout(JsonLayoutKind.Sequence, start, [], []);
        }

        return search.Best is { } found ? found
            : JsonKeyedObject.FindInside(head, start, single, options) is { } keyed ? keyed
            : single || isWhole ? new JsonLayout(JsonLayoutKind.Sequence, start, [], [])
            : head.Length >= options.Limits.MaxRecordBytes && search.Arrays.Count > 1 ? throw Undecided(search.Arrays)
            : null;
    }

    /// <summary>
    /// True when every member is an array of scalars, or every one an object of scalars under the keys "0", "1", "2" … (as data frames are
    /// written), all of the same length.
    /// </summary>
    static bool ColumnArrays(ReadOnlySpan<byte> data, FormatOptions options)
    {
        var reader = JsonRecordReader.NewReader(data, true, options);
        long? rows = null;
        JsonTokenType? kind = null;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!reader.Read() || reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.StartObject)
                || (kind ??= reader.TokenType) != reader.TokenType)
            {
                return false;
            }

            var count = CountColumn(ref reader);
            if (count < 0 || (rows ??= count) != count)
            {
                return false;
            }
        }

        // One value under "0" is no frame yet.
        return kind == JsonTokenType.StartObject ? rows > 1 : rows is not null;
    }

    /// <summary>The values of a column; -1 when it is none.</summary>
    static long CountColumn(ref Utf8JsonReader reader)
    {
        var count = 0L;
        Span<byte> index = stackalloc byte[20];
        while (reader.Read() && reader.TokenType is not (JsonTokenType.EndArray or JsonTokenType.EndObject))
        {
            if (reader.TokenType == JsonTokenType.PropertyName
                && !(count.TryFormat(index, out var length) && reader.ValueSpan.SequenceEqual(index[..length]) && reader.Read()))
            {
                return -1;
            }

            if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
            {
                return -1;
            }

            count++;
        }

        return count;
    }
}
