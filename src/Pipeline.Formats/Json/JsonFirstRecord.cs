using System.Text.Json;
using Pipeline.Formats.Columns;

namespace Pipeline.Formats.Json;

/// <summary>What the first records say about all: objects, arrays (with or without a header) or bare values.</summary>
static class JsonFirstRecord
{
    const int MostRecords = 200;
    const int KindRecords = 200;

    /// <summary>An empty shape of the right kind. Moves nothing: the cursor is peeked at.</summary>
    public static JsonShape Shape(JsonCursor cursor, JsonLayout layout, FormatOptions options)
    {
        using var ahead = cursor.Peek();
        var kind = KindOf(ahead, options);
        var shape = new JsonShape(options, kind, isKeyed: layout.Kind == JsonLayoutKind.Keyed);
        if (kind == JsonRecordKind.Array)
        {
            if (layout.Header is { } given)
            {
                shape.Header = given;
            }
            else if (options.HasHeader != false)
            {
                using var rows = cursor.Peek();
                shape.Header = HeaderOf(rows, options, out var hasTypes);
                shape.HeaderRecords = shape.Header is null ? 0 : hasTypes ? 2 : 1;
            }
        }

        return shape;
    }

    /// <summary>
    /// The kind of the first record, unless most others are of another: then each is one value. Nulls and lines that are no JSON
    /// say nothing.
    /// </summary>
    static JsonRecordKind KindOf(JsonCursor cursor, FormatOptions options)
    {
        JsonRecordKind? first = null;
        int same = 0, other = 0, nulls = 0;
        while (same + other < KindRecords && cursor.MoveToRecord() is var step and (JsonStep.Record or JsonStep.LineTooLong))
        {
            if (step == JsonStep.LineTooLong)
            {
                continue;
            }

            var reader = JsonRecordReader.NewReader(cursor.Record, cursor.RecordIsFinal, options);
            try
            {
                if (!reader.Read())
                {
                    break;
                }

                var kind = reader.TokenType switch
                {
                    JsonTokenType.StartObject => JsonRecordKind.Object,
                    JsonTokenType.StartArray => JsonRecordKind.Array,
                    _ => JsonRecordKind.Scalar,
                };
                if (reader.TokenType == JsonTokenType.Null)
                {
                    nulls++;
                }
                else if (kind == (first ??= kind))
                {
                    same++;
                }
                else
                {
                    other++;
                }

                if (!reader.TrySkip())
                {
                    break;
                }

                cursor.Advance((int)reader.BytesConsumed);
            }
            catch (JsonException) when (cursor.IsLines)
            {
                cursor.SkipLine();
            }
            catch (JsonException e)
            {
                throw cursor.Corrupt(e);
            }
        }

        return other > same || (first is null && nulls > 0) ? JsonRecordKind.Scalar : first ?? JsonRecordKind.Object;
    }

    /// <summary>
    /// The first array when it is a header: different, non-empty strings, and below it a column of another kind; or only strings
    /// everywhere, of which none without a digit in the first array comes again in its column. Types of ClickHouse in the second array, as its formats
    /// with names and types write them, leave no doubt.
    /// </summary>
    static List<string>? HeaderOf(JsonCursor cursor, FormatOptions options, out bool hasTypes)
    {
        hasTypes = false;
        List<string>? header = null;
        bool otherKind = false, repeats = false;
        var records = 0;
        while (records < MostRecords && cursor.MoveToRecord() == JsonStep.Record)
        {
            var reader = JsonRecordReader.NewReader(cursor.Record, cursor.RecordIsFinal, options);
            try
            {
                if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
                {
                    break;
                }

                var cells = new List<string?>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    var isText = reader.TokenType == JsonTokenType.String && !JsonText.HasLoneSurrogate(reader.ValueSpan)
                        && System.Text.Unicode.Utf8.IsValid(reader.ValueSpan);
                    cells.Add(isText ? reader.GetString() : null);
                    otherKind |= header is not null && !isText && reader.TokenType != JsonTokenType.Null;
                    if (!reader.TrySkip())
                    {
                        break;
                    }
                }

                if (reader.TokenType != JsonTokenType.EndArray)
                {
                    break;
                }

                if (header is null)
                {
                    if (cells.Count == 0 || cells.Exists(string.IsNullOrWhiteSpace)
                        || cells.Distinct(StringComparer.Ordinal).Count() < cells.Count)
                    {
                        return null;
                    }

                    header = cells.ConvertAll(c => c!);
                }
                else if (records == 1 && cells.Count == header.Count && cells.TrueForAll(IsType))
                {
                    hasTypes = true;
                }
                else
                {
                    repeats |= cells.Count > header.Count || cells.Where((c, i) => c == header[i]).Any();
                }

                records++;
                cursor.Advance((int)reader.BytesConsumed);
            }
            catch (JsonException)
            {
                break;
            }
        }

        return records > 1 && !repeats && (otherKind || hasTypes || options.HasHeader == true || !header!.Exists(h =>
            h.Any(char.IsAsciiDigit)))
            ? header
            : null;
    }

    /// <summary>Whether a text names a type of ClickHouse, and is not an ordinary word.</summary>
    static bool IsType(string? text)
    {
        if (text is null || text.Length > 1000)
        {
            return false;
        }

        try
        {
            return TypeParser.Parse(text) is not null;
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
