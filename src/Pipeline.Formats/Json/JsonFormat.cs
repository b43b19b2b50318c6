using System.Buffers;
using System.Text;
using System.Text.Json;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Json;

/// <summary>
/// JSON as tables: arrays of objects, lines of objects (NDJSON), one object, an object around one array of records, an object of
/// columns,
/// and arrays in place of objects. UTF-8; UTF-16 and UTF-32 are converted. See <see cref="JsonLayoutKind"/>.
/// </summary>
public sealed class JsonFormat : IFormat
{
    static ReadOnlySpan<byte> Utf8Mark => "\uFEFF"u8;

    public string Name => "json";

    public FormatGuess Detect(FormatProbe probe)
    {
        var head = probe.Head.Span;
        var named = Path.GetExtension(probe.FileName).ToUpperInvariant(
            ) is ".JSON" or ".NDJSON" or ".JSONL" or ".GEOJSON" or ".LDJSON";
        if (WideEncoding(head) is { } wide)
        {
            var text = wide.Decoder.GetString(head[..Math.Min(head.Length & ~3, 4096)]).TrimStart('\uFEFF', ' ', '\t', '\r', '\n');
            return text.StartsWith('{') || (text.StartsWith('[') && named)
                ? new FormatGuess(named ? 0.95 : 0.8, $"{wide.Name} text that starts as JSON does")
                : new FormatGuess(0, $"{wide.Name} text that does not start as JSON does");
        }

        head = head.StartsWith(Utf8Mark) ? head[Utf8Mark.Length..] : head;
        var start = head.IndexOfAnyExcept(" \t\r\n\x1E"u8);
        if (start < 0)
        {
            return new FormatGuess(named && !head.IsEmpty ? 0.75 : 0, "nothing but space");
        }

        var container = head[start] is (byte)'{' or (byte)'[';
        var state = (container || IsOneLine(head[start..])) && Scan(head[start..], probe.IsWhole, container);
        return (container, state) switch
        {
            (true, true) => new FormatGuess(0.98, "an object or array, valid JSON as far as was looked"),
            (true, false) when FirstLineIsObject(head[start..], probe.IsWhole) => new FormatGuess(0.95,
                "the first line is a JSON object"),
            (true, false) => new FormatGuess(named ? 0.9 : 0.1, "starts as JSON does, but is not valid"),
            (false, true) => new FormatGuess(named ? 0.9 : 0.02, "a bare JSON value"),
            _ => new FormatGuess(named ? 0.75 : 0, named ? "nothing but the name says JSON" : "does not start as JSON does"),
        };
    }

    // A bare value has no line break in it. What has is not looked at further: most files that are no JSON are of many lines.
    static bool IsOneLine(ReadOnlySpan<byte> text) => text.IndexOfAny((byte)'\n', (byte)'\r') is var end && (end < 0 || text[end..].IndexOfAnyExcept(" \t\r\n"u8) < 0);

    public async ValueTask<RecordReader> OpenAsync(Stream content, FormatOptions options, CancellationToken cancellationToken)
    {
        var head = ArrayPool<byte>.Shared.Rent(Math.Max(options.Limits.HeadSampleBytes, 16));
        try
        {
            var length = await content.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken);
            var encoding = "utf-8";
            if (WideEncoding(head.AsSpan(0, length), strict: true) is { } wide)
            {
                content = Encoding.CreateTranscodingStream(
                    new PrefixedStream(head.AsSpan(0, length).ToArray(), content), wide.Decoder, new UTF8Encoding(false), leaveOpen: true);
                encoding = wide.Name;
                length = await content.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken);
            }

