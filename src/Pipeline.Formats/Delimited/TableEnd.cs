using System.Text;

namespace Pipeline.Formats.Delimited;

/// <summary>
/// What stands below the last record as wide as a record, because spreadsheets pad every line: lines of nothing but delimiters, and remarks of which only
/// the first field is filled. A line of the first kind further up is a record without values, which is what databases write for a row of nulls.
/// </summary>
sealed class TableEnd
{
    /// <summary>The end of a file that is looked at: what begins before it are records.</summary>
    public const int WindowBytes = 4096;

    static readonly string[] s_words = ["total", "source", "note", "end of", "generated", "copyright"];

    readonly byte[] _delimiter;
    readonly byte _quote;
    readonly int _columns;
    readonly bool _mayHoldRemarks;
    readonly bool _startsWithValues;

    TableEnd(DelimitedDialect dialect, int columns, List<SampleRecords.Record> body)
    {
        _delimiter = Encoding.UTF8.GetBytes(dialect.Delimiter);
        _quote = (byte)(dialect.Quote ?? '"');
        _columns = columns;
        _mayHoldRemarks = columns > 2 && body.Count > 1 && !body.Exists(IsPadded);
        _startsWithValues = HeaderDetector.IsValueColumn(body, 0, 0);
    }

    /// <summary>The kind of a line.</summary>
    enum Line
    {
        Record,
        Empty,
        Padded,
    }

    /// <param name="dialect">How the file is cut.</param>
    /// <param name="columns">Of the table.</param>
    /// <param name="body">The first records.</param>
    /// <returns>Null where the lines of a file are not padded: one column, or columns laid out by blanks.</returns>
    public static TableEnd? Of(DelimitedDialect dialect, int columns, List<SampleRecords.Record> body) =>
        columns < 2 || dialect.IsLaidOutByBlanks || dialect.IsFramed || dialect.Delimiter == " " ? null : new TableEnd(dialect, columns, body);

    /// <summary>Whether a record holds something in its first field only, or nothing at all.</summary>
    public static bool IsPadded(SampleRecords.Record record) =>
        record.Fields.Length > 1 && (record.Filled == 0 || (record.Filled == 1 && record.Fields[0].Length > 0));

    /// <summary>Whether a text below a table is a remark by the way it begins.</summary>
    public static bool IsRemark(ReadOnlySpan<byte> line) =>
        (line is [(byte)'(', .., (byte)')'] && line.IndexOf((byte)' ') > 0)
        || line.StartsWith("--"u8) || line.StartsWith("=="u8) || line.StartsWith("**"u8) || line.StartsWith("# "u8)
        || ((line.IndexOf((byte)' ') > 0 || line.IndexOf((byte)':') > 0) && StartsWithWord(line));

    /// <summary>How many bytes at the end of a text are no records, and how many lines with something in them they are.</summary>
    /// <param name="text">The end of the file. Its first line may be cut, and is taken for a record.</param>
    public (int Bytes, int Lines) Find(ReadOnlySpan<byte> text)
    {
        var (kept, lines) = (text.Length, 0);
        var (below, belowLines) = (text.Length, 0); // Of the run that the lines seen so far make.
        var (remark, isApart) = (default(Range?), false);
        for (var end = text.Length; end > 0;)
        {
            var content = text[..end].TrimEnd("\r\n"u8).Length;
            var start = text[..content].LastIndexOfAny((byte)'\r', (byte)'\n') + 1;
            var kind = start == 0 ? Line.Record : KindOf(text[start..content]);
            if (kind == Line.Record)
            {
                isApart |= remark is not null && CsvText.CountLineBreaks(text[content..end]) > 1;
                break;
            }

            belowLines++;
            below = start;
            isApart = kind == Line.Empty ? remark is not null : CsvText.CountLineBreaks(text[content..end]) > 1 && remark is not null;
            remark = kind == Line.Padded ? start..content : remark;
            (kept, lines) = remark is null ? (below, belowLines) : (kept, lines);
            end = start;
        }

        (kept, lines) = remark is { } first && IsRemark(text[first], isApart) ? (below, belowLines) : (kept, lines);
        return (text.Length - kept, lines);
    }

    Line KindOf(ReadOnlySpan<byte> line)
    {
        var head = line.TrimEnd((byte)' ');
        var delimiters = 0;
        for (; head.EndsWith(_delimiter); head = head[..^_delimiter.Length].TrimEnd((byte)' '))
        {
            delimiters++;
        }

        if (delimiters < _columns - 1)
        {
            return Line.Record;
        }

        var isQuoted = head.Length > 1 && head[0] == _quote && head[^1] == _quote && head[1..^1].IndexOf(_quote) < 0;
        return head.IsEmpty ? Line.Empty
            : _mayHoldRemarks && (isQuoted || (head.IndexOf(_delimiter) < 0 && head.IndexOf(_quote) < 0)) ? Line.Padded : Line.Record;
    }

    /// <summary>The first of them stands apart, is a text below values, or reads like a remark.</summary>
    bool IsRemark(ReadOnlySpan<byte> padded, bool isApart)
    {
        var head = padded.TrimEnd(_delimiter).TrimEnd((byte)' ').Trim(_quote);
        var text = Encoding.UTF8.GetString(head);
        return HeaderDetector.IsPlainText(text)
            && (isApart || _startsWithValues || IsRemark(head) || s_words.Contains(text.ToLowerInvariant()) || (head[^1] == (byte)'.' && head.Count((byte)' ') > 2));
    }

    static bool StartsWithWord(ReadOnlySpan<byte> line)
    {
        foreach (var word in s_words)
        {
            if (line.Length >= word.Length && Ascii.EqualsIgnoreCase(line[..word.Length], word))
            {
                return true;
            }
        }

        return false;
    }
}
