using System.Text;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Delimited;

/// <summary>
/// Delimited text (CSV and its kin): RFC 4180 quoting with any single-byte delimiter, with or without a header, UTF-8, or
/// UTF-16/32
/// with a byte order mark.
/// </summary>
public sealed class DelimitedFormat : IFormat
{
    public string Name => "csv";

    public FormatGuess Detect(FormatProbe probe)
    {
        var head = probe.Head;
        if (head.IsEmpty)
        {
            return new FormatGuess(0.1, "the file is empty");
        }

        var encoding = TextEncoding.Detect(head.Span);
        if (encoding.Decoder is { } decoder)
        {
            head = Encoding.UTF8.GetBytes(Decode(decoder, head.Span[encoding.BomBytes..]));
        }
        else
        {
            head = head[encoding.BomBytes..];
        }

        if (BinaryEvidence(head.Span) is { } binary)
        {
            return new FormatGuess(0, binary);
        }

        var guess = DialectDetector.Detect(head, probe.IsWhole);
        var extension = Path.GetExtension(probe.FileName).ToLowerInvariant() is ".csv" or ".tsv" or ".tab" or ".psv" or ".ssv";
        var confidence = 0.3 + (0.5 * Math.Min(1, guess.Score * 1.5)) + (extension ? 0.2 : 0);
        if (head.Span.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[' or (byte)'<', ..])
        {
            confidence -= 0.3;
        }

        var runnerUp = guess.RunnerUp is { } other ? $"; runner-up {Describe(other)} scores {guess.RunnerUpScore:0.00}" : "";
        return new FormatGuess(
            Math.Clamp(confidence, 0.05, 1),
            $"{guess.Sample.Count} records of mostly {guess.Columns} fields with {Describe(guess.Delimiter)} "
            + $"(score {guess.Score:0.00}{runnerUp})");
    }

    public async ValueTask<RecordReader> OpenAsync(Stream content, FormatOptions options, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Limits.MaxRecordBytes, Field.MaxLength);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BlockBytes, 64);
        var encoding = new TextEncoding("utf-8", 0, null);
        var source = content;
        var owned = default(Stream);
        try
        {
            var (head, isWhole) = await ReadHeadAsync(source, options.Limits.HeadSampleBytes, cancellationToken);
            encoding = TextEncoding.Detect(head.Span);
            var position = (long)encoding.BomBytes;
            head = head[encoding.BomBytes..];
            if (encoding.Decoder is { } decoder)
            {
                owned = Encoding.CreateTranscodingStream(new PrefixedStream(head, source), decoder, new UTF8Encoding(false));
                source = owned;
                position = DelimitedReader.NoPosition;
                (head, isWhole) = await ReadHeadAsync(source, options.Limits.HeadSampleBytes, cancellationToken);
            }

            if (BinaryEvidence(head.Span) is { } binary)
            {
                throw new BadFileException(
                    RejectCode.NotATable,
                    $"The content is not text: {binary}. Export the data as text, or give the file its right type.");
            }

            return Open(head, isWhole, source, owned, encoding, position, options);
        }
        catch (DecoderFallbackException e)
        {
            owned?.Dispose();
            throw DelimitedReader.NotInEncoding(encoding.Name, e);
        }
        catch
        {
            owned?.Dispose();
            throw;
        }
    }

    static DelimitedReader Open(
        ReadOnlyMemory<byte> head, bool isWhole, Stream source, Stream? owned, TextEncoding encoding, long position,
            FormatOptions options)
    {
        var skippedLines = 0;
        var skipped = 0;
        var delimiter = options.Delimiter;
        if (SeparatorLine(head.Span) is var (hint, hintBytes))
        {
            delimiter ??= hint;
            skipped = hintBytes;
            skippedLines = 1;
        }

        var body = head[skipped..];
        var guess = delimiter is { } fixedDelimiter
            ? new DelimiterGuess(fixedDelimiter, 0, 1, SampleRecords.Read(body, isWhole, fixedDelimiter), null, 0)
            : DialectDetector.Detect(body, isWhole);
        var header = HeaderReader.Read(guess.Sample, options);
        if (header.Names.Count > options.Limits.MaxColumns)
        {
            throw new BadFileException(
                RejectCode.TooManyColumns,
                $"The file has {header.Names.Count} columns; the limit is {options.Limits.MaxColumns}. "
                + $"If the delimiter {Describe(guess.Delimiter)} is wrong, set it; else raise limits.max_columns.",
                1 + skippedLines);
        }

        // The reader starts at the first data record; what lies before is counted into its positions.
        var start = skipped + header.BytesBefore(body.Span);
        return new DelimitedReader(new DelimitedSource(source, owned, encoding.Name, head[start..]), header.Names, options)
        {
            FirstLine = 1 + CsvText.CountLineBreaks(head.Span[..start]),
            FirstByte = position == DelimitedReader.NoPosition ? position : position + start,
            Delimiter = guess.Delimiter,
            HasHeader = header.Exists,
            SkipLines = skippedLines,
            OpeningWarnings = [.. header.Warnings],
            LineEnding = LineEndingOf(head.Span),
        };
    }

