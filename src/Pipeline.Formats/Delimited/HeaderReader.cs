using System.Text;
using Pipeline.Formats.Records;
using Pipeline.Formats.Typing;

namespace Pipeline.Formats.Delimited;

/// <summary>
/// The names of the columns, and which records they came from: none, one, or several where names run over several lines.
/// </summary>
/// <param name="Names">As the file has them.</param>
/// <param name="Last">The last record of the header; null without one.</param>
/// <param name="Warnings">What was decided about it.</param>
sealed record HeaderReader(IReadOnlyList<string> Names, SampleRecords.Record? Last, List<FormatWarning> Warnings)
{
    /// <summary>Records of so many fields and more have nothing in the columns behind them; 0 where short records are damaged ones.</summary>
    public int ShortRecord { get; private init; }

    public static FormatWarning TypesWarning { get; } =
        new("header_types", "What stands below the names is the types of the columns, or their units: it was passed over.", null);

    public bool Exists => Last is not null;

    /// <summary>Records that it stands in.</summary>
    public int Records { get; private init; }

    public static HeaderReader Read(List<SampleRecords.Record> sample, string delimiter, FormatOptions options)
    {
        var warnings = new List<FormatWarning>();
        if (sample.Count == 0)
        {
            return new HeaderReader([], null, warnings);
        }

        if (!(options.HasHeader ?? (sample[0].NamesAre is not null || HeaderDetector.HasHeader(sample) || AreGroups(sample))))
        {
            var columns =
                sample.GroupBy(r => r.Fields.Length).OrderByDescending(g => g.Count()).ThenByDescending(g => g.Key).First().Key;
            var widest = sample.Max(r => r.Fields.Length);
            columns = widest > columns && ShortRecords.LeaveOutEmptyEnds(widest, sample) > 0 ? widest : columns;
            var dropped = TrailingEmpty(sample, columns, from: 0);
            columns -= dropped < columns ? dropped : 0;
            return new HeaderReader([.. Enumerable.Range(1, columns).Select(i => $"c{i}")], null, warnings)
            {
                ShortRecord = ShortRecords.LeastFields(columns, sample, warnings),
            };
        }

        var (names, count) = Join(sample, delimiter, warnings);
        names = [.. names.Select(n => n is ['\'', _, .., '\''] ? n[1..^1] : n)];
        if (sample[0].Malformed)
        {
            warnings.Add(new FormatWarning("stray_quote", "Quotes in the header open or close no field; the names were cut at the delimiters.", 1));
        }

        // A delimiter at the end of every line makes a last column without a name and without values: it is no column.
        var unnamed = names.Count - names.FindLastIndex(n => n.Length > 0) - 1;
        var trailing = Math.Min(unnamed, TrailingEmpty(sample, names.Count, from: count));
        if (trailing > 0 && trailing < names.Count)
        {
            names.RemoveRange(names.Count - trailing, trailing);
            warnings.Add(new FormatWarning(
                "trailing_delimiter", "Lines end with a delimiter; the empty column after it was left out.", 1));
        }

        // Statistics programs write row names without a name above them: every record has one field more than the header.
        var body = sample.Skip(count).ToList();
        if (HeaderDetector.IsOneShort(names.Count, sample, count))
        {
            names = WithUnnamed(names, body, warnings);
        }

        RefuseTablesSideBySide(names, body);
        return new HeaderReader(names, sample[count - 1], warnings) { Records = count, ShortRecord = ShortRecords.LeastFields(names.Count, body, warnings) };
    }

    /// <summary>Names of rows differ from each other. Where the first fields do not, a delimiter may be missing between any two names.</summary>
    static List<string> WithUnnamed(List<string> names, List<SampleRecords.Record> body, List<FormatWarning> warnings)
    {
        if (body.DistinctBy(r => r.Fields[0]).Count() == body.Count)
        {
            warnings.Add(new FormatWarning(
                "unnamed_first_column", "Every record has one field more than the header; the first column was taken as row names without a name.", 1));
            return ["", .. names];
        }

        warnings.Add(new FormatWarning(
            "header_too_short",
            $"The header has {names.Count} names, but every record {names.Count + 1} fields: which column lacks its name cannot be told, so none has one. Correct the header.", 1));
        return [.. Enumerable.Range(1, names.Count + 1).Select(i => $"c{i}")];
    }

