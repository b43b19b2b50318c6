using System.Text;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Typing;

/// <summary>Evidence about one column: how many values have which form, where each was seen first, and the extremes.</summary>
/// <param name="name">As the file has it; empty for the elements of arrays.</param>
/// <param name="depth">Arrays around these values.</param>
sealed class ColumnProfile(string name, int depth = 0) : IDisposable
{
    /// <summary>Characters of a value that evidence quotes.</summary>
    const int MaxQuoted = 40;

    readonly long[] _counts = new long[CellForms.Count];

    // Of each form that was seen, of which a column has one or two.
    readonly List<FirstSight> _firsts = [];

    readonly bool _isNamedDate = DateNames.Has(name);

    bool _hasForm;
    bool _areStrings;
    CellForm? _sameForm;

    public string Name => name;

    public DistinctSketch Distinct { get; } = new();

    /// <summary>Fields that are null by their format or their absence, rather than empty.</summary>
    public long FormatNulls { get; private set; }

    public int MinLength { get; private set; } = int.MaxValue;

    public int MaxLength { get; private set; }

    // Numbers.
    public Peak IntegerDigits { get; private set; }

    public Peak Scale { get; private set; }

    /// <summary>Line of the first negative integer; 0: none.</summary>
    public long NegativeLine { get; private set; }

    /// <summary>Lines of the first integers beyond Int64, UInt64, Int128, UInt128; 0: none.</summary>
    public long BeyondInt64Line { get; private set; }

    public long BeyondUInt64Line { get; private set; }

    public long BeyondInt128Line { get; private set; }

    public long BeyondUInt128Line { get; private set; }

    /// <summary>Line of the first number that a Float64 does not hold exactly enough to print it again.</summary>
    public long NotADoubleLine { get; private set; }

    /// <summary>Whether the name says that the values are days, and all integers so far are days written <c>yyyyMMdd</c>.</summary>
    public bool HasDateDigits => _isNamedDate && NotADayLine == 0 && Count(CellForm.Integer) > 0;

    /// <summary>Line of the first integer that is no day, in a column named as one; 0: none.</summary>
    public long NotADayLine { get; private set; }

    // Dates and timestamps.
    /// <summary>Also those of integers that are days.</summary>
    public Range Days { get; private set; } = Range.Empty;

    public Peak FractionDigits { get; private set; }

    public StyledEvidence Styled => field ??= new();

    /// <summary>What stands in the arrays; null when there are none.</summary>
    public ArrayEvidence? Arrays { get; private set; }

    /// <summary>Whether letters for true and for false were seen.</summary>
    public bool HasTrue { get; private set; }

    public bool HasFalse { get; private set; }

    public long FirstAbove12Line { get; private set; }

    public long SecondAbove12Line { get; private set; }

    public long ZonedLine { get; private set; }

    public long NaiveLine { get; private set; }

    public long Count(CellForm form) => _counts[(int)form];

    public long FirstLine(CellForm form) => FirstOf(form).Line;

    /// <summary>The first value of a form, in quotes, shortened.</summary>
    public string FirstValue(CellForm form) => FirstOf(form).Value ?? "\"\"";

    /// <summary>Line of the first infinity, which is no word for no value; 0: none.</summary>
    public long InfinityLine { get; private set; }

    public long Values => _counts.Sum() - Nulls;

    public long Nulls => Count(CellForm.Null) + Count(CellForm.QuotedEmpty);

    public void Observe(FieldBlock block, int column, ReadOnlySpan<bool> faulty)
    {
        var fields = block.Column(column);
        for (var row = 0; row < block.RowCount; row++)
        {
            if (!faulty.IsEmpty && faulty[row])
            {
                continue;
            }

            var field = fields[row];
            Observe(block.Bytes(field), field.Kind, block.Lines[row]);
        }
    }

    public void Observe(ReadOnlySpan<byte> text, FieldKind kind, long line)
    {
        if (text.Length == 0 || kind == FieldKind.Null)
        {
            FormatNulls += kind == FieldKind.Null ? 1 : 0;
            Add(kind is FieldKind.Quoted or FieldKind.String ? CellForm.QuotedEmpty : CellForm.Null, line, []);
        }
        else if (kind == FieldKind.Json && text[0] == (byte)'[')
        {
            _ = Distinct.Add(text);
            AddText(CellForm.Array, text, line);
            (Arrays ??= new ArrayEvidence(depth)).Observe(text, line);
        }
        else
        {
            Observe(text, line, kind == FieldKind.String);
        }
    }