    static async ValueTask<(ReadOnlyMemory<byte> Head, bool IsWhole)> ReadHeadAsync(
        Stream source, int bytes, CancellationToken cancellationToken)
    {
        var head = new byte[bytes];
        var length = await source.ReadAtLeastAsync(head, bytes, throwOnEndOfStream: false, cancellationToken);
        return (head.AsMemory(0, length), length < bytes);
    }

    /// <summary>Excel's first line <c>sep=;</c> and its length with the line break.</summary>
    static (char Delimiter, int Bytes)? SeparatorLine(ReadOnlySpan<byte> head)
    {
        if (head.Length >= 5 && Ascii.EqualsIgnoreCase(head[..4], "sep=") && head[4] is < 0x80
            and not ((byte)'\r' or (byte)'\n' or (byte)'"')
            && (head.Length == 5 || CsvText.LineBreakLength(head, 5) > 0))
        {
            return ((char)head[4], 5 + CsvText.LineBreakLength(head, 5));
        }

        return null;
    }

    static string LineEndingOf(ReadOnlySpan<byte> head)
    {
        var lf = false;
        var cr = false;
        var crlf = false;
        for (var i = head.IndexOfAny((byte)'\r', (byte)'\n'); i >= 0;)
        {
            var length = CsvText.LineBreakLength(head, i);
            crlf |= length == 2;
            lf |= length == 1 && head[i] == (byte)'\n';
            cr |= length == 1 && head[i] == (byte)'\r';
            var next = head[(i + length)..].IndexOfAny((byte)'\r', (byte)'\n');
            i = next < 0 ? -1 : i + length + next;
        }

        return (lf, cr, crlf) switch
        {
            (_, false, false) => "lf",
            (false, true, false) => "cr",
            (false, false, true) => "crlf",
            _ => "mixed",
        };
    }

    /// <summary>
    /// Why the content cannot be text, or null. Some control characters are damage that a reader reports; many are another kind
    /// of file.
    /// </summary>
    static string? BinaryEvidence(ReadOnlySpan<byte> head)
    {
        var sample = head[..Math.Min(head.Length, 64 << 10)];
        var control = 0;
        foreach (var b in sample)
        {
            control += b < 0x20 && b is not ((byte)'\t' or (byte)'\r' or (byte)'\n' or 0x0C or 0x01 or 0x1F) ? 1 : 0;
        }

        if (head.StartsWith("PK\u0003\u0004"u8) || head.StartsWith("PAR1"u8) || head.StartsWith("%PDF-"u8)
            || head is [0x1F, 0x8B, 0x08, ..])
        {
            return "it starts like an archive, a Parquet file or a PDF";
        }

        // Text has none but the blanks of its lines; noise has one in ten.
        return control > 4 && control * 32 > sample.Length
            ? $"{control} of its first {sample.Length} bytes are control characters" : null;
    }

    static string Decode(Encoding decoder, ReadOnlySpan<byte> bytes)
    {
        var lenient = Encoding.GetEncoding(decoder.CodePage);
        return lenient.GetString(bytes[..(bytes.Length & ~3)]);
    }

    static string Describe(char delimiter) => delimiter switch
    {
        ',' => "comma",
        ';' => "semicolon",
        '\t' => "tab",
        '|' => "pipe",
        ':' => "colon",
        < ' ' => $"character 0x{(int)delimiter:X2}",
        _ => $"'{delimiter}'",
    };
}
