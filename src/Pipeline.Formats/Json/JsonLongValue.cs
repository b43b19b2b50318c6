using System.Globalization;
using System.Text.Json;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Json;

/// <summary>Tells whether a record that goes on beyond the limit does so in one value.</summary>
static class JsonLongValue
{
    /// <summary>
    /// What is to be said where most of the text is one value that has no end in it; null where it is many values. A value is a string, a number or
    /// an array: objects are their members.
    /// </summary>
    /// <param name="start">A record from its start; it goes on behind.</param>
    /// <param name="options">Limits.</param>
    /// <param name="line">Where it starts.</param>
    /// <param name="stringsOnly">An array may be the records themselves.</param>
    public static string? Describe(ReadOnlySpan<byte> start, FormatOptions options, long line, bool stringsOnly = false)
    {
        var reader = JsonRecordReader.NewReader(start, false, options);
        var path = new List<string>();
        var (valueAt, isOpen, arrayDepth) = (0L, true, -1);
        try
        {
            while (reader.Read())
            {
                if (arrayDepth >= 0)
                {
                    // Inside of an array: it ends where its depth is reached again.
                    if (reader.TokenType != JsonTokenType.EndArray || reader.CurrentDepth != arrayDepth)
                    {
                        continue;
                    }

                    arrayDepth = -1;
                }
                else if (reader.TokenType == JsonTokenType.StartArray && reader.CurrentDepth > 0 && !stringsOnly)
                {
                    arrayDepth = reader.CurrentDepth;
                    continue;
                }
                else if (reader.TokenType == JsonTokenType.PropertyName)
                {
                    path.RemoveRange(Math.Min(path.Count, reader.CurrentDepth - 1), Math.Max(0, path.Count - reader.CurrentDepth + 1));
                    path.Add(reader.GetString()!);
                }

                valueAt = reader.BytesConsumed;
                isOpen = reader.TokenType is JsonTokenType.PropertyName;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // What is damaged besides is not worth saying more about.
            return null;
        }

        var bytes = start.Length - valueAt;
        return isOpen && bytes > start.Length / 2
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{(path.Count > 0 ? $"The value of \"{string.Join('.', path)}\"" : "A value")} in the record on line {line} goes on beyond {bytes:N0} bytes, "
                + $"and the record beyond the limit of {options.Limits.MaxRecordBytes:N0}; raise limits.max_record_bytes and limits.max_field_bytes if that is meant.")
            : null;
    }
}
