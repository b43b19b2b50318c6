namespace Pipeline.Formats.Delimited;

/// <summary>
/// Cuts a record whose quotes break the rules once more, knowing how many fields it must have: quotes inside quoted fields that are not doubled
/// (<c>"a 5" pipe"</c>), and single quotes that open or close nothing. The record is divided at every delimiter, and pieces between a quote at the
/// start of one and a quote at the end of another may be one field. It is repaired where one way to do so leaves the fewest quotes as text, at most
/// <see cref="MostStray"/>, and no other way leaves as few.
/// </summary>
static class QuoteRepair
{
    /// <summary>More quotes that are text in one record: it is refused.</summary>
    const int MostStray = 2;

    /// <summary>Pieces times fields to be joined: a record of more is refused, whatever it costs to look at it.</summary>
    const int MostStates = 1 << 14;

    const int Impossible = int.MaxValue;

    /// <summary>What a quote is that opens a field and does not close it.</summary>
    public enum Opening
    {
        /// <summary>A fault.</summary>
        IsFault,

        /// <summary>Text, but for the last field of a record: what it opens may go on below.</summary>
        IsTextWithin,
        IsText,
    }

    /// <summary>The record at <paramref name="start"/> of a text that ends with it, in as many fields as there are columns; null where that is not possible in one way only.</summary>
    /// <param name="text">Ends where the record does.</param>
    /// <param name="start">Where the record starts.</param>
    /// <param name="dialect">How the file is cut.</param>
    /// <param name="columns">Fields of the record; an empty one may stand behind them.</param>
    /// <param name="opening">Whether a quote that opens a field, but does not close it, may be text.</param>
    public static List<CutField>? Cut(ReadOnlySpan<byte> text, int start, DelimitedDialect dialect, int columns, Opening opening)
    {
        if (dialect is not { Quote: { } quote, Escape: null, IsFramed: false, IsLaidOutByBlanks: false })
        {
            return null;
        }

        var pieces = Pieces(text, start, System.Text.Encoding.UTF8.GetBytes(dialect.Delimiter), dialect.TrimsBlanks);
        var fields = pieces.Count > columns && pieces[^1].Length == 0 ? columns + 1 : columns;
        return Join(text, pieces, (byte)quote, fields, opening) ?? (fields > columns ? Join(text, pieces, (byte)quote, columns, opening) : null);
    }

    /// <summary>The value of a field: doubled quotes once, single ones as they are.</summary>
    public static byte[] Decode(ReadOnlySpan<byte> text, CutField field, DelimitedDialect dialect)
    {
        var raw = text.Slice(field.Start, field.Length);
        var value = new byte[raw.Length];
        var length = 0;
        for (var i = 0; i < raw.Length; i++)
        {
            value[length++] = raw[i];
            i += field.IsQuoted && raw[i] == dialect.Quote && i + 1 < raw.Length && raw[i + 1] == dialect.Quote ? 1 : 0;
        }

        return value[..length];
    }

    static List<Piece> Pieces(ReadOnlySpan<byte> text, int start, ReadOnlySpan<byte> delimiter, bool trims)
    {
        var pieces = new List<Piece>();
        for (var at = start; ;)
        {
            var length = text[at..].IndexOf(delimiter);
            var piece = length < 0 ? text[at..] : text.Slice(at, length);
            var from = trims ? piece.Length - piece.TrimStart(" \t"u8).Length : 0;
            pieces.Add(new Piece(at + from, trims ? piece.Trim(" \t"u8).Length : piece.Length));
            if (length < 0)
            {
                return pieces;
            }

            at += length + delimiter.Length;
        }
    }

