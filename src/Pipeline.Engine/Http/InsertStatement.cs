using System.Text;
using Pipeline.Engine.Chdb;

namespace Pipeline.Engine.Http;

/// <summary>
/// Finds where the data of an INSERT begins: behind <c>VALUES</c>, or behind <c>FORMAT name</c> (and its SETTINGS, if they stand
/// there), blanks and one line break. An INSERT … SELECT has no data and is a statement like any other.
/// </summary>
static class InsertStatement
{
    public static Statement? TryParse(ReadOnlySpan<byte> text, bool isComplete)
    {
        var scanner = new SqlScanner(text);
        scanner.MoveNext();
        if (!SkipTarget(ref scanner))
        {
            return isComplete ? Statement.ParseComplete(text) : null;
        }

        var isBehindOpening = false;

        // The scanner stands on the first token behind the target. A token that touches the end of the text may be cut off.
        do
        {
            if (scanner.Kind == SqlToken.End || (scanner.End == text.Length && !isComplete))
            {
                break;
            }

            // INSERT INTO t (SELECT …): the first word in the parentheses tells it from a list of columns.
            var isFirstInside = isBehindOpening;
            isBehindOpening = scanner.IsSymbol('(');
            if (scanner.Depth > (isFirstInside ? 1 : 0))
            {
                continue;
            }

            if (scanner.Is("SELECT"u8) || scanner.Is("WITH"u8) || scanner.Is("FROM"u8) || scanner.Is("WATCH"u8))
            {
                return isComplete ? WithoutData(text, ref scanner) : null;
            }

            if (scanner.Depth > 0)
            {
                continue;
            }

            if (scanner.Is("VALUES"u8))
            {
                return new(StatementKind.InsertData, scanner.End, "Values", text[..scanner.Start].ToArray());
            }

            if (scanner.Is("FORMAT"u8))
            {
                return BehindFormat(text, ref scanner, isComplete);
            }

            if (scanner.IsSymbol(';'))
            {
                return new(StatementKind.InsertData, text.Length, null, text[..scanner.Start].ToArray());
            }
        }
        while (scanner.MoveNext());

        return isComplete ? new(StatementKind.InsertData, text.Length, null, text.ToArray()) : null;
    }

    /// <summary>Steps over INSERT INTO [TABLE] [FUNCTION] name[.name] and onto the token behind it.</summary>
    static bool SkipTarget(ref SqlScanner scanner)
    {
        if (!scanner.MoveNext())
        {
            return false;
        }

        // A table may be called "table" or "values": the words count only where they cannot be the name.
        if (scanner.Is("INTO"u8) && !scanner.MoveNext())
        {
            return false;
        }

        while (scanner.Is("TABLE"u8) || scanner.Is("FUNCTION"u8))
        {
            if (!scanner.MoveNext())
            {
                return false;
            }
        }

        while (scanner.MoveNext() && scanner.IsSymbol('.'))
        {
            if (!scanner.MoveNext())
            {
                return false;
            }
        }

        return true;
    }

    static Statement WithoutData(ReadOnlySpan<byte> text, ref SqlScanner scanner)
    {
        var isFrom = scanner.Is("FROM"u8);
        var hasInput = false;
        var previousIsInput = false;
        while (scanner.MoveNext())
        {
            if (isFrom && scanner.Is("INFILE"u8))
            {
                return Statement.Refused(ChdbError.Of(78, "UNKNOWN_TYPE_OF_QUERY", "INSERT FROM INFILE is not allowed over HTTP"));
            }

            isFrom = false;
            hasInput |= previousIsInput && scanner.IsSymbol('(');
            previousIsInput = scanner.Is("input"u8);
        }

        return hasInput
            ? Statement.Refused(ChdbError.Of(
                48, "NOT_IMPLEMENTED", "INSERT … SELECT FROM input() is not supported by the embedded engine: insert into a table first"))
            : Statement.ParseComplete(text) with { Kind = StatementKind.Other };
    }

    static Statement? BehindFormat(ReadOnlySpan<byte> text, ref SqlScanner scanner, bool isComplete)
    {
        var formatStart = scanner.Start;
        if (!scanner.MoveNext() || (scanner.End == text.Length && !isComplete))
        {
            return isComplete ? Statement.Refused(Statement.SyntaxError("a format name is missing behind FORMAT")) : null;
        }

        var format = Encoding.UTF8.GetString(scanner.Token);
        var head = text[..formatStart].ToArray();
        var dataStart = scanner.End;
        var settings = scanner;
        if (settings.MoveNext() && settings.Is("SETTINGS"u8))
        {
            var settingsStart = settings.Start;
            var settingsEnd = SkipSettings(ref settings);
            if (settingsEnd == text.Length && !isComplete)
            {
                return null;
            }

            head = [.. head, .. text[settingsStart..settingsEnd]];
            dataStart = settingsEnd;
        }
        else if (settings.End == text.Length && !isComplete && text.Length - dataStart < 64)
        {
            // The word SETTINGS, or the line break, may still be on its way.
            return null;
        }

        return new(StatementKind.InsertData, SkipToData(text, dataStart), format, head);
    }

    /// <summary>Steps over <c>name = value, name = value</c>.</summary>
    static int SkipSettings(ref SqlScanner scanner)
    {
        var end = scanner.End;
        do
        {
            if (!scanner.MoveNext() || !scanner.MoveNext() || !scanner.IsSymbol('=') || !scanner.MoveNext())
            {
                return scanner.End;
            }

            if (scanner.IsSymbol('-'))
            {
                scanner.MoveNext();
            }

            end = scanner.End;
        }
        while (scanner.MoveNext() && scanner.IsSymbol(','));

        return end;
    }

    static int SkipToData(ReadOnlySpan<byte> text, int offset)
    {
        while (offset < text.Length && text[offset] is (byte)' ' or (byte)'\t' or (byte)'\f')
        {
            offset++;
        }

        if (offset < text.Length && text[offset] == ';')
        {
            offset++;
        }

        if (offset < text.Length && text[offset] == '\r')
        {
            offset++;
        }

        return offset < text.Length && text[offset] == '\n' ? offset + 1 : offset;
    }
}
