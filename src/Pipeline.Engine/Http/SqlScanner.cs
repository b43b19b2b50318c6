namespace Pipeline.Engine.Http;

enum SqlToken
{
    /// <summary>No more text.</summary>
    End,

    /// <summary>A keyword or a bare identifier.</summary>
    Word,

    /// <summary>A quoted identifier, a string or a heredoc.</summary>
    Quoted,

    /// <summary>A number.</summary>
    Number,

    /// <summary>One character of any other kind.</summary>
    Symbol,
}

/// <summary>
/// Splits SQL into tokens, as far as needed to tell statements apart: it knows comments, quotes, heredocs and parentheses, and
/// nothing of the grammar. A quote or comment that does not end runs to the end of the text.
/// </summary>
ref struct SqlScanner(ReadOnlySpan<byte> text)
{
    readonly ReadOnlySpan<byte> _text = text;
    int _next;

    public SqlToken Kind { get; private set; }

    /// <summary>Where the token begins and ends, as offsets into the text.</summary>
    public int Start { get; private set; }

    public int End { get; private set; }

    /// <summary>Open parentheses and brackets around the token. A closing one is as deep as its opening one.</summary>
    public int Depth { get; private set; }

    int _open;

    public readonly ReadOnlySpan<byte> Token => _text[Start..End];

    public readonly bool Is(ReadOnlySpan<byte> keyword) =>
        Kind == SqlToken.Word && System.Text.Ascii.EqualsIgnoreCase(Token, keyword);

    public readonly bool IsSymbol(char symbol) => Kind == SqlToken.Symbol && _text[Start] == symbol;

    public bool MoveNext()
    {
        SkipBlanksAndComments();
        Start = _next;
        Depth = _open;
        if (_next >= _text.Length)
        {
            End = _next;
            Kind = SqlToken.End;
            return false;
        }

        var first = _text[_next];
        switch (first)
        {
            case (byte)'\'' or (byte)'"' or (byte)'`':
                SkipQuoted(first);
                Kind = SqlToken.Quoted;
                break;
            case (byte)'$' when HeredocTag() is var tag && tag > 0:
                var close = _text[(_next + tag)..].IndexOf(_text.Slice(_next, tag));
                _next = close < 0 ? _text.Length : _next + tag + close + tag;
                Kind = SqlToken.Quoted;
                break;
            case >= (byte)'0' and <= (byte)'9':
                SkipWhile(static c => IsWordByte(c) || c == '.');
                Kind = SqlToken.Number;
                break;
            case var c when IsWordByte(c):
                SkipWhile(IsWordByte);
                Kind = SqlToken.Word;
                break;
            default:
                _next++;
                Kind = SqlToken.Symbol;
                CountParentheses(first);
                break;
        }

        End = _next;
        return true;
    }

    void CountParentheses(byte symbol)
    {
        if (symbol is (byte)'(' or (byte)'[' or (byte)'{')
        {
            _open++;
        }
        else if (symbol is (byte)')' or (byte)']' or (byte)'}')
        {
            _open = Math.Max(0, _open - 1);
            Depth = _open;
        }
    }

    void SkipBlanksAndComments()
    {
        while (_next < _text.Length)
        {
            var rest = _text[_next..];
            if (rest[0] <= ' ')
            {
                _next++;
            }
            else if (rest.StartsWith("--"u8) || rest.StartsWith("#!"u8) || rest.StartsWith("# "u8))
            {
                var line = rest.IndexOf((byte)'\n');
                _next = line < 0 ? _text.Length : _next + line + 1;
            }
            else if (rest.StartsWith("/*"u8))
            {
                var close = rest[2..].IndexOf("*/"u8);
                _next = close < 0 ? _text.Length : _next + close + 4;
            }
            else
            {
                return;
            }
        }
    }

    void SkipQuoted(byte quote)
    {
        for (_next++; _next < _text.Length; _next++)
        {
            if (_text[_next] == '\\')
            {
                _next++;
            }
            else if (_text[_next] == quote)
            {
                _next++;
                if (_next >= _text.Length || _text[_next] != quote)
                {
                    return;
                }
            }
        }

        _next = _text.Length;
    }

    /// <returns>The length of <c>$tag$</c> at the cursor, or 0.</returns>
    readonly int HeredocTag()
    {
        var i = _next + 1;
        while (i < _text.Length && IsWordByte(_text[i]))
        {
            i++;
        }

        return i < _text.Length && _text[i] == '$' ? i + 1 - _next : 0;
    }

    void SkipWhile(Func<byte, bool> matches)
    {
        while (_next < _text.Length && matches(_text[_next]))
        {
            _next++;
        }
    }

    static bool IsWordByte(byte value) =>
        value is (>= (byte)'a' and <= (byte)'z') or (>= (byte)'A' and <= (byte)'Z') or (>= (byte)'0' and <= (byte)'9') or (byte)'_' or >= 0x80;
}