    public void Observe(ReadOnlySpan<byte> text, long line, bool isString = false)
    {
        // A text that was seen before says nothing new (evidence is first lines and extremes). Which form it has is known while all have had one.
        if (!Distinct.Add(text) && _sameForm is { } same && isString == _areStrings)
        {
            _counts[(int)same]++;
            return;
        }

        var facts = CellClassifier.Classify(text);
        var isOtherwise = isString && CellForms.NeedsNoQuotes(facts.Form);
        if (isOtherwise)
        {
            facts = new CellFacts(CellForm.Text);
        }

        AddText(facts.Form, text, line, isOtherwise);
        NoteForm(facts.Form, isString);
        if (facts.Form == CellForm.FloatWord && (text[^1] | 0x20) is 'f' or 'y')
        {
            InfinityLine = Earlier(InfinityLine, line);
        }

        if (CellForms.IsLetter(facts.Form))
        {
            var isTrue = (text[0] | 0x20) == 't';
            HasTrue |= isTrue;
            HasFalse |= !isTrue;
        }

        if (facts.Form == CellForm.StyledNumber)
        {
            Styled.Add(text, line);
        }
        else if (CellForms.IsNumber(facts.Form))
        {
            AddNumber(facts, text, line);
        }
        else if (CellForms.IsDate(facts.Form) || CellForms.IsTimestamp(facts.Form))
        {
            AddMoment(facts, line);
        }
    }

    public void Merge(ColumnProfile other)
    {
        // Which of the forms a text had is not known of the texts of both.
        _hasForm = true;
        _sameForm = null;
        for (var i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }

        foreach (var first in other._firsts)
        {
            var mine = FirstOf(first.Form);
            if (mine.Line == 0 || first.Line < mine.Line)
            {
                _firsts.Remove(mine);
                _firsts.Add(first);
            }
        }

        FormatNulls += other.FormatNulls;
        MinLength = Math.Min(MinLength, other.MinLength);
        MaxLength = Math.Max(MaxLength, other.MaxLength);
        IntegerDigits = IntegerDigits.Max(other.IntegerDigits);
        Scale = Scale.Max(other.Scale);
        FractionDigits = FractionDigits.Max(other.FractionDigits);
        NegativeLine = Earlier(NegativeLine, other.NegativeLine);
        BeyondInt64Line = Earlier(BeyondInt64Line, other.BeyondInt64Line);
        BeyondUInt64Line = Earlier(BeyondUInt64Line, other.BeyondUInt64Line);
        BeyondInt128Line = Earlier(BeyondInt128Line, other.BeyondInt128Line);
        BeyondUInt128Line = Earlier(BeyondUInt128Line, other.BeyondUInt128Line);
        NotADoubleLine = Earlier(NotADoubleLine, other.NotADoubleLine);
        FirstAbove12Line = Earlier(FirstAbove12Line, other.FirstAbove12Line);
        SecondAbove12Line = Earlier(SecondAbove12Line, other.SecondAbove12Line);
        ZonedLine = Earlier(ZonedLine, other.ZonedLine);
        NaiveLine = Earlier(NaiveLine, other.NaiveLine);
        Styled.Merge(other.Styled);
        if (other.Arrays is { } arrays)
        {
            (Arrays ??= new ArrayEvidence(depth)).Merge(arrays);
        }
        HasTrue |= other.HasTrue;
        HasFalse |= other.HasFalse;
        InfinityLine = Earlier(InfinityLine, other.InfinityLine);
        NotADayLine = Earlier(NotADayLine, other.NotADayLine);
        Days = Days.Union(other.Days);
        Distinct.Merge(other.Distinct);
    }

    public void Dispose() => Distinct.Dispose();

    FirstSight FirstOf(CellForm form)
    {
        foreach (var first in _firsts)
        {
            if (first.Form == form)
            {
                return first;
            }
        }

        return default;
    }

    void AddText(CellForm form, ReadOnlySpan<byte> text, long line, bool isString = false)
    {
        Add(form, line, text, isString);
        MinLength = Math.Min(MinLength, text.Length);
        MaxLength = Math.Max(MaxLength, text.Length);
    }

    void NoteForm(CellForm form, bool isString)
    {
        if (!_hasForm)
        {
            (_hasForm, _areStrings) = (true, isString);
            _sameForm = form is CellForm.StyledNumber ? null : form; // Their affixes are counted.
        }
        else if (_sameForm != form || _areStrings != isString)
        {
            _sameForm = null;
        }
    }

    void Add(CellForm form, long line, ReadOnlySpan<byte> text, bool isString = false)
    {
        if (_counts[(int)form]++ == 0)
        {
            _firsts.Add(new FirstSight(form, line, isString ? $"the string {Quote(text)}" : Quote(text)));
        }
    }

