using Pipeline.Formats.Records;

namespace Pipeline.Formats.Delimited;

/// <summary>
/// A line above the first record that names the columns, but is not cut as the records are: a comment, <c># id weight</c> above <c>7 2.5</c>, or names that
/// are set off by another delimiter than the values.
/// </summary>
static class CommentedHeader
{
    /// <summary>Longer names are remarks.</summary>
    const int MaxNameLength = 64;

    /// <summary>Between the names and the records stand no more remarks than this.</summary>
    const int MostRemarks = 2;

    /// <summary>A name has no more words than this.</summary>
    const int MaxWords = 5;

    static readonly string[] s_marks = [",", ";", "\t", "|", " "];

    static readonly FormatWarning s_commented =
        new("commented_header", "The comment line above the first record holds the names of the columns: it was taken as the header.", null);

    static readonly FormatWarning s_otherDelimiter =
        new("header_delimiter", "The line above the first record holds as many names as there are columns, set off by another delimiter: it was taken as the header.", null);

    /// <summary>Words that stand in sentences only.</summary>
    static readonly HashSet<string> s_sentence = new(StringComparer.Ordinal) { "the", "this", "is", "are", "was", "were", "by", "be" };

    /// <summary>Words that stand between others in a name (<c>number of items</c>), and are none.</summary>
    static readonly HashSet<string> s_links = new(StringComparer.Ordinal) { "of", "with", "and" };

    /// <summary>Words that may be names, as in <c>from to weight</c>.</summary>
    static readonly HashSet<string> s_prepositions = new(StringComparer.Ordinal) { "a", "an", "in", "on", "for", "from", "not" };

    /// <summary>The header among the lines above a table, cut into names; null where there is none.</summary>
    /// <param name="records">All records of the head, comments among them.</param>
    /// <param name="table">Those of the table.</param>
    /// <param name="columns">Fields of most records.</param>
    /// <param name="delimiter">What the records are cut with.</param>
    public static SampleRecords.Record? Find(List<SampleRecords.Record> records, List<SampleRecords.Record> table, int columns, string delimiter)
    {
        var first = table.Count < 1 ? 0 : records.FindIndex(r => r.Start == table[0].Start);
        if (first < 1 || HeaderDetector.IsNamed(table))
        {
            return null;
        }

        if (!IsMarked(records[first - 1]))
        {
            return columns > 2 && !table[0].FollowsBlankLine && records[first - 1].Fields.Length != columns && !Array.Exists(table[0].Fields, HeaderWords.IsUsual)
                ? OfOtherDelimiter(records[first - 1], columns, delimiter) : null;
        }

        // What only leans to be a header gives way to a comment that is cut as the records are.
        var leans = HeaderDetector.HasHeader(table);
        string[] marks = leans ? [delimiter] : [delimiter, "\t", ",", " "];
        if (leans && (delimiter == " " || columns == 1 || Array.Exists(table[0].Fields, HeaderWords.IsUsual)))
        {
            return null;
        }

        var remarks = 0;
        for (var i = first - 1; i >= 0 && remarks <= MostRemarks && IsMarked(records[i]); i--)
        {
            remarks += records[i].Filled > 0 && records[i].Fields[^1] != "#" ? 1 : 0;
            if (NamesOf(records[i], columns, table, delimiter, marks) is { } names)
            {
                return records[i] with { Fields = names, Quoted = new bool[names.Length], NamesAre = s_commented };
            }
        }

        return null;
    }

    /// <summary>A line that another delimiter cuts into as many names as the records have fields; of blanks half of the names must be usual ones.</summary>
    static SampleRecords.Record? OfOtherDelimiter(SampleRecords.Record line, int columns, string delimiter)
    {
        var text = string.Join(delimiter, line.Fields);
        foreach (var mark in s_marks.Where(m => m != delimiter))
        {
            string[] names = [.. text.Split(mark, StringSplitOptions.TrimEntries).Select(n => n.Trim('"'))];
            if (names.Length == columns && AreNames(names, false) && (mark != " " || (!IsSentence(names) && names.Count(HeaderWords.IsUsual) * 2 >= columns)))
            {
                return line with { Fields = names, Quoted = new bool[names.Length], NamesAre = s_otherDelimiter };
            }
        }

        return null;
    }

    static bool IsMarked(SampleRecords.Record record) =>
        record.Fields.Length > 0 && !record.Quoted[0] && record.Fields[0].TrimStart().StartsWith('#');

    static string[]? NamesOf(SampleRecords.Record line, int columns, List<SampleRecords.Record> table, string delimiter, string[] marks)
    {
        var text = string.Join(delimiter, line.Fields).TrimStart().TrimStart('#').TrimStart(' ');
        text = text.StartsWith("Fields:", StringComparison.OrdinalIgnoreCase) ? text[7..].TrimStart() : text;
        foreach (var mark in marks)
        {
            var names = text.Split(mark, StringSplitOptions.TrimEntries | (mark == " " ? StringSplitOptions.RemoveEmptyEntries : StringSplitOptions.None));
            var fits = names.Length == columns || (mark == delimiter && mark != " " && IsWidthOfSome(names.Length, columns, table));
            var isOwn = mark == delimiter && mark != " " && columns > 1;
            var isSentence = mark == " " ? IsSentence(names) : names.Any(n => n.Split(' ').Any(s_sentence.Contains));
            if (fits && AreNames(names, isOwn) && !isSentence)
            {
                return names;
            }
        }

        return null;
    }

    /// <summary>Records that do not agree on their width may have unquoted delimiters: the names count then.</summary>
    static bool IsWidthOfSome(int names, int columns, List<SampleRecords.Record> table) =>
        names > 1 && names < columns && table.Count(r => r.Fields.Length == columns) * 10 < table.Count * 9
        && table.Count(r => r.Fields.Length == names) * 10 > table.Count;

    /// <summary>Names differ and are made of few words. Where the records' own delimiter cuts them, one or the other may be missing.</summary>
    static bool AreNames(string[] names, bool isOwn)
    {
        var filled = names.Where(n => n.Length > 0).ToList();
        return filled.TrueForAll(n => IsName(n) && (names.Length > 1 || !n.Contains(' ')))
            && filled.Distinct(StringComparer.Ordinal).Count() == filled.Count
            && (isOwn ? filled.Count * 2 > names.Length : filled.Count == names.Length && filled.Count > 0);
    }

    static bool IsName(string text) =>
        text.Length <= MaxNameLength && text.Any(char.IsLetter) && text[^1] is not ('.' or ':' or '!' or '?') && !text.Contains(": ", StringComparison.Ordinal) && text.Count(c => c == ' ') < MaxWords
        && text.Count(c => c == '(') == text.Count(c => c == ')');

    /// <summary>Words such as stand in sentences only, or a capital and more of them; one letter each are names.</summary>
    static bool IsSentence(string[] words) =>
        words.Length > 1 && words.Any(w => w.Length > 1)
        && (words.Skip(1).Any(w => s_sentence.Contains(w) || s_links.Contains(w))
            || (char.IsUpper(words[0][0]) && (IsSmallWord(words[0].ToLowerInvariant()) || words.Skip(1).Any(IsSmallWord))));

    static bool IsSmallWord(string word) => s_sentence.Contains(word) || s_links.Contains(word) || s_prepositions.Contains(word);
}
