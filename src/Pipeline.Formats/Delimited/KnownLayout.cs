using System.Text;
using Pipeline.Formats.Records;
using Pipeline.Formats.Typing;

namespace Pipeline.Formats.Delimited;

/// <summary>
/// The layout of a plain small file, for the files of its kind: a backlog of thousands is detected once and then verified, which costs a fiftieth.
/// A file has the layout when nothing that detection weighs is different in it:
/// <list type="number">
/// <item>its first line is, byte for byte, the header that detection found, and names are made of letters, digits and <c>_ - . blank</c>;</item>
/// <item>at least two records follow, each of which the delimiter cuts into as many fields as there are names, without a quote, an empty line or
/// a blank behind a delimiter;</item>
/// <item>whatever else could be a delimiter stands in each record as often as in those of the files before it;</item>
/// <item>the column that showed the first line to be names, because it held nothing but numbers, dates and the like, holds nothing else here.</item>
/// </list>
/// Everything that is not certain by these is left to detection: one that says no costs a few microseconds. Immutable.
/// </summary>
public sealed class KnownLayout
{
    /// <summary>Larger files are detected: there it costs next to nothing.</summary>
    public const int MaxBytes = 64 << 10;

    /// <summary>One record could be a ruler, units or names of its own.</summary>
    const int LeastRecords = 2;

    /// <summary>As many as detection judges.</summary>
    const int MostJudged = 100;

    /// <summary>A table whose first columns are all texts is rare, and its header a matter of opinion.</summary>
    const int MostColumnsTried = 64;

    /// <summary>Quotes and control characters: detection knows what they mean.</summary>
    const byte Never = byte.MaxValue;

    // 0xC2 begins § and ¦ in UTF-8.
    static readonly byte[] s_marks =
    [
        (byte)',', (byte)';', (byte)'\t', (byte)'|', (byte)'^', (byte)'~', 0x01, 0x1F, 0x1E, 0x07, (byte)':', (byte)' ', (byte)'#', (byte)'*', (byte)'!', 0xC2,
    ];


    static readonly byte[] s_markOf = MarkOf();

    readonly byte[] _header;
    readonly byte _delimiter;
    readonly bool _isCrLf;
    readonly int _proof;
    readonly int[] _least;
    readonly int[] _most;

    KnownLayout(byte[] header, byte delimiter, bool isCrLf, IReadOnlyList<string> names, int proof, int[] least, int[] most)
    {
        _header = header;
        _delimiter = delimiter;
        _isCrLf = isCrLf;
        Names = names;
        _proof = proof;
        _least = least;
        _most = most;
    }

    internal IReadOnlyList<string> Names { get; }

    internal DelimitedDialect Dialect => DelimitedDialect.Of((char)_delimiter);

    internal string LineEnding => _isCrLf ? "crlf" : "lf";

    /// <summary>The first line without its line break.</summary>
    internal byte[] HeaderLine => _header;

    /// <summary>Where the first record starts.</summary>
    internal int HeaderBytes => _header.Length + (_isCrLf ? 2 : 1);

    /// <summary>What an opened file teaches; null when it is not plain enough for another to be compared with it.</summary>
    /// <param name="reader">The reader that detection led to.</param>
    /// <param name="content">The whole file.</param>
    /// <param name="before">What was known; files of the same layout widen it.</param>
    public static KnownLayout? Learn(RecordReader reader, ReadOnlySpan<byte> content, KnownLayout? before)
    {
        if (content.Length > MaxBytes
            || reader is not DelimitedReader { HasHeader: true, SkipLines: 0, ShortRecord: 0, Warnings.Count: 0, Encoding: "utf-8" } delimited
            || delimited.LineEnding is not ("lf" or "crlf") || delimited.HeaderLine is not { Length: > 0 } header || !content.StartsWith(header)
            || !delimited.Format.IsPlain || delimited.Format.Quote != '"' || s_markOf[delimited.Format.Delimiter[0]] is 0 or Never
            || delimited.Format.Delimiter is ":" or " " || !AreNames(delimited.ColumnNames, header, (byte)delimited.Format.Delimiter[0]))
        {
            return null;
        }

        var isCrLf = delimited.LineEnding == "crlf";
        for (var column = 0; column < Math.Min(delimited.ColumnNames.Count, MostColumnsTried); column++)
        {
            var (least, most) = (new int[s_marks.Length], new int[s_marks.Length]);
            Array.Fill(least, int.MaxValue);
            var layout = new KnownLayout(header, (byte)delimited.Format.Delimiter[0], isCrLf, delimited.ColumnNames, column, least, most);
            if (!layout.StartsWithHeader(content) || !layout.TryCut(content[layout.HeaderBytes..], least, most, out var isProof))
            {
                return null;
            }

            if (isProof && NamesValues(delimited.ColumnNames[column]))
            {
                return layout.Widened(before);
            }
        }

        return null;
    }

    /// <summary>Whether a whole file has this layout.</summary>
    public bool IsOf(ReadOnlySpan<byte> content)
    {
        if (content.Length > MaxBytes || !StartsWithHeader(content))
        {
            return false;
        }

        Span<int> least = stackalloc int[s_marks.Length];
        Span<int> most = stackalloc int[s_marks.Length];
        least.Fill(int.MaxValue);
        most.Clear();
        if (!TryCut(content[HeaderBytes..], least, most, out var isProof) || !isProof)
        {
            return false;
        }

        for (var i = 0; i < s_marks.Length; i++)
        {
            if (least[i] < _least[i] || most[i] > _most[i])
            {
                return false;
            }
        }

        return true;
    }