    /// <summary>
    /// Names over several lines: groups above names, units below them, or a ruler. Only where the values below are of another kind, so that
    /// a line of values is never taken for names.
    /// </summary>
    static (List<string> Names, int Records) Join(List<SampleRecords.Record> sample, string delimiter, List<FormatWarning> warnings)
    {
        var names = sample[0].Fields.ToList();
        var count = 1;
        if (sample[0].NamesAre is { } warning)
        {
            warnings.Add(warning);
        }
        else if (HasRuler(sample))
        {
            count = 2;
            warnings.Add(new FormatWarning("header_ruler", "The line of dashes below the names was passed over.", null));
        }
        else if (sample.Count > 1 && sample[1].Fields.AsSpan().SequenceEqual(sample[0].Fields))
        {
            return (names, 1);
        }
        else if (HeaderTypes.StandBelow(sample))
        {
            count = 2;
            warnings.Add(TypesWarning);
        }
        else if (delimiter == " " && HasShortUnits(sample))
        {
            count = 2;
            warnings.Add(new FormatWarning("header_units", "The line below the names has fewer words than there are columns, and no values: it was passed over.", null));
        }
        else if (sample.Count > 3 && names.Count > 1 && sample[1].Fields.Length == names.Count && HeaderDetector.IsAllText(sample[1].Fields)
            && NameLines(sample) is var lines && (lines > 0 || AreUnits(sample) || AreGroups(sample)))
        {
            count = Math.Max(lines, 2);
            names = JoinLines(sample[..count]);
            warnings.Add(new FormatWarning("header_of_two_lines", $"The names stand in {(count == 2 ? "two" : "three")} lines; they were joined.", null));
        }

        return (names, count);
    }

    /// <summary>
    /// Groups go on to the right, until there is a text in their line or above it; what stands in the last line, such as a unit, belongs to one name. A
    /// single text above names of their own is a title.
    /// </summary>
    static List<string> JoinLines(List<SampleRecords.Record> lines)
    {
        var first = lines[0].Fields;
        var isTitle = lines[0].Filled == 1 && first[0].Length > 0 && lines[1].Filled == first.Length;
        var groups = new string[lines.Count - 1];
        var names = new List<string>();
        for (var i = 0; i < first.Length; i++)
        {
            var last = Word(lines[^1].Fields[i]);
            var starts = false;
            for (var line = 0; line < groups.Length; line++)
            {
                var own = line == 0 ? first[i] : Word(lines[line].Fields[i]);
                starts |= own.Length > 0;
                groups[line] = line == 0 && isTitle ? "" : starts ? own : groups[line];
            }

            names.Add(starts || last.Length > 0 ? string.Join(' ', groups.Append(last).Where(w => !string.IsNullOrEmpty(w))) : "");
        }

        return names;
    }

    /// <summary>
    /// Texts above texts; half of the columns are values below them, and most of those have a second text. A record that lacks its values has words for
    /// no value there, or nothing. The third line, as loggers of weather have it, has a text above half of the columns of values.
    /// </summary>
    static bool AreNamesInLines(List<SampleRecords.Record> sample, int lines)
    {
        var below = sample.Skip(1).Take(lines - 1).ToList();
        var columns = sample[0].Fields.Length;
        var used = CountFilled(sample.Skip(lines), columns);
        if (sample.Count < lines + 2 || !HeaderDetector.IsAllText(sample[0].Fields) || CountFilled(below, columns) * 2 <= used
            || !below.TrueForAll(r => r.Fields.Length == columns && HeaderDetector.IsAllText(r.Fields)))
        {
            return false;
        }

        var values = Enumerable.Range(0, columns).Where(i => HeaderDetector.IsValueColumn(sample, lines, i)).ToList();
        return values.Count * 2 >= used && values.Count(i => below.Exists(r => HeaderDetector.IsPlainText(r.Fields[i]))) * 2 > values.Count
            && values.Count(i => HeaderDetector.IsPlainText(below[^1].Fields[i])) * 2 >= values.Count;
    }

    /// <summary>Columns that hold something in one of the records.</summary>
    static int CountFilled(IEnumerable<SampleRecords.Record> records, int columns) =>
        Enumerable.Range(0, columns).Count(c => records.Any(r => c < r.Fields.Length && !string.IsNullOrWhiteSpace(r.Fields[c])));

    /// <summary>Whether the first record names the columns beyond doubt, with units and the like in lines below it.</summary>
    public static bool IsNamedInLines(List<SampleRecords.Record> sample) =>
        NameLines(sample) is > 0 and var lines && HeaderDetector.IsNamed([sample[0], .. sample[lines..]]);

    /// <summary>Lines in which names stand, two or three; 0 where it is not shown that they stand in several.</summary>
    static int NameLines(List<SampleRecords.Record> sample) => AreNamesInLines(sample, 3) ? 3 : AreNamesInLines(sample, 2) ? 2 : 0;

