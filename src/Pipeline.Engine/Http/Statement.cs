using System.Text;
using Pipeline.Engine.Chdb;

namespace Pipeline.Engine.Http;

enum StatementKind
{
    /// <summary>Nothing but blanks and comments.</summary>
    Empty,

    /// <summary>A query whose rows can be streamed: its text takes an INTO OUTFILE at <see cref="Statement.Offset"/>.</summary>
    Select,

    /// <summary>An INSERT with data: the data begins at <see cref="Statement.Offset"/> and goes on in the body.</summary>
    InsertData,

    /// <summary>KILL QUERY, whose query_id is the client's, not the engine's.</summary>
    Kill,

    /// <summary>Everything else: short answers, or none.</summary>
    Other,
}

/// <summary>
/// What the server must know of a statement before it hands it to the engine.
/// <see cref="Format"/> is the one that the statement names, or null. <see cref="InsertHead"/> is an INSERT without FORMAT and data.
/// </summary>
sealed record Statement(StatementKind Kind, int Offset, string? Format, byte[]? InsertHead = null, ChdbError? Error = null)
{
    /// <summary>Reads the statement at the start of a text.</summary>
    /// <param name="text">The statement, or as much of it as has come.</param>
    /// <param name="isComplete">Whether nothing follows.</param>
    /// <returns>Null when more text is needed to tell.</returns>
    public static Statement? TryParse(ReadOnlySpan<byte> text, bool isComplete)
    {
        var scanner = new SqlScanner(text);
        if (!scanner.MoveNext())
        {
            return isComplete ? new(StatementKind.Empty, 0, null) : null;
        }

        if (scanner.End == text.Length && !isComplete)
        {
            return null;
        }

        if (scanner.Is("INSERT"u8))
        {
            return InsertStatement.TryParse(text, isComplete);
        }

        return isComplete ? ParseComplete(text) : null;
    }

    /// <summary>Reads a complete statement that is not an INSERT with data.</summary>
    internal static Statement ParseComplete(ReadOnlySpan<byte> text)
    {
        var scanner = new SqlScanner(text);
        scanner.MoveNext();
        var kind = scanner.Is("SELECT"u8) || scanner.Is("WITH"u8) || scanner.Is("FROM"u8) || scanner.IsSymbol('(')
            ? StatementKind.Select
            : scanner.Is("KILL"u8) ? StatementKind.Kill : StatementKind.Other;
        var tail = new StatementTail();
        do
        {
            if (tail.IsEnded)
            {
                return Refused(SyntaxError("Multi-statements are not allowed"));
            }

            if (kind == StatementKind.Select && scanner.Depth == 0 && scanner.Is("INSERT"u8))
            {
                kind = StatementKind.Other;
            }

            tail.Add(ref scanner);
            if (tail.HasOutfile)
            {
                return Refused(ChdbError.Of(358, "INTO_OUTFILE_NOT_ALLOWED", "INTO OUTFILE is not allowed over HTTP"));
            }
        }
        while (scanner.MoveNext());

        return new(kind, tail.OutfileOffset, tail.Format);
    }

    internal static Statement Refused(ChdbError error) => new(StatementKind.Other, 0, null, null, error);

    internal static ChdbError SyntaxError(string message) => ChdbError.Of(62, "SYNTAX_ERROR", "Syntax error: " + message);
}

/// <summary>Follows the top-level tokens of a statement and remembers its last FORMAT clause.</summary>
struct StatementTail()
{
    int _formatStart = -1;
    bool _isAfterFormat;
    bool _isInSettings;
    bool _isAfterInto;
    int _end;

    public string? Format { get; private set; }

    /// <summary>A semicolon was seen.</summary>
    public bool IsEnded { get; private set; }

    public bool HasOutfile { get; private set; }

    /// <summary>Where an INTO OUTFILE clause goes: before FORMAT, or behind the last token.</summary>
    public readonly int OutfileOffset => Format is null ? _end : _formatStart;

    public void Add(ref SqlScanner token)
    {
        if (token.Depth > 0)
        {
            _end = token.End;
            Format = null;
            _isAfterInto = _isAfterFormat = false;
            return;
        }

        if (token.IsSymbol(';'))
        {
            IsEnded = true;
            return;
        }

        HasOutfile = _isAfterInto && token.Is("OUTFILE"u8);
        _isAfterInto = token.Is("INTO"u8);
        if (_isAfterFormat && token.Kind == SqlToken.Word && !token.Is("FORMAT"u8))
        {
            Format = Encoding.UTF8.GetString(token.Token);
            _isAfterFormat = false;
            _isInSettings = false;
        }
        else if (token.Is("FORMAT"u8))
        {
            _isAfterFormat = true;
            _formatStart = token.Start;
            Format = null;
        }
        else if (Format is not null && token.Is("SETTINGS"u8))
        {
            _isInSettings = true;
        }
        else if (!_isInSettings)
        {
            // It was a column, an alias or a function called format.
            Format = null;
            _isAfterFormat = false;
        }

        _end = token.End;
    }
}
