using System.Globalization;
using System.Text;
using Pipeline.Formats.Typing;

namespace Pipeline.Formats.Delimited;

/// <summary>
/// Decides whether the first record names the columns. Each column votes: a name above numbers says yes, a number above numbers says no; so
/// does a code above codes of its shape, and a text that occurs again below. Texts above texts lean to yes: most files have a header, and names
/// are made of few words.
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

    /// <summary>The values of so many records are judged; of the others it is asked only whether they are the name.</summary>
    const int MostJudged = 100;

    /// <summary>So many texts in alphabetical order are no accident.</summary>
    const int LeastSorted = 10;

    public static bool HasHeader(List<SampleRecords.Record> records)
    {
        if (records.Count == 0)
        {
            return false;
        }

        var first = NamesOf(records);
        if (records.Count == 1)
        {
            return first.All(f => ClassOf(f) == Class.Text && HeaderWords.ShapeOf(f) is not ("@" or "://")) && first.Distinct(StringComparer.Ordinal).Count() == first.Length;
        }

        // Files that were put together repeat their header, perhaps with other names in it.
        var others = records.Where((r, i) => i == 0 || first.Length < 2 || !Repeats(r, records[0])).ToList();
        return Decide(first, records, out _) || (others.Count is > 1 and var count && count < records.Count && Decide(first, others, out var isNamed) && isNamed);
    }

    /// <summary>Half of the names stand in a record at their places, and no value.</summary>
    static bool Repeats(SampleRecords.Record record, SampleRecords.Record names) =>
        record.Fields.Zip(names.Fields).Count(f => f.First.Length > 0 && f.First == f.Second) * 2 >= names.Filled && IsAllText(record.Fields);

    /// <summary>Whether the first record names the columns beyond doubt: letters above values of another kind, and nothing against it.</summary>
    public static bool IsNamed(List<SampleRecords.Record> records) =>
        records.Count > 1 && Decide(NamesOf(records), records, out var isNamed) && isNamed;

    /// <summary>The first record; with nothing in front where all others have one field more: row names have no name.</summary>
    static string[] NamesOf(List<SampleRecords.Record> records) =>
        IsOneShort(records[0].Fields.Length, records, 1) ? ["", .. records[0].Fields] : records[0].Fields;

    /// <summary>Whether each of several records, from one on, has one field more than there are names, and something in it.</summary>
    public static bool IsOneShort(int names, List<SampleRecords.Record> records, int from)
    {
        var filled = false;
        for (var i = from; i < records.Count; i++)
        {
            var fields = records[i].Fields;
            if (fields.Length != names + 1)
            {
                return false;
            }

            filled |= fields[^1].Length > 0;
        }

        return filled && names > 0 && (records.Count > from + 1 || IsNamedRow(records, from));
    }

    /// <summary>A single record as R writes it: quotes around all names and around the row's own name, none around the values behind it.</summary>
    static bool IsNamedRow(List<SampleRecords.Record> records, int from) =>
        records.Count == from + 1 && from > 0 && Array.TrueForAll(records[from - 1].Quoted, q => q)
        && records[from].Quoted[0] && !records[from].Fields.Where((f, i) => i > 0 && (records[from].Quoted[i] || !IsValue(f))).Any();

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
        var own = ClassOf(name);
        if (own == Class.Empty)
        {
            return string.IsNullOrWhiteSpace(name) ? 0 : -0.5;
        }

        var body = new Body(name, column, records);
        if (sequence && ClassOf(name.Trim()) is Class.Number or Class.Moment)
        {
            return body.HasName || (ClassOf(name.Trim()) == Class.Moment && body.Of(Class.Moment) * 2 > body.Values) ? -0.5 : 0.6;
        }

        if (own == Class.Text && body.Values > 0 && body.Of(Class.Text) * 5 <= body.Values && !body.HasName)
        {
            // A text above values that are no texts, some of them damaged.
            return body.Of(Class.Text) == 0 ? 1 : 0.7;
        }

        if (body.Values == 0 || body.Of(Class.Text) > 0 || body.Kinds > 1)
        {
            return own == Class.Text ? VoteOnText(name, body, records.Count) : sequence && body.Of(own) == 0 ? 0.6 : -0.5;
        }

        // A value of another kind than all values below it would be odd data: 100022 above TRUE and FALSE is a name.
        return body.Of(own) > 0 ? -1 : 0.25;
    }

    /// <summary>A text above texts.</summary>
    static double VoteOnText(string name, Body body, int records)
    {
        if (body.HasName)
        {
            return -0.75;
        }

        if (body.StartWithDigits && StartsWithDigit(name) && !HeaderWords.IsUsual(name))
        {
            return -1;
        }

        if (body.Shape is { } shape)
        {
            return HeaderWords.ShapeOf(name) == shape && !HeaderWords.IsUsual(name) && (body.Prefix.Length < 3 || name.StartsWith(body.Prefix, StringComparison.Ordinal)) ? -1 : 1;
        }

        var isUsual = HeaderWords.IsUsual(name) || (HeaderWords.IsCategory(name) && !body.HoldsCategory);
        if (!isUsual && (body.LooksLike(name) || body.Continues(name)))
        {
            return -1;
        }

        return isUsual ? 0.75 : body.Length is { } length && length != name.Length && records > 3 ? 0.5 : 0.1;
    }

    /// <summary>The values below a name.</summary>
    sealed class Body
    {
        readonly int[] _classes = new int[(int)Class.Other + 1];
        string _first = "";
        string _last = "";
        int _descents;
        int _mostlyDigits;
        int _startingDigits;

        public Body(string name, int column, List<SampleRecords.Record> records)
        {
            var shapes = new Dictionary<string, int>(StringComparer.Ordinal);
            var knownShapes = shapes.GetAlternateLookup<ReadOnlySpan<char>>();
            var sameLength = true;
            Span<char> buffer = stackalloc char[HeaderWords.MaxShaped];
            for (var i = 1; i < records.Count; i++)
            {
                if (i > MostJudged)
                {
                    HasName |= column < records[i].Fields.Length && records[i].Fields[column] == name;
                    continue;
                }

                var c = column < records[i].Fields.Length ? ClassOf(records[i].Fields[column]) : Class.Empty;
                if (c == Class.Empty)
                {
                    continue;
                }

                var value = records[i].Fields[column];
                _classes[(int)c]++;
                Values++;
                HasName |= value == name;
                Prefix = Values == 1 ? "" : Values == 2 ? CommonPrefix(_first, value) : CommonPrefix(Prefix, value);
                _first = Values == 1 ? value : _first;
                _descents += Values == 1 || Precedes(_last, value) ? 0 : 1;
                HoldsCategory |= HeaderWords.IsCategory(value);
                _last = value;
                sameLength &= value.Length == _first.Length;
                _mostlyDigits += IsMostlyDigits(value) ? 1 : 0;
                _startingDigits += StartsWithDigit(value) ? 1 : 0;
                if (HeaderWords.ShapeOf(value, buffer) is { Length: > 0 } shape)
                {
                    knownShapes[shape] = knownShapes.TryGetValue(shape, out var times) ? times + 1 : 1;
                }
            }

            Length = Values > 0 && sameLength ? _first.Length : null;
            Shape = shapes.Count == 0 ? null : shapes.MaxBy(s => s.Value) is var most && most.Value * 10 >= Values * 9 ? most.Key : null;
        }

        /// <summary>Values that are not empty.</summary>
        public int Values { get; }

        public int Kinds => _classes.Count(c => c > 0);

        /// <summary>The name occurs among them.</summary>
        public bool HasName { get; }

        /// <summary>The length of each; null where they differ.</summary>
        public int? Length { get; }

        /// <summary>The shape of nine in ten; null where they are words or differ.</summary>
        public string? Shape { get; }

        /// <summary>What all of several values start with: letters only.</summary>
        public string Prefix { get; } = "";

        public int Of(Class c) => _classes[(int)c];

        /// <summary>Each is made of digits for the most part, as the text is: numbers of telephones, articles and cards.</summary>
        public bool LooksLike(string text) => Values > 1 && _mostlyDigits == Values && IsMostlyDigits(text);

        /// <summary>Each of several begins with a digit, as addresses do, and lines of logs.</summary>
        public bool StartWithDigits => Values > 1 && _startingDigits == Values;

        /// <summary>
        /// Many texts in the order of the alphabet, but for one in ten, and the text is before them in it: a list without a name.
        /// </summary>
        public bool Continues(string text) => Values >= LeastSorted && _descents * 10 < Values && char.IsLetter(text[0]) == char.IsLetter(_first[0]) && Precedes(text, _first);

        /// <summary>Some of them name a kind of things.</summary>
        public bool HoldsCategory { get; }

        static bool Precedes(string text, string next) => string.Compare(text, next, StringComparison.OrdinalIgnoreCase) < 0;

        static bool IsMostlyDigits(string text) => text.Count(char.IsAsciiDigit) is > 4 and var digits && digits * 2 > text.Length;

        static string CommonPrefix(string a, string b)
        {
            var length = 0;
            while (length < Math.Min(a.Length, b.Length) && a[length] == b[length] && char.IsLetter(a[length]))
            {
                length++;
            }

            return a[..length];
        }
    }

    /// <summary>Brackets aside.</summary>
    static bool StartsWithDigit(string text) => text.AsSpan().TrimStart("[(") is [var first, ..] && char.IsAsciiDigit(first);

    static bool IsName(string text) => text.Any(char.IsLetter) && !NullWords.Is(Encoding.UTF8.GetBytes(text));

    /// <summary>Whether a text is a number or a date.</summary>
    public static bool IsValue(string text) => ClassOf(text) is Class.Number or Class.Moment;

    /// <summary>Whether a text is neither empty nor a value of some kind.</summary>
    public static bool IsPlainText(string text) => ClassOf(text) == Class.Text;

    /// <summary>Whether a record holds no value that is plainly a number or a date.</summary>
    public static bool IsAllText(string[] fields) => Array.TrueForAll(fields, f => ClassOf(f) is Class.Text or Class.Empty);

    /// <summary>How many of the columns hold numbers, dates and the like only, from a record on.</summary>
    public static int CountValueColumns(List<SampleRecords.Record> records, int from, int columns)
    {
        var count = 0;
        for (var column = 0; column < columns; column++)
        {
            count += IsValueColumn(records, from, column) ? 1 : 0;
        }

        return count;
    }

    /// <summary>Whether a column holds several numbers, dates and the like, and nothing else, from a record on.</summary>
    public static bool IsValueColumn(List<SampleRecords.Record> records, int from, int column)
    {
        var values = records.Skip(from).Where(r => column < r.Fields.Length).Select(r => ClassOf(r.Fields[column])).Where(c => c != Class.Empty).ToList();
        return values.Count > 1 && values.TrueForAll(c => c != Class.Text);
    }

    /// <summary>
    /// Years or dates from left to right, as in wide time series: they are names although they look like values.
    /// </summary>
    static bool IsSequence(string[] first)
    {
        // Numbered columns behind the name of an index, or behind a blank for it.
        if (first.Length > 3 && ClassOf(first[0]) is Class.Text or Class.Empty && int.TryParse(first[1], NumberStyles.None, CultureInfo.InvariantCulture, out var start)
            && start <= 1 && first.Skip(1).Select((f, i) => f == (start + i).ToString(CultureInfo.InvariantCulture)).All(same => same))
        {
            return true;
        }

        var values = new List<double>();
        foreach (var text in first.Select(f => f.Trim()))
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

        var form = CellClassifier.FormOf(text);
        if (form is CellForm.Integer or CellForm.Decimal or CellForm.Float or CellForm.FloatBare or CellForm.FloatWord)
        {
            return Class.Number;
        }

        if (CellForms.IsDate(form) || CellForms.IsTimestamp(form))
        {
            return Class.Moment;
        }

        if (CellForms.IsLetter(form))
        {
            return Class.Text;
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
