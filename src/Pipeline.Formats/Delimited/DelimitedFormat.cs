using System.Text;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Delimited;

/// <summary>
/// Delimited text (CSV and its kin) as it really is: any delimiter, quotes and escapes, titles above and remarks below, comments, columns laid
/// out by blanks; in any encoding that the bytes give away.
/// </summary>
public sealed class DelimitedFormat : IFormat
{
    /// <summary>Of a table of several columns that leaves no doubt, whatever the file is called.</summary>
    const double KnownConfidence = 0.8;

    public string Name => "csv";

    public FormatGuess Detect(FormatProbe probe)
    {
        if (probe.Head.IsEmpty)
        {
            return new FormatGuess(0.1, "the file is empty");
        }

        var encoding = TextEncoding.Detect(probe.Head.Span, probe.IsWhole);
        var head = encoding.Decode(probe.Head);
        if (TextEvidence.Binary(head.Span) is { } binary)
        {
            return new FormatGuess(0, binary);
        }

        if (probe is { IsWhole: true, Known: { } known } && encoding is { BomBytes: 0, Decoder: null } && known.IsOf(head.Span))
        {
            return new FormatGuess(KnownConfidence, "its header and fields are those of the files before it") { Findings = new KnownFile(known, head) };
        }

        if (IpacTable.Find(head.Span) is { } table)
        {
            return new FormatGuess(KnownConfidence, $"{table.Names.Count} names between bars, and records with blanks below the bars");
        }

        var body = head[(SeparatorLine(head.Span)?.Bytes ?? FrontMatter.Length(head.Span))..];
        var guess = DialectDetector.Detect(body, probe.IsWhole, null);
        return TextEvidence.Judge(probe.FileName, head.Span, guess, encoding) with { Findings = new Found(body, probe.IsWhole, guess) };
    }