    /// <summary>A text below a name; nothing where it is a word for no value.</summary>
    static string Word(string text) => NullWords.Is(Encoding.UTF8.GetBytes(text.Trim())) ? "" : text.Trim();

    /// <summary>
    /// Units stand below names of columns of values only, and nothing below the others, which are filled from there on: no record looks so.
    /// </summary>
    static bool AreUnits(List<SampleRecords.Record> sample)
    {
        var (units, others) = (0, 0);
        for (var i = 0; i < sample[1].Fields.Length && sample[0].Filled == sample[0].Fields.Length; i++)
        {
            var below = sample.Skip(2).Where(r => i < r.Fields.Length && r.Fields[i].Trim().Length > 0).Select(r => r.Fields[i]).ToList();
            if (HeaderDetector.IsPlainText(sample[1].Fields[i]))
            {
                if (below.Count < 2 || below.Exists(HeaderDetector.IsPlainText))
                {
                    return false;
                }

                units++;
            }
            else
            {
                others += below.Count * 10 >= (sample.Count - 2) * 9 ? 1 : 0;
            }
        }

        return units > 0 && others > 0;
    }

    /// <summary>Groups with gaps between them, years among them, above names that leave no doubt.</summary>
    public static bool AreGroups(List<SampleRecords.Record> sample) =>
        sample.Count > 3 && Array.FindIndex(sample[0].Fields, f => f.Length > 0) is >= 0 and var first && Array.FindIndex(sample[0].Fields, first, f => f.Length == 0) > 0
        && sample[1].Fields.Length == sample[0].Fields.Length && HeaderDetector.IsAllText(sample[1].Fields) && sample[1].Filled * 4 >= sample[1].Fields.Length * 3
        && HeaderDetector.IsNamed(sample[1..]);

    /// <summary>Fewer words than columns, none of them a value, between names and records that all have as many fields.</summary>
    public static bool HasShortUnits(List<SampleRecords.Record> sample)
    {
        if (sample.Count < 4)
        {
            return false;
        }

        var columns = sample[0].Fields.Length;
        return sample[1].Fields.Length < columns && HeaderDetector.IsAllText(sample[1].Fields) && !sample[1].Fields[0].Contains(' ')
            && sample.Skip(2).Count(r => r.Fields.Length == columns) * 20 >= (sample.Count - 2) * 19
            && HeaderDetector.CountValueColumns(sample, 2, columns) * 2 >= columns;
    }

    /// <summary>Whether a line of dashes stands below the first.</summary>
    public static bool HasRuler(List<SampleRecords.Record> sample) => sample.Count > 2 && IsRuler(sample[1]);

    static bool IsRuler(SampleRecords.Record record) =>
        record.Filled > 0 && Array.TrueForAll(record.Fields, f => f.Trim().Length is 0 or > 1 && f.Trim().All(c => c is '-' or '=' or ':' or '+'));

    /// <summary>
    /// Two tables beside each other make rows that belong to nobody: an empty column between them, and the same names on both sides or
    /// sides of different length.
    /// </summary>
    static void RefuseTablesSideBySide(List<string> names, List<SampleRecords.Record> body)
    {
        var gap = Enumerable.Range(1, Math.Max(0, names.Count - 2)).FirstOrDefault(
            i => names[i].Length == 0 && body.TrueForAll(r => i >= r.Fields.Length || r.Fields[i].Length == 0));
        if (gap < 2 || names.Count - gap < 3 || body.Count < 2)
        {
            return;
        }

        var right = names.Skip(gap + 1).Where(n => n.Length > 0).ToList();
        var left = names.Take(gap).Where(n => n.Length > 0).ToList();
        var sameNames = right.Count > 1 && right.All(left.Contains);
        var leftRows = body.FindLastIndex(r => r.Fields.Take(gap).Any(f => f.Length > 0));
        var rightRows = body.FindLastIndex(r => r.Fields.Skip(gap + 1).Any(f => f.Length > 0));
        if (left.Count > 1 && right.Count > 1 && (sameNames || Math.Abs(leftRows - rightRows) > 1))
        {
            throw new BadFileException(
                RejectCode.NotATable,
                $"Two tables stand side by side: an empty column ({gap + 1}) divides them. Save each as a file of its own.");
        }
    }

    static int TrailingEmpty(List<SampleRecords.Record> sample, int columns, int from)
    {
        var trailing = 0;
        while (trailing < columns)
        {
            var column = columns - trailing - 1;
            for (var i = from; i < sample.Count; i++)
            {
                if (column < sample[i].Fields.Length && sample[i].Fields[column].Length > 0)
                {
                    return trailing;
                }
            }

            trailing++;
        }

        return sample.Count == from ? 0 : trailing;
    }
}
