using System.Buffers;

namespace Pipeline.Formats.Delimited;

/// <summary>Whether content is text at all, and how much of a table it is.</summary>
static class TextEvidence
{
    /// <summary>Control characters that stand in no text: neither blanks nor line ends nor delimiters.</summary>
    static readonly SearchValues<byte> s_control =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Except(['\t', '\r', '\n', 0x0C, 0x01, 0x1E, 0x1F, 0x07]).Select(c => (byte)c)]);

    static readonly string[] s_extensions = [".csv", ".tsv", ".tab", ".psv", ".ssv", ".dsv", ".tbl"];

    /// <summary>
    /// Why the content cannot be text, or null. Some control characters are damage that a reader reports; many are another kind
    /// of file.
    /// </summary>
    public static string? Binary(ReadOnlySpan<byte> head)
    {
        var sample = head[..Math.Min(head.Length, 64 << 10)];
        var control = 0;
        for (var at = sample.IndexOfAny(s_control); at >= 0;)
        {
            control++;
            var next = sample[(at + 1)..].IndexOfAny(s_control);
            at = next < 0 ? -1 : at + 1 + next;
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

    public static FormatGuess Judge(string fileName, ReadOnlySpan<byte> head, DialectGuess guess, TextEncoding encoding)
    {
        var extension = s_extensions.Contains(Path.GetExtension(fileName).ToLowerInvariant());
        var records = guess.Sample;
        var confidence = (0.35 + (0.45 * Math.Min(1, guess.Score * 1.6))) * (guess.Columns > 1 ? 1 : 0.8);
        if (guess.Columns == 1 && records.Count(r => r.Fields.Length > 0 && IsSentence(r.Fields[0])) * 3 > records.Count)
        {
            confidence = 0.05;
        }
        else if (guess.Columns > 1 && ((records.Count > 2 && guess.Score < 0.2) || IsProse(head, records, guess.Columns)))
        {
            // Lines that are cut into this and that many pieces, and pieces that are phrases, are sentences.
            confidence = 0.1;
        }

        confidence += extension ? 0.2 : 0;
        var start = head.TrimStart(" \t\r\n"u8);
        if (start is [(byte)'{' or (byte)'[' or (byte)'<', ..])
        {
            confidence -= 0.3;
        }

        if (start.StartsWith("<?xml"u8) || start.StartsWith("<!DOCTYPE"u8) || start.StartsWith("<html"u8))
        {
            confidence = 0.05;
        }

        var runnerUp = guess.RunnerUp is { } other && guess.RunnerUpScore > 0 ? $"; runner-up {other.Describe()} scores {guess.RunnerUpScore:0.00}" : "";
        var lines = records.Count > 1 ? $", lines {LineOf(head, records[0].Start)} to {LineOf(head, records[^1].Start)}" : "";
        return new FormatGuess(
            Math.Clamp(confidence, 0.05, 1),
            $"{records.Count} records of mostly {guess.Columns} fields with {guess.Dialect.Describe()} in {encoding.Name} (score {guess.Score:0.00}{lines}{runnerUp})");
    }

    /// <summary>Phrases for cells, and lines that do not agree how many.</summary>
    static bool IsProse(ReadOnlySpan<byte> head, List<SampleRecords.Record> records, int columns)
    {
        if (records.Count >= 3 && records.Count(r => r.Fields.Length == columns) * 10 >= records.Count * 9)
        {
            return false;
        }

        var cells = records.SelectMany(r => r.Fields).Where(f => f.Length > 0).ToList();
        var (lines, sentences) = (0, 0);
        foreach (var range in head[..Math.Min(head.Length, 8192)].Split((byte)'\n'))
        {
            var line = head[range];
            lines += line.Length > 1 ? 1 : 0;
            sentences += line.Count((byte)' ') >= 5 ? 1 : 0;
        }

        return cells.Count(f => f.Trim().Count(c => c == ' ') >= 2) * 10 > cells.Count * 3 && sentences * 5 > lines * 2;
    }

    static long LineOf(ReadOnlySpan<byte> head, int at) => 1 + CsvText.CountLineBreaks(head[..Math.Min(at, head.Length)]);

    /// <summary>Five words and more, or an end like a sentence's.</summary>
    static bool IsSentence(string text) => text.Count(c => c == ' ') >= 4 || (text.Contains(' ') && text[^1] is '.' or '!' or '?');
}