    void AddNumber(in CellFacts facts, ReadOnlySpan<byte> text, long line)
    {
        if (facts.IntegerDigits >= IntegerDigits.Value)
        {
            IntegerDigits = IntegerDigits.Max(new Peak(facts.IntegerDigits, line));
        }

        if (facts.Scale >= Scale.Value)
        {
            Scale = Scale.Max(new Peak(facts.Scale, line));
        }

        if (facts.Form == CellForm.Decimal)
        {
            Styled.AddDecimal(facts, line);
        }

        if (facts.Form == CellForm.Integer)
        {
            NegativeLine = facts.Negative ? Earlier(NegativeLine, line) : NegativeLine;
            if (facts.IntegerDigits > 18)
            {
                AddLongInteger(text, line);
            }

            if (_isNamedDate && NotADayLine == 0)
            {
                AddDigits(text, line);
            }
        }

        if (NotADoubleLine == 0 && ((facts.SignificantDigits > FloatText.SafeDigits && !FloatText.IsPrintedDouble(text))
            || (facts.Form is CellForm.Float or CellForm.FloatBare && !FloatText.IsInRange(text, facts, out _))))
        {
            NotADoubleLine = line;
        }
    }

    void AddDigits(ReadOnlySpan<byte> text, long line)
    {
        if (DateText.TryDigits(text, out var days))
        {
            Days = Days.Include(days, line);
        }
        else
        {
            NotADayLine = line;
        }
    }

    void AddLongInteger(ReadOnlySpan<byte> text, long line)
    {
        if (!IntegerText.TryParseScalar<long>(text, out _))
        {
            BeyondInt64Line = Earlier(BeyondInt64Line, line);
        }

        if (!IntegerText.TryParseScalar<ulong>(text, out _))
        {
            BeyondUInt64Line = Earlier(BeyondUInt64Line, line);
        }

        if (!IntegerText.TryParseScalar<Int128>(text, out _))
        {
            BeyondInt128Line = Earlier(BeyondInt128Line, line);
        }

        if (!IntegerText.TryParseScalar<UInt128>(text, out _))
        {
            BeyondUInt128Line = Earlier(BeyondUInt128Line, line);
        }
    }

    void AddMoment(in CellFacts facts, long line)
    {
        Days = Days.Include(facts.Days, line);
        if (facts.First > 12)
        {
            FirstAbove12Line = Earlier(FirstAbove12Line, line);
        }

        if (facts.Second > 12)
        {
            SecondAbove12Line = Earlier(SecondAbove12Line, line);
        }

        if (CellForms.IsTimestamp(facts.Form))
        {
            FractionDigits = FractionDigits.Max(new Peak(facts.Scale, line));
            if (facts.Zoned)
            {
                ZonedLine = Earlier(ZonedLine, line);
            }
            else
            {
                NaiveLine = Earlier(NaiveLine, line);
            }
        }
    }

    /// <summary>The earlier of two lines; 0: none.</summary>
    public static long Earlier(long a, long b) => a == 0 ? b : b == 0 ? a : Math.Min(a, b);

    static string Quote(ReadOnlySpan<byte> text)
    {
        var shown = Encoding.UTF8.GetString(text[..Math.Min(text.Length, MaxQuoted)]);
        var printable = shown.Any(IsUnprintable) ? string.Concat(shown.Select(c => IsUnprintable(c) ? '·' : c)) : shown;
        return text.Length > MaxQuoted ? $"\"{printable}…\"" : $"\"{printable}\"";

        static bool IsUnprintable(char c) => char.IsControl(c) || c == '\uFFFD';
    }

    readonly record struct FirstSight(CellForm Form, long Line, string? Value);

    /// <summary>A largest value and the line of its first sight.</summary>
    public readonly record struct Peak(int Value, long Line)
    {
        public Peak Max(Peak other) =>
            other.Value > Value || (other.Value == Value && other.Line != 0 && (Line == 0 || other.Line < Line)) ? other : this;
    }

    /// <summary>Smallest and largest days with their lines.</summary>
    public readonly record struct Range(int Min, long MinLine, int Max, long MaxLine)
    {
        public static Range Empty => new(int.MaxValue, 0, int.MinValue, 0);

        public Range Include(int value, long line)
        {
            var range = value < Min || (value == Min && line < MinLine) ? this with { Min = value, MinLine = line } : this;
            return value > Max || (value == Max && line < MaxLine) ? range with { Max = value, MaxLine = line } : range;
        }

        public Range Union(Range other) => other.MinLine == 0
            ? this : Include(other.Min, other.MinLine).Include(other.Max, other.MaxLine);
    }
}
