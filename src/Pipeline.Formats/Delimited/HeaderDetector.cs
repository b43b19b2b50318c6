using System.Globalization;
using System.Text;
using Pipeline.Formats.Typing;

namespace Pipeline.Formats.Delimited;

/// <summary>
/// Decides whether the first record names the columns. Each column votes: a name above numbers says yes, a number above numbers
/// says
/// no, a text that occurs again below says no. Texts above texts lean to yes: most files have a header, and a swallowed data row
/// would
/// be a unique, non-empty text in every column.
/// </summary>
static class HeaderDetector
{
    enum Class
    {
        Empty,
        Text,
        Number,
        Moment,
        Other,
    }

    public static bool HasHeader(List<SampleRecords.Record> records)
    {
        if (records.Count == 0)
        {
            return false;
        }

        var first = records[0].Fields;
        if (records.Count == 1)
        {
            return first.All(f => ClassOf(f) == Class.Text) && first.Distinct(StringComparer.Ordinal).Count() == first.Length;
        }

        // Files that were put together repeat their header.
        var others = records.Where((r, i) => i == 0 || first.Length < 2 || !r.Fields.AsSpan().SequenceEqual(first)).ToList();
        return Decide(first, records, out _) || (others.Count is > 1 and var count && count < records.Count && Decide(first, others, out var isNamed) && isNamed);
    }

    static bool Decide(string[] first, List<SampleRecords.Record> records, out bool isNamed)
    {
        var sequence = IsSequence(first);
        var votes = 0.0;
        var contradicted = false;
        var named = false;
        for (var column = 0; column < first.Length; column++)
        {
            var vote = Vote(first[column], column, records, sequence);
            votes += vote;
            contradicted |= vote <= -1;
            named |= vote >= 1 && IsName(first[column]);
        }

        isNamed = named && !contradicted;

        // Letters above nothing but numbers: constants in the other columns say little against it.
        votes += isNamed ? 1 : 0;

        votes -= 0.5 * (first.Count(f => f.Length > 0) - first.Where(f => f.Length > 0).Distinct(StringComparer.Ordinal).Count());
        return votes > 0;
    }

    static double Vote(string name, int column, List<SampleRecords.Record> records, bool sequence)
    {
        if (ClassOf(name) == Class.Empty)
        {
            return 0;
        }

        var body = Class.Empty;
        var mixed = false;
        var occursAgain = false;
        int? length = null;
        var sameLength = true;
        for (var i = 1; i < records.Count; i++)
        {
            if (column >= records[i].Fields.Length || records[i].Fields[column] is not { Length: > 0 } value)
            {
                continue;
            }

            var c = ClassOf(value);
            if (c == Class.Empty)
            {
                continue;
            }

            mixed |= body != Class.Empty && c != body;
            body = c;
            occursAgain |= value == name;
            sameLength &= length is null || length == value.Length;
            length = value.Length;
        }

        var own = ClassOf(name);
        if (sequence && own is Class.Number or Class.Moment)
        {
            return occursAgain ? -0.5 : 0.6;
        }

        if (mixed || body is Class.Text or Class.Empty)
        {
            return (own, occursAgain) switch
            {
                (not Class.Text, _) => -0.5,
                (_, true) => -0.75,
                _ => sameLength && length is not null && length != name.Length && records.Count > 3 ? 0.5 : 0.1,
            };
        }

        // A value of another kind than all values below it would be odd data: 100022 above TRUE and FALSE is a name.
        return own == Class.Text ? 1 : own == body ? -1 : 0.25;
    }

    static bool IsName(string text) => text.Any(char.IsLetter) && !NullWords.Is(Encoding.UTF8.GetBytes(text));

    /// <summary>Whether a record holds no value that is plainly a number or a date.</summary>
    public static bool IsAllText(string[] fields) => Array.TrueForAll(fields, f => ClassOf(f) is Class.Text or Class.Empty);

    /// <summary>How many of the columns hold numbers, dates and the like only, from a record on.</summary>
    public static int CountValueColumns(List<SampleRecords.Record> records, int from, int columns)
    {
        var count = 0;
        for (var column = 0; column < columns; column++)
        {
            var values = records.Skip(from).Where(r => column < r.Fields.Length).Select(r => ClassOf(r.Fields[column])).Where(c => c != Class.Empty).ToList();
            count += values.Count > 1 && values.TrueForAll(c => c != Class.Text) ? 1 : 0;
        }

        return count;
    }

    /// <summary>
    /// Years or dates from left to right, as in wide time series: they are names although they look like values.
    /// </summary>
    static bool IsSequence(string[] first)
    {
        var values = new List<double>();
        foreach (var text in first)
        {
            if (text.Length == 4 && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var year)
                && year is >= 1800 and <= 2100)
            {
                values.Add(year * 366);
            }
            else if (text.Length >= 6 && ClassOf(text) == Class.Moment
                && DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
            {
                values.Add((date.Year * 366) + date.DayOfYear);
            }
            else if (ClassOf(text) == Class.Number)
            {
                return false;
            }
        }

        return values.Count >= 3
            && (values.Zip(values.Skip(1)).All(p => p.First < p.Second)
            || values.Zip(values.Skip(1)).All(p => p.First > p.Second));
    }

    static Class ClassOf(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return Class.Empty;
        }

        var form = CellClassifier.Classify(Encoding.UTF8.GetBytes(text)).Form;
        if (form is CellForm.Integer or CellForm.Decimal or CellForm.Float or CellForm.FloatWord)
        {
            return Class.Number;
        }

        if (CellForms.IsDate(form) || CellForms.IsTimestamp(form))
        {
            return Class.Moment;
        }

        if (form == CellForm.NullWord)
        {
            return Class.Empty;
        }

        if (form != CellForm.Text)
        {
            return Class.Other;
        }

        // Text to typing, but plainly a value: 1,234.50 or +4 or 00501 or 1/22/20.
        var digits = text.Count(char.IsAsciiDigit);
        if (digits == 0)
        {
            return Class.Text;
        }

        if (double.TryParse(text.TrimEnd('%'), NumberStyles.Any, CultureInfo.InvariantCulture, out _))
        {
            return Class.Number;
        }

        return digits >= 3 && text.All(c => char.IsAsciiDigit(c) || c is '/' or '-' or '.' or ':' or ',' or ' ')
            ? Class.Moment : Class.Text;
    }
}
