using System.Text;

namespace Pipeline.Formats.Delimited;

/// <summary>What is wrong with the quotes of a record.</summary>
enum QuoteFault : byte
{
    None,
    StrayQuote,
    TextAfterClosingQuote,
    Unterminated,
}

/// <summary>A field as it lies in the text: without its quotes; <paramref name="IsEncoded"/> when escapes or quotes are inside.</summary>
readonly record struct CutField(int Start, int Length, bool IsQuoted, bool IsEncoded);

/// <summary>
/// Cuts text by any <see cref="DelimitedDialect"/>, one record at a time, byte by byte. Detection uses it for everything, reading for
/// dialects that CsvHelper does not know. Quotes that break the rules are treated alike in both: a quote opens at the start of a field only;
/// text after a closing quote belongs to the field; an unclosed field runs to the end.
/// </summary>
sealed class RecordCutter
{
    readonly DelimitedDialect _dialect;
    readonly byte[] _delimiter;
    readonly byte[] _comment;
    readonly byte[] _fieldEnds;
    readonly int _quote;
    readonly int _escape;

    public RecordCutter(DelimitedDialect dialect)
    {
        _dialect = dialect;
        _delimiter = Encoding.UTF8.GetBytes(dialect.Delimiter);
        _comment = Encoding.UTF8.GetBytes(dialect.Comment ?? "");
        _quote = dialect.Quote ?? -1;
        _escape = dialect.Escape ?? -1;
        _fieldEnds = [_delimiter[0], (byte)'\r', (byte)'\n', .. _escape >= 0 ? new[] { (byte)_escape } : []];
    }

    public List<CutField> Fields { get; } = [];

    /// <summary>Where the record starts.</summary>
    public int Start { get; private set; }

    /// <summary>Where its line break starts.</summary>
    public int End { get; private set; }

    /// <summary>Where the next line starts.</summary>
    public int Next { get; private set; }

    public QuoteFault Fault { get; private set; }

    public bool IsComment(ReadOnlySpan<byte> text) => _comment.Length > 0 && text[Start..].StartsWith(_comment);

    /// <summary>Reads the record at or behind a position; blank lines are passed over. False when none is left.</summary>
    public bool Read(ReadOnlySpan<byte> text, int from)
    {
        for (int length; (length = CsvText.LineBreakLength(text, from)) > 0;)
        {
            from += length;
        }

        Fields.Clear();
        Fault = QuoteFault.None;
        Start = End = Next = from;
        if (from >= text.Length)
        {
            return false;
        }

        if (_dialect.IsFixedWidth)
        {
            CutByWidth(text);
        }
        else if (_dialect.RunsOfBlanks)
        {
            CutByRuns(text);
        }
        else
        {
            CutByDelimiter(text);
        }

        Next = End + CsvText.LineBreakLength(text, End);
        return true;
    }

    /// <summary>The value of a field: doubled quotes once, escaped characters plain.</summary>
    public byte[] Decode(ReadOnlySpan<byte> text, CutField field)
    {
        var raw = text.Slice(field.Start, field.Length);
        if (!field.IsEncoded)
        {
            return raw.ToArray();
        }

        var value = new byte[raw.Length];
        var length = 0;
        for (var i = 0; i < raw.Length; i++)
        {
            if (raw[i] == _escape && i + 1 < raw.Length && IsEscapable(raw[i + 1]))
            {
                value[length++] = raw[++i];
            }
            else if (field.IsQuoted && raw[i] == _quote)
            {
                if (i + 1 < raw.Length && raw[i + 1] == _quote)
                {
                    value[length++] = raw[++i];
                }
            }
            else
            {
                value[length++] = raw[i];
            }
        }

        return value[..length];
    }

    bool IsEscapable(byte b) => b == _quote || b == _escape || b == _delimiter[0] || b is (byte)'\r' or (byte)'\n';

    void CutByDelimiter(ReadOnlySpan<byte> text)
    {
        var at = Start;
        if (_dialect.IsFramed)
        {
            var frame = SkipBlanks(text, at);
            at = text[frame..].StartsWith(_delimiter) ? frame + _delimiter.Length : at;
        }

        while (true)
        {
            if (_dialect.TrimsBlanks)
            {
                at = SkipBlanks(text, at);
            }

            at = at < text.Length && text[at] == _quote ? CutQuoted(text, at) : CutUnquoted(text, at);
            if (at >= text.Length || text[at] is (byte)'\r' or (byte)'\n')
            {
                End = at;
                return;
            }

            at += _delimiter.Length;
        }
    }

