using System.Text.Json;

namespace Pipeline.Formats.Json;

/// <summary>
/// Tells an object of records, <c>{"a7": {…}, "b2": {…}}</c>, whose keys are data, from a record whose members happen to be objects.
/// </summary>
static class JsonKeyedObject
{
    /// <summary>So many objects of one shape are no accident. Keys that count from 0, as data frames are written, need fewer.</summary>
    const int EnoughKeys = 10;

    const int EnoughCountedKeys = 3;

    /// <summary>Objects within another that have fewer members are values of it.</summary>
    const int InnerKeys = 2;

    /// <summary>Members that are looked at.</summary>
    const int MostKeys = 1000;

    /// <summary>The share of the keys of all records that the usual record has.</summary>
    const double Alike = 0.5;

    /// <param name="data">From the brace on.</param>
    /// <param name="isWhole">The object ends in the data; otherwise its last member may be cut and is not looked at.</param>
    /// <param name="options">Limits.</param>
    public static bool IsLikely(ReadOnlySpan<byte> data, bool isWhole, FormatOptions options) => IsLikely(data, isWhole, options, leastKeys: 1);

    static bool IsLikely(ReadOnlySpan<byte> data, bool isWhole, FormatOptions options, int leastKeys)
    {
        var reader = JsonRecordReader.NewReader(data, isWhole, options);
        var shape = new HashSet<byte[]>(Utf8KeyComparer.Instance);
        int members = 0, inner = 0;
        var isCounted = true;
        Span<byte> number = stackalloc byte[20];
        try
        {
            reader.Read();
            while (members < MostKeys && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                isCounted &= members.TryFormat(number, out var length) && reader.ValueSpan.SequenceEqual(number[..length]);
                if (!reader.Read())
                {
                    break;
                }

                if (reader.TokenType != JsonTokenType.StartObject)
                {
                    return false;
                }

                if (!TryCount(ref reader, shape, out var keys))
                {
                    break;
                }

                if (keys == 0 || shape.Count > JsonShape.MaxMapKeys)
                {
                    return false;
                }

                members++;
                inner += keys;
            }
        }
        catch (JsonException)
        {
            // The reader finds the same error again, with its position.
            return false;
        }

        return members >= (isCounted ? EnoughCountedKeys : EnoughKeys) && inner >= Math.Max(Alike * shape.Count, leastKeys) * members;
    }

    /// <summary>
    /// Tells a map, <c>{"a7": 1, "b2": 5}</c>, from a wide record: more members than a structure that a person designed has, and all of them numbers, or
    /// texts, or words.
    /// </summary>
    /// <inheritdoc cref="IsLikely(ReadOnlySpan{byte}, bool, FormatOptions)"/>
    public static bool IsMap(ReadOnlySpan<byte> data, bool isWhole, FormatOptions options)
    {
        var reader = JsonRecordReader.NewReader(data, isWhole, options);
        JsonTokenType? kind = null;
        var members = 0;
        try
        {
            reader.Read();
            while (members < MostKeys && reader.Read() && reader.TokenType == JsonTokenType.PropertyName && reader.Read())
            {
                var token = reader.TokenType == JsonTokenType.False ? JsonTokenType.True : reader.TokenType;
                if (token is not (JsonTokenType.Number or JsonTokenType.String or JsonTokenType.True or JsonTokenType.Null)
                    || (token != JsonTokenType.Null && (kind ??= token) != token))
                {
                    return false;
                }

                members++;
            }
        }
        catch (JsonException)
        {
            // The reader finds the same error again, with its position.
            return false;
        }

        return kind is not null && members > JsonShape.MaxMapKeys;
    }

    /// <summary>
    /// The one member of an object that is such an object of records, <c>{"version": 2, "users": {"a7": {…}, …}}</c>. Null where there is none, or another.
    /// </summary>
    /// <param name="head">The first bytes of the content.</param>
    /// <param name="start">Where the object starts in them.</param>
    /// <param name="isWhole">It ends in them.</param>
    /// <param name="options">Limits.</param>
    public static JsonLayout? FindInside(ReadOnlySpan<byte> head, int start, bool isWhole, FormatOptions options)
    {
        var reader = JsonRecordReader.NewReader(head[start..], isWhole, options);
        var outside = new List<string>();
        JsonLayout? found = null;
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var key = JsonText.ToDisplay(ref reader);
                if (!reader.Read())
                {
                    break;
                }

                var at = start + (int)reader.TokenStartIndex;
                var isObject = reader.TokenType == JsonTokenType.StartObject;
                var isComplete = reader.TrySkip();
                if (isObject && IsLikely(head[at..(isComplete ? start + (int)reader.BytesConsumed : head.Length)], isComplete, options, InnerKeys))
                {
                    if (found is not null)
                    {
                        return null;
                    }

                    found = new JsonLayout(JsonLayoutKind.Keyed, at + 1, [key], [.. outside]);
                }

                if (!isComplete)
                {
                    break;
                }

                outside.Add(key);
            }
        }
        catch (JsonException)
        {
            // The reader finds the same error again, with its position.
            return null;
        }

        return found;
    }

    /// <summary>The keys of one object, which are added to those of the others. False when the data ends first.</summary>
    static bool TryCount(ref Utf8JsonReader reader, HashSet<byte[]> shape, out int keys)
    {
        var seen = shape.GetAlternateLookup<ReadOnlySpan<byte>>();
        for (keys = 0; reader.Read(); keys++)
        {
            if (reader.TokenType == JsonTokenType.EndObject)
            {
                return true;
            }

            seen.Add(reader.ValueSpan);
            if (!reader.Read() || !reader.TrySkip())
            {
                return false;
            }
        }

        return false;
    }
}