    public async ValueTask<RecordReader> OpenAsync(Stream content, FormatOptions options, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Limits.MaxRecordBytes, Field.MaxLength);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BlockBytes, 64);
        var encoding = TextEncoding.Utf8;
        var source = content;
        var owned = default(Stream);
        try
        {
            var (head, isWhole) = await ReadHeadAsync(source, options.Limits.HeadSampleBytes, cancellationToken);
            encoding = TextEncoding.Detect(head.Span, isWhole);
            var position = (long)encoding.BomBytes;
            head = head[encoding.BomBytes..];
            if (encoding.Decoder is { } decoder)
            {
                owned = Encoding.CreateTranscodingStream(new PrefixedStream(head, source), decoder, new UTF8Encoding(false));
                source = owned;
                position = DelimitedReader.NoPosition;
                (head, isWhole) = await ReadHeadAsync(source, options.Limits.HeadSampleBytes, cancellationToken);
            }

            if (TextEvidence.Binary(head.Span) is { } binary)
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
        if (options is { Delimiter: null, HasHeader: null, Findings: KnownFile file } && isWhole && position == 0 && file.IsOf(head.Span)
            && file.Layout.Names.Count <= options.Limits.MaxColumns)
        {
            return OpenKnown(head, source, encoding, file.Layout, options);
        }

        if (options is { Delimiter: null, HasHeader: not false } && IpacTable.Find(head.Span) is { } table && table.Names.Count <= options.Limits.MaxColumns)
        {
            return OpenIpac(head, isWhole, source, owned, encoding, position, table, options);
        }

        var delimiter = options.Delimiter ?? FrontMatter.EnhancedCsvDelimiter(head.Span);
        var skipped = FrontMatter.Length(head.Span);
        var hints = 0;
        if (SeparatorLine(head.Span) is var (hint, hintBytes))
        {
            delimiter ??= hint;
            skipped = hintBytes;
            hints = 1;
        }

        var body = head[skipped..];
        var guess = delimiter is { } known ? DialectDetector.Detect(body, isWhole, options.HasHeader, known)
            : options is { HasHeader: null, Findings: Found found } && found.IsOf(body, isWhole) ? found.Guess
            : DialectDetector.Detect(body, isWhole, options.HasHeader);
        var header = HeaderReader.Read(guess.Sample, guess.Dialect.Delimiter, options);
        var firstLine = guess.Sample.Count == 0 ? skipped : LineStart(head.Span, skipped + guess.Sample[0].Start);
        var skippedLines = IsBlank(head.Span[..firstLine]) ? 0 : CsvText.CountLineBreaks(head.Span[..firstLine]);
        if (header.Names.Count > options.Limits.MaxColumns)
        {
            throw new BadFileException(
                RejectCode.TooManyColumns,
                $"The file has {header.Names.Count} columns; the limit is {options.Limits.MaxColumns}. "
                + $"If the delimiter ({guess.Dialect.Describe()}) is wrong, set it; else raise limits.max_columns.",
                1 + skippedLines);
        }

        // The reader starts at the first data record; what lies before is counted into its positions.
        var start = header.Last is { } last ? skipped + last.End + CsvText.LineBreakLength(body.Span, last.End) : firstLine;
        List<FormatWarning> warnings = [.. header.Warnings, .. OpeningWarnings(encoding, skippedLines - hints)];
        if (guess.Sample.Count > 0 && SecondTable.Find(
            guess.Sample, header.Last, body[..guess.Sample[0].Start], guess.Dialect, at => 1 + CsvText.CountLineBreaks(head.Span[..(skipped + at)])) is { } second)
        {
            warnings.Add(second);
        }

        var records = guess.Sample.GetRange(header.Records, guess.Sample.Count - header.Records);
        var end = TableEnd.Of(guess.Dialect, header.Names.Count, records);
        return new DelimitedReader(new DelimitedSource(source, owned, encoding.Name, head[start..], isWhole, end), header.Names, options)
        {
            FirstLine = 1 + CsvText.CountLineBreaks(head.Span[..start]),
            FirstByte = position == DelimitedReader.NoPosition ? position : position + start,
            RestBytes = isWhole ? head.Length - start : null,
            Format = guess.Dialect,
            HasHeader = header.Exists,
            HeaderLine = header.Last is { } repeated && header.Names.Count > 1 ? body[repeated.Start..repeated.End].ToArray() : [],
            SkipLines = skippedLines,
            ShortRecord = header.ShortRecord,
            LastIsEmpty = IsLastEmpty(records.FindAll(r => r.Fields.Length == header.Names.Count)),
            OpeningWarnings = warnings,
            LineEnding = LineEndingOf(head.Span),
            Encodes = encoding,
        };
    }

    static bool IsLastEmpty(List<SampleRecords.Record> records) => records.Count(r => r.Fields[^1].Length == 0) * 2 > records.Count;

    static DelimitedReader OpenIpac(
        ReadOnlyMemory<byte> head, bool isWhole, Stream source, Stream? owned, TextEncoding encoding, long position, IpacTable table, FormatOptions options) =>
        new(new DelimitedSource(source, owned, encoding.Name, head[table.HeaderBytes..], isWhole, null), table.Names, options)
        {
            FirstLine = 1 + table.KeywordLines + table.HeaderLines,
            FirstByte = position == DelimitedReader.NoPosition ? position : position + table.HeaderBytes,
            RestBytes = isWhole ? head.Length - table.HeaderBytes : null,
            Format = table.Dialect,
            HasHeader = true,
            HeaderLine = [],
            SkipLines = table.KeywordLines,
            OpeningWarnings =
            [
                .. table.HeaderLines > 1 ? [HeaderReader.TypesWarning] : Array.Empty<FormatWarning>(), .. OpeningWarnings(encoding, table.KeywordLines),
            ],
            LineEnding = LineEndingOf(head.Span),
            Encodes = encoding,
        };

    static DelimitedReader OpenKnown(ReadOnlyMemory<byte> head, Stream source, TextEncoding encoding, KnownLayout layout, FormatOptions options) =>
        new(new DelimitedSource(source, null, encoding.Name, head[layout.HeaderBytes..], isWhole: true, null), layout.Names, options)
        {
            FirstLine = 2,
            FirstByte = layout.HeaderBytes,
            RestBytes = head.Length - layout.HeaderBytes,
            Format = layout.Dialect,
            HasHeader = true,
            HeaderLine = layout.HeaderLine,
            SkipLines = 0,
            OpeningWarnings = [],
            LineEnding = layout.LineEnding,
            Encodes = encoding,
        };

    static IEnumerable<FormatWarning> OpeningWarnings(TextEncoding encoding, int titles)
    {
        if (encoding.Evidence is { } evidence)
        {
            yield return new FormatWarning("encoding_guessed", evidence, encoding.Line);
        }

        if (titles > 0)
        {
            yield return new FormatWarning("lines_above_table", $"{titles} lines above the table are not part of it and were left out.", 1);
        }
    }

    static async ValueTask<(ReadOnlyMemory<byte> Head, bool IsWhole)> ReadHeadAsync(
        Stream source, int bytes, CancellationToken cancellationToken)
    {
        if (source is MemoryStream memory && memory.TryGetBuffer(out var all))
        {
            var rest = all[(int)memory.Position..];
            var ahead = rest[..Math.Min(bytes, rest.Count)];
            memory.Position += ahead.Count;
            return (ahead, rest.Count < bytes);
        }

        // One byte more than a small file has: its end shows in the same read.
        var head = new byte[source.CanSeek ? Math.Min(bytes, source.Length - source.Position + 1) : bytes];
        var length = await source.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken);
        return (head.AsMemory(0, length), length < head.Length);
    }

    /// <summary>Excel's first line <c>sep=;</c> and its length with the line break.</summary>
    static (char Delimiter, int Bytes)? SeparatorLine(ReadOnlySpan<byte> head)
    {
        var quoted = head.Length > 1 && head[0] == (byte)'"' ? 1 : 0;
        var line = head[quoted..];
        if (line.Length >= 5 && Ascii.EqualsIgnoreCase(line[..4], "sep=") && line[4] is < 0x80
            and not ((byte)'\r' or (byte)'\n' or (byte)'"'))
        {
            var end = 5 + quoted;
            end += quoted == 1 && end < head.Length && head[end] == (byte)'"' ? 1 : 0;
            if (end == head.Length || CsvText.LineBreakLength(head, end) > 0)
            {
                return ((char)line[4], end + CsvText.LineBreakLength(head, end));
            }
        }

        return null;
    }

    static int LineStart(ReadOnlySpan<byte> head, int at) => head[..at].LastIndexOfAny((byte)'\r', (byte)'\n') + 1;

    static bool IsBlank(ReadOnlySpan<byte> text) => text.IndexOfAnyExcept(" \t\r\n"u8) < 0;

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

    /// <summary>The dialect of a head.</summary>
    sealed record Found(ReadOnlyMemory<byte> Body, bool IsWhole, DialectGuess Guess) : FormatFindings
    {
        public bool IsOf(ReadOnlyMemory<byte> body, bool isWhole) => isWhole == IsWhole && body.Span.SequenceEqual(Body.Span);
    }
}
