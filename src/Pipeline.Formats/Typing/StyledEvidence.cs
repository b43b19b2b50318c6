namespace Pipeline.Formats.Typing;

/// <summary>What the numbers of a column say about the style they are written in.</summary>
sealed class StyledEvidence
{
    /// <summary>Lines of the first number that cannot be of a style; 0: all can.</summary>
    public long NotEnglishLine { get; private set; }

    public long NotEuropeanLine { get; private set; }

    /// <summary>Line of the first number that is another one in the other style; 0: none.</summary>
    public long DiffersLine { get; private set; }

    /// <summary>Line of the first number that has more to it than blanks and a minus sign around a canonical one; 0: none.</summary>
    public long MarkedLine { get; private set; }

    /// <summary>Line of the first number that has points between thousands and is no canonical decimal; 0: none.</summary>
    public long PointGroupsLine { get; private set; }

    public ColumnProfile.Peak EnglishDigits { get; private set; }

    public ColumnProfile.Peak EnglishScale { get; private set; }

    public ColumnProfile.Peak EuropeanDigits { get; private set; }

    public ColumnProfile.Peak EuropeanScale { get; private set; }

    /// <summary>What stood between thousands; Mixed where not always the same.</summary>
    public NumberGroup Group { get; private set; }

    /// <summary>Lines of the first number with a plus sign, with a minus sign, with a plus sign and a fraction, with a point at its end; 0: none.</summary>
    public long PlusLine { get; private set; }

    public long MinusLine { get; private set; }

    public long PlusFractionLine { get; private set; }

    public long BarePointLine { get; private set; }

    /// <summary>Lines of the first number with a minus sign behind it, and of the first of those with a fraction; 0: none.</summary>
    public long MinusBehindLine { get; private set; }

    public long MinusBehindFractionLine { get; private set; }

    /// <summary>Lines of the first number with a dash for its minus sign, and of the first of those with a fraction; 0: none.</summary>
    public long DashLine { get; private set; }

    public long DashFractionLine { get; private set; }

    /// <summary>Numbers in groups as in India only.</summary>
    public long Indian { get; private set; }

    /// <summary>Numbers with each affix.</summary>
    public long[] Affixes { get; } = new long[(int)NumberAffix.Rupee + 1];

    /// <summary>A canonical decimal: with three digits behind the point it may be thousands to a European.</summary>
    public void AddDecimal(in CellFacts facts, long line)
    {
        MinusLine = facts.Negative ? Earlier(MinusLine, line) : MinusLine;
        if (facts.Scale == 3 && facts.IntegerDigits is >= 1 and <= 3)
        {
            DiffersLine = Earlier(DiffersLine, line);
            EuropeanDigits = EuropeanDigits.Max(new(facts.IntegerDigits + 3, line));
        }
        else
        {
            NotEuropeanLine = Earlier(NotEuropeanLine, line);
        }
    }

    public void Add(ReadOnlySpan<byte> text, long line)
    {
        Span<byte> english = stackalloc byte[StyledNumber.MaxLength + 1];
        Span<byte> european = stackalloc byte[StyledNumber.MaxLength + 1];
        var isEnglish = StyledNumber.TryNormalize(text, false, english, out var englishLength, out var affix, out var englishMarks);
        var isEuropean = StyledNumber.TryNormalize(text, true, european, out var europeanLength, out _, out var europeanMarks);
        var marks = isEnglish ? englishMarks : europeanMarks;
        Affixes[(int)affix]++;
        var bare = StyledNumber.TrimBlanks(text);
        StyledNumber.TakeMinus(ref bare, out _);
        if (MarkedLine == 0 && CellClassifier.Classify(bare).Form is not (CellForm.Integer or CellForm.Decimal))
        {
            MarkedLine = line;
        }

        AddMarks(marks, isEnglish ? english[..englishLength] : european[..europeanLength], line);
        if (isEnglish)
        {
            var facts = CellClassifier.Classify(english[..englishLength]);
            EnglishDigits = EnglishDigits.Max(new(facts.IntegerDigits, line));
            EnglishScale = EnglishScale.Max(new(facts.Scale, line));
        }
        else
        {
            NotEnglishLine = Earlier(NotEnglishLine, line);
        }

        if (isEuropean)
        {
            var facts = CellClassifier.Classify(european[..europeanLength]);
            EuropeanDigits = EuropeanDigits.Max(new(facts.IntegerDigits, line));
            EuropeanScale = EuropeanScale.Max(new(facts.Scale, line));
            PointGroupsLine = text.IndexOf((byte)'.') >= 0 ? Earlier(PointGroupsLine, line) : PointGroupsLine;
        }
        else
        {
            NotEuropeanLine = Earlier(NotEuropeanLine, line);
        }

        if (isEnglish && isEuropean && !english[..englishLength].SequenceEqual(european[..europeanLength]))
        {
            DiffersLine = Earlier(DiffersLine, line);
        }
    }