    KnownLayout Widened(KnownLayout? before)
    {
        if (before is null || before._proof != _proof || before._delimiter != _delimiter || before._isCrLf != _isCrLf || !before._header.AsSpan().SequenceEqual(_header))
        {
            return this;
        }

        for (var i = 0; i < s_marks.Length; i++)
        {
            _least[i] = Math.Min(_least[i], before._least[i]);
            _most[i] = Math.Max(_most[i], before._most[i]);
        }

        return this;
    }

    bool StartsWithHeader(ReadOnlySpan<byte> content) =>
        content.Length > HeaderBytes && content.StartsWith(_header) && content[_header.Length..].StartsWith(_isCrLf ? "\r\n"u8 : "\n"u8);

    /// <summary>Rules 2 and 4, and what rule 3 compares.</summary>
    bool TryCut(ReadOnlySpan<byte> body, Span<int> least, Span<int> most, out bool isProof)
    {
        isProof = false;
        var records = 0;
        var values = 0;
        var texts = 0;
        var own = s_markOf[_delimiter];
        Span<int> counts = stackalloc int[s_marks.Length + 1];
        if (body.IndexOf([_delimiter, (byte)' ']) >= 0 || OpensFields(body))
        {
            return false;
        }

        while (!body.IsEmpty)
        {
            var end = body.IndexOf((byte)'\n');
            var line = end < 0 ? body : body[..end];
            body = end < 0 ? [] : body[(end + 1)..];
            if (_isCrLf && end >= 0)
            {
                if (line is not [.., (byte)'\r'])
                {
                    return false;
                }

                line = line[..^1];
            }

            counts.Clear();
            foreach (var b in line)
            {
                var mark = s_markOf[b];
                if (mark == 0)
                {
                    continue;
                }

                if (mark == Never)
                {
                    return false;
                }

                counts[mark]++;
            }

            // One line of a single value says more about commas than their number does: 1,234 is one.
            if (counts[own] != Names.Count - 1 || (records == 0 && FormOf(line) != CellForm.Text))
            {
                return false;
            }

            for (var i = 0; i < least.Length; i++)
            {
                least[i] = Math.Min(least[i], counts[i + 1]);
                most[i] = Math.Max(most[i], counts[i + 1]);
            }

            if (records < MostJudged)
            {
                var form = FormOf(Field(line));
                values += form is CellForm.Null or CellForm.NullWord ? 0 : 1;
                texts += form == CellForm.Text || CellForms.IsLetter(form) ? 1 : 0;

                // The record below the names may hold their units.
                texts += records == 0 && form is CellForm.Null or CellForm.NullWord ? 1 : 0;
            }

            records++;
        }

        isProof = values > 0 && texts == 0;
        return records >= LeastRecords;
    }

    ReadOnlySpan<byte> Field(ReadOnlySpan<byte> line)
    {
        for (var i = 0; i < _proof; i++)
        {
            line = line[(line.IndexOf(_delimiter) + 1)..];
        }

        var end = line.IndexOf(_delimiter);
        return end < 0 ? line : line[..end];
    }

    // A single quote quotes only where it begins or ends a field; within words it is an apostrophe.
    bool OpensFields(ReadOnlySpan<byte> body) => body.Contains((byte)'\'')
        && (body[0] == (byte)'\'' || body[^1] == (byte)'\'' || body.IndexOf([_delimiter, (byte)'\'']) >= 0 || body.IndexOf([(byte)'\'', _delimiter]) >= 0
            || body.IndexOf("\n'"u8) >= 0 || body.IndexOf("'\n"u8) >= 0 || body.IndexOf("'\r"u8) >= 0);

    static CellForm FormOf(ReadOnlySpan<byte> text)
    {
        if (text.Length > TextPadding.Bytes)
        {
            return CellForm.Text;
        }

        // What is read behind the text is of no consequence, but must be there.
        Span<byte> padded = stackalloc byte[2 * TextPadding.Bytes];
        text.CopyTo(padded);
        return CellClassifier.Classify(padded[..text.Length]).Form;
    }

    static bool AreNames(IReadOnlyList<string> names, ReadOnlySpan<byte> header, byte delimiter) =>
        header.Count(delimiter) == names.Count - 1 && names.Count > 1 && names.All(n => n.Length > 0 && n[0] is not ('-' or ' ')
            && n.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or ' '));

    static bool NamesValues(string name) => name.Any(char.IsAsciiLetter) && FormOf(Encoding.UTF8.GetBytes(name)) == CellForm.Text;

    static byte[] MarkOf()
    {
        var marks = new byte[256];
        marks.AsSpan(0, ' ').Fill(Never);
        marks['"'] = Never;
        for (var i = 0; i < s_marks.Length; i++)
        {
            marks[s_marks[i]] = (byte)(i + 1);
        }

        return marks;
    }
}

/// <summary>A content that has a known layout: verified, and to be opened without another look.</summary>
sealed record KnownFile(KnownLayout Layout, ReadOnlyMemory<byte> Content) : FormatFindings
{
    public override bool IsKnown => true;

    public bool IsOf(ReadOnlySpan<byte> content) => content.SequenceEqual(Content.Span);
}