            JsonLayout? layout;
            var isWhole = length < head.Length;
            while ((layout = FindLayout(head.AsSpan(0, length), isWhole, options)) is null)
            {
                if (length >= options.Limits.MaxRecordBytes)
                {
                    var mark = head.AsSpan().StartsWith(Utf8Mark) ? Utf8Mark.Length : 0;
                    if (JsonLongValue.Describe(head.AsSpan(mark, length - mark), options, 1, stringsOnly: true) is { } value)
                    {
                        throw new BadFileException(RejectCode.FieldTooLong, value, 1);
                    }

                    throw new BadFileException(RejectCode.LimitExceeded, "A single JSON object goes on beyond the limit of " +
                        $"{options.Limits.MaxRecordBytes:N0} bytes without an array of records; raise " +
                        "limits.max_record_bytes, or write it as lines.");
                }

                var grown = ArrayPool<byte>.Shared.Rent(head.Length * 2);
                head.AsSpan(0, length).CopyTo(grown);
                ArrayPool<byte>.Shared.Return(head);
                head = grown;
                length += await content.ReadAtLeastAsync(head.AsMemory(length), head.Length - length, throwOnEndOfStream: false,
                    cancellationToken);
                isWhole = length < head.Length;
            }

            var given = head;
            head = null;
            return Open(content, given, length, isWhole, layout, encoding, options);
        }
        catch (DecoderFallbackException)
        {
            throw DamagedUtf16();
        }
        finally
        {
            if (head is not null)
            {
                ArrayPool<byte>.Shared.Return(head);
            }
        }
    }

    /// <summary>The exception for UTF-16 or UTF-32 with half a surrogate pair or half a unit.</summary>
    internal static BadFileException DamagedUtf16() =>
        new(RejectCode.CorruptFile, "The text is damaged: it is no sound UTF-16 or UTF-32 (half of a surrogate pair, or a byte too many).");

    static RecordReader Open(
        Stream content, byte[] head, int length, bool isWhole, JsonLayout layout, string encoding, FormatOptions options)
    {
        if (layout.Kind == JsonLayoutKind.Columns)
        {
            var copy = head[layout.Start..length];
            ArrayPool<byte>.Shared.Return(head);
            return new JsonColumnsReader(copy, encoding, options);
        }

        var cursor = new JsonCursor(content, head, length, isWhole, layout, options);
        return JsonRecordReader.Open(cursor, layout, encoding, options);
    }

    static JsonLayout? FindLayout(ReadOnlySpan<byte> head, bool isWhole, FormatOptions options)
    {
        var mark = head.StartsWith(Utf8Mark) ? Utf8Mark.Length : 0;
        var found = JsonLayouts.Find(head[mark..], isWhole, options);
        return found is null ? null : found with { Start = found.Start + mark };
    }

    /// <summary>
    /// UTF-16 or UTF-32 by a byte order mark, or by the zeros beside the first two characters, which are ASCII in JSON; null for UTF-8.
    /// </summary>
    static (string Name, Encoding Decoder)? WideEncoding(ReadOnlySpan<byte> head, bool strict = false) => head switch
    {
        [0xFF, 0xFE, 0, 0, ..] or [not 0, 0, 0, 0, ..] => ("utf-32le", new UTF32Encoding(false, true, strict)),
        [0, 0, 0xFE, 0xFF, ..] or [0, 0, 0, not 0, ..] => ("utf-32be", new UTF32Encoding(true, true, strict)),
        [0xFF, 0xFE, ..] or [not 0, 0, not 0, 0, ..] => ("utf-16le", new UnicodeEncoding(false, true, strict)),
        [0xFE, 0xFF, ..] or [0, not 0, 0, not 0, ..] => ("utf-16be", new UnicodeEncoding(true, true, strict)),
        _ => null,
    };

    static bool Scan(ReadOnlySpan<byte> head, bool isWhole, bool container)
    {
        var reader = JsonRecordReader.NewReader(head, isWhole, FormatOptions.Default);
        try
        {
            while (reader.Read())
            {
            }

            return container || isWhole;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    static bool FirstLineIsObject(ReadOnlySpan<byte> head, bool isWhole)
    {
        var end = head.IndexOf((byte)'\n');
        return head[0] == (byte)'{' && (end >= 0 || isWhole) && Scan(end < 0 ? head : head[..end], true, true);
    }
}