    void AddMarks(NumberMarks marks, ReadOnlySpan<byte> canonical, long line)
    {
        Group = NumberGroups.Both(Group, marks.Group);
        Indian += marks.Group == NumberGroup.Indian ? 1 : 0;
        DashLine = marks.Dash ? Earlier(DashLine, line) : DashLine;
        DashFractionLine = marks.Dash && canonical.IndexOf((byte)'.') >= 0 ? Earlier(DashFractionLine, line) : DashFractionLine;
        MinusLine = canonical[0] == (byte)'-' ? Earlier(MinusLine, line) : MinusLine;
        PlusLine = marks.Plus ? Earlier(PlusLine, line) : PlusLine;
        PlusFractionLine = marks.Plus && canonical.IndexOf((byte)'.') >= 0 ? Earlier(PlusFractionLine, line) : PlusFractionLine;
        MinusBehindLine = marks.MinusBehind ? Earlier(MinusBehindLine, line) : MinusBehindLine;
        MinusBehindFractionLine = marks.MinusBehind && canonical.IndexOf((byte)'.') >= 0 ? Earlier(MinusBehindFractionLine, line) : MinusBehindFractionLine;
        BarePointLine = marks.BarePoint ? Earlier(BarePointLine, line) : BarePointLine;
    }

    public void Merge(StyledEvidence other)
    {
        NotEnglishLine = Earlier(NotEnglishLine, other.NotEnglishLine);
        NotEuropeanLine = Earlier(NotEuropeanLine, other.NotEuropeanLine);
        DiffersLine = Earlier(DiffersLine, other.DiffersLine);
        MarkedLine = Earlier(MarkedLine, other.MarkedLine);
        Group = NumberGroups.Both(Group, other.Group);
        Indian += other.Indian;
        DashLine = Earlier(DashLine, other.DashLine);
        DashFractionLine = Earlier(DashFractionLine, other.DashFractionLine);
        PlusLine = Earlier(PlusLine, other.PlusLine);
        MinusLine = Earlier(MinusLine, other.MinusLine);
        PlusFractionLine = Earlier(PlusFractionLine, other.PlusFractionLine);
        BarePointLine = Earlier(BarePointLine, other.BarePointLine);
        MinusBehindLine = Earlier(MinusBehindLine, other.MinusBehindLine);
        MinusBehindFractionLine = Earlier(MinusBehindFractionLine, other.MinusBehindFractionLine);
        PointGroupsLine = Earlier(PointGroupsLine, other.PointGroupsLine);
        EnglishDigits = EnglishDigits.Max(other.EnglishDigits);
        EnglishScale = EnglishScale.Max(other.EnglishScale);
        EuropeanDigits = EuropeanDigits.Max(other.EuropeanDigits);
        EuropeanScale = EuropeanScale.Max(other.EuropeanScale);
        for (var i = 0; i < Affixes.Length; i++)
        {
            Affixes[i] += other.Affixes[i];
        }
    }

    static long Earlier(long a, long b) => a == 0 ? b : b == 0 ? a : Math.Min(a, b);
}