    /// <summary>The cheapest way to make so many fields of the pieces, by the number of pieces and of fields so far.</summary>
    static List<CutField>? Join(ReadOnlySpan<byte> text, List<Piece> pieces, byte quote, int fields, Opening opening)
    {
        var joined = pieces.Count - fields;
        if (joined < 0 || (long)pieces.Count * (joined + 1) > MostStates)
        {
            return null;
        }

        var ways = new Way[pieces.Count + 1, joined + 1];
        for (var i = 0; i <= pieces.Count; i++)
        {
            for (var j = 0; j <= joined; j++)
            {
                ways[i, j] = new Way(Impossible, false, 0);
            }
        }

        ways[0, 0] = new Way(0, false, 0);
        for (var i = 0; i < pieces.Count; i++)
        {
            foreach (var (count, stray) in Fields(text, pieces, i, quote, joined, opening))
            {
                for (var j = 0; j + count - 1 <= joined; j++)
                {
                    if (ways[i, j].Stray is var before && before != Impossible && before + stray <= MostStray)
                    {
                        ref var way = ref ways[i + count, j + count - 1];
                        way = before + stray < way.Stray ? new Way(before + stray, ways[i, j].IsTied, count)
                            : before + stray == way.Stray ? way with { IsTied = true } : way;
                    }
                }
            }
        }

        return ways[pieces.Count, joined] is { Stray: not Impossible, IsTied: false } ? Trace(text, pieces, ways, joined, quote) : null;
    }

    /// <summary>The fields that may start with a piece: how many pieces they have, and how many quotes in them are text.</summary>
    static List<(int Pieces, int Stray)> Fields(ReadOnlySpan<byte> text, List<Piece> pieces, int first, byte quote, int joined, Opening opening)
    {
        var fields = new List<(int, int)>();
        var piece = text.Slice(pieces[first].Start, pieces[first].Length);
        if (!piece.StartsWith(new ReadOnlySpan<byte>(in quote)))
        {
            if (piece.IndexOfAny((byte)'\r', (byte)'\n') < 0)
            {
                fields.Add((1, piece.Count(quote)));
            }

            return fields;
        }

        for (var last = first; last < pieces.Count && last - first <= joined; last++)
        {
            var end = pieces[last].Start + pieces[last].Length;
            var field = text[pieces[first].Start..end];
            var closes = field.Length > 1 && field[^1] == quote;
            var stray = CountStray(closes ? field[1..^1] : field[1..], quote);
            if (closes && stray <= MostStray)
            {
                fields.Add((last - first + 1, stray));
            }

            if (stray > MostStray)
            {
                break;
            }
        }

        if (opening >= (first < pieces.Count - 1 ? Opening.IsTextWithin : Opening.IsText) && (fields.Count == 0 || fields[0].Item1 > 1) && piece.IndexOfAny((byte)'\r', (byte)'\n') < 0)
        {
            fields.Add((1, piece.Count(quote)));
        }

        return fields;
    }

    /// <summary>Quotes that are not doubled.</summary>
    static int CountStray(ReadOnlySpan<byte> text, byte quote)
    {
        var stray = 0;
        for (var at = text.IndexOf(quote); at >= 0 && at < text.Length;)
        {
            var run = text[at..].IndexOfAnyExcept(quote);
            run = run < 0 ? text.Length - at : run;
            stray += run % 2;
            var next = text[(at + run)..].IndexOf(quote);
            at = next < 0 ? -1 : at + run + next;
        }

        return stray;
    }

    static List<CutField> Trace(ReadOnlySpan<byte> text, List<Piece> pieces, Way[,] ways, int joined, byte quote)
    {
        var fields = new List<CutField>();
        for (var (i, j) = (pieces.Count, joined); i > 0;)
        {
            var count = ways[i, j].Pieces;
            var (first, last) = (pieces[i - count], pieces[i - 1]);
            var length = last.Start + last.Length - first.Start;
            var isQuoted = length > 1 && text[first.Start] == quote && text[first.Start + length - 1] == quote;
            fields.Add(isQuoted ? new CutField(first.Start + 1, length - 2, true, true) : new CutField(first.Start, length, false, false));
            (i, j) = (i - count, j - count + 1);
        }

        fields.Reverse();
        return fields;
    }

    /// <summary>What stands between two delimiters.</summary>
    readonly record struct Piece(int Start, int Length);

    /// <param name="Stray">Quotes that are text so far.</param>
    /// <param name="IsTied">There is another way with as few.</param>
    /// <param name="Pieces">Of the last field.</param>
    readonly record struct Way(int Stray, bool IsTied, int Pieces);
}