    int CutUnquoted(ReadOnlySpan<byte> text, int start)
    {
        var end = EndOfField(text, start, out var escaped);
        var field = text[start..end];
        if (_quote >= 0 && Fault == QuoteFault.None && field.IndexOf((byte)_quote) >= 0)
        {
            Fault = QuoteFault.StrayQuote;
        }

        Fields.Add(new CutField(start, _dialect.TrimsBlanks ? field.TrimEnd(" \t"u8).Length : field.Length, false, escaped));
        return end;
    }

    int CutQuoted(ReadOnlySpan<byte> text, int open)
    {
        var start = open + 1;
        var at = start;
        var encoded = false;
        while (true)
        {
            var next = _escape >= 0 ? text[at..].IndexOfAny((byte)_quote, (byte)_escape) : text[at..].IndexOf((byte)_quote);
            if (next < 0)
            {
                Fault = QuoteFault.Unterminated;
                Fields.Add(new CutField(start, text.Length - start, true, encoded));
                return text.Length;
            }

            at += next;
            if (text[at] == _escape || (at + 1 < text.Length && text[at + 1] == _quote))
            {
                encoded = true;
                at = Math.Min(at + 2, text.Length);
                continue;
            }

            var after = _dialect.TrimsBlanks ? SkipBlanks(text, at + 1) : at + 1;
            if (after >= text.Length || text[after] is (byte)'\r' or (byte)'\n' || text[after..].StartsWith(_delimiter))
            {
                Fields.Add(new CutField(start, at - start, true, encoded));
                return after;
            }

            Fault = QuoteFault.TextAfterClosingQuote;
            var end = EndOfField(text, at + 1, out _);
            Fields.Add(new CutField(start, end - start, true, true));
            return end;
        }
    }

    int EndOfField(ReadOnlySpan<byte> text, int at, out bool escaped)
    {
        escaped = false;
        while (true)
        {
            var next = text[at..].IndexOfAny(_fieldEnds);
            if (next < 0)
            {
                return text.Length;
            }

            at += next;
            if (text[at] == _escape)
            {
                escaped = true;
                at = Math.Min(at + 2, text.Length);
            }
            else if (text[at] is (byte)'\r' or (byte)'\n' || _delimiter.Length == 1 || text[at..].StartsWith(_delimiter))
            {
                return at;
            }
            else
            {
                at++;
            }
        }
    }

    int SkipBlanks(ReadOnlySpan<byte> text, int at)
    {
        while (at < text.Length && text[at] is (byte)' ' or (byte)'\t' && text[at] != _delimiter[0])
        {
            at++;
        }

        return at;
    }

    void CutByRuns(ReadOnlySpan<byte> text)
    {
        End = EndOfLine(text, Start);
        var at = Start;
        while (at < End)
        {
            if (IsBlank(text[at]))
            {
                at++;
                continue;
            }

            if (text[at] == _quote && ClosingQuote(text, at) is > 0 and var close)
            {
                Fields.Add(new CutField(at + 1, close - at - 1, true, text[(at + 1)..close].Contains((byte)_quote)));
                at = close + 1;
                continue;
            }

            var length = text[at..End].IndexOfAny(_delimiter[0], (byte)'\t');
            length = length < 0 ? End - at : length;
            Fault = text[at] == _quote ? QuoteFault.StrayQuote : Fault;
            Fields.Add(new CutField(at, length, false, false));
            at += length;
        }
    }

    /// <summary>Of tabs alone where the delimiter is one.</summary>
    bool IsBlank(byte b) => b == (byte)'\t' || b == _delimiter[0];

    /// <summary>Where a quote closes on its line with a blank or the end behind it; 0 where it does not.</summary>
    int ClosingQuote(ReadOnlySpan<byte> text, int open)
    {
        for (var at = open + 1; at < End; at++)
        {
            if (text[at] == _quote)
            {
                if (at + 1 == End || IsBlank(text[at + 1]))
                {
                    return at;
                }

                at += text[at + 1] == _quote ? 1 : 0;
            }
        }

        return 0;
    }

    void CutByWidth(ReadOnlySpan<byte> text)
    {
        End = EndOfLine(text, Start);
        var at = Start;
        var character = 0;
        for (var i = 0; i < _dialect.Starts.Count; i++)
        {
            var until = i + 1 < _dialect.Starts.Count ? _dialect.Starts[i + 1] : int.MaxValue;
            var start = at;
            while (at < End && character < until)
            {
                at++;
                while (at < End && (text[at] & 0xC0) == 0x80)
                {
                    at++;
                }

                character++;
            }

            var field = text[start..at];
            var leading = field.Length - field.TrimStart(" \t"u8).Length;
            Fields.Add(new CutField(start + leading, field.Trim(" \t"u8).Length, false, false));
        }
    }

    static int EndOfLine(ReadOnlySpan<byte> text, int from)
    {
        var end = text[from..].IndexOfAny((byte)'\r', (byte)'\n');
        return end < 0 ? text.Length : from + end;
    }
}
