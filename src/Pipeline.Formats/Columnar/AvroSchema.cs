using System.Text.Json;

namespace Pipeline.Formats.Columnar;

/// <summary>
/// Looks at the schema in the header of an Avro container file (a map of metadata behind <c>Obj</c> 1; its value <c>avro.schema</c> is JSON) for logical types that the
/// engine (26.7) reads as bare integers: times of day, timestamps without a zone, timestamps in nanoseconds.
/// </summary>
public static class AvroSchema
{
    const int MagicBytes = 4;

    /// <summary>A schema of a hundred thousand columns has ten.</summary>
    const int MaxBytes = 64 << 20;

    /// <summary>What the engine must be told of the columns; null when it reads the file as it is, or will say what is wrong with it.</summary>
    /// <param name="content">The file; its position is changed.</param>
    public static ColumnarRepair? Examine(Stream content)
    {
        content.Position = MagicBytes;
        if (ReadSchema(content) is not { } schema)
        {
            return null;
        }

        var ticks = new Dictionary<string, int>(StringComparer.Ordinal);
        var times = new HashSet<string>(StringComparer.Ordinal);
        using (schema)
        {
            foreach (var field in Fields(schema.RootElement))
            {
                var name = Text(field, "name");
                if (name is null || !field.TryGetProperty("type", out var type) || LogicalType(type) is not { } logical)
                {
                    continue;
                }

                var scale = logical switch
                {
                    "time-millis" or "local-timestamp-millis" => 3,
                    "time-micros" or "local-timestamp-micros" => 6,
                    "timestamp-nanos" or "local-timestamp-nanos" => 9,
                    _ => -1,
                };
                if (scale > 0)
                {
                    ticks[name] = scale;
                }

                if (logical.StartsWith("time-", StringComparison.Ordinal))
                {
                    times.Add(name);
                }
            }
        }

        return ticks.Count == 0 ? null : new ColumnarRepair(content.Length, null) { Ticks = ticks, Times = times };
    }

    static IEnumerable<JsonElement> Fields(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("fields", out var fields) && fields.ValueKind == JsonValueKind.Array
            ? fields.EnumerateArray().Where(f => f.ValueKind == JsonValueKind.Object)
            : [];

    // Of a union with null too: that is how a column may have none.
    static string? LogicalType(JsonElement type) => type.ValueKind switch
    {
        JsonValueKind.Object => Text(type, "type") is "int" or "long" ? Text(type, "logicalType") : null,
        JsonValueKind.Array when type.EnumerateArray().Where(t => t.ValueKind != JsonValueKind.String || t.GetString() != "null").ToList() is [var only] => LogicalType(only),
        _ => null,
    };

    static string? Text(JsonElement element, string property) =>
        element.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    static JsonDocument? ReadSchema(Stream content)
    {
        // Blocks of entries, each with its count; a negative one is followed by the bytes of the block. A count of 0 ends them.
        for (var count = ReadLong(content); count is not (null or 0); count = ReadLong(content))
        {
            if (count < 0)
            {
                ReadLong(content);
            }

            for (var entries = count.Value; entries != 0; entries -= Math.Sign(entries))
            {
                if (ReadBytes(content) is not { } key || ReadBytes(content) is not { } value)
                {
                    return null;
                }

                if (key.AsSpan().SequenceEqual("avro.schema"u8))
                {
                    return Parse(value);
                }
            }
        }

        return null;
    }

    static JsonDocument? Parse(byte[] schema)
    {
        try
        {
            return JsonDocument.Parse(schema);
        }
        catch (JsonException)
        {
            // The engine says what is wrong with it.
            return null;
        }
    }

    static byte[]? ReadBytes(Stream content)
    {
        if (ReadLong(content) is not (>= 0 and <= MaxBytes and var length) || length > content.Length - content.Position)
        {
            return null;
        }

        var bytes = new byte[length];
        content.ReadExactly(bytes);
        return bytes;
    }

    // Zigzag in groups of seven bits; null at the end of the file, or where the number does not end.
    static long? ReadLong(Stream content)
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = content.ReadByte();
            if (next < 0)
            {
                return null;
            }

            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return (long)(value >> 1) ^ -(long)(value & 1);
            }
        }

        return null;
    }
}
