using Pipeline.Formats.Columns;

namespace Pipeline.Formats.Typing;

/// <summary>The type of a column whose numbers have separators or signs: one style for all of them, shown by the values, or text.</summary>
static class StyledInference
{
    /// <summary>Null when the values do not agree on a style.</summary>
    public static (ColumnType Type, TextForm Form, string Because)? Decide(ColumnProfile profile)
    {
        var evidence = profile.Styled;
        var (english, european) = (evidence.NotEnglishLine == 0, evidence.NotEuropeanLine == 0);
        var numbers = profile.Count(CellForm.Integer) + profile.Count(CellForm.Decimal);
        var marked = Enum.GetValues<NumberAffix>().Where(a => a != NumberAffix.None && evidence.Affixes[(int)a] > 0).ToList();
        if ((!english && !european) || marked.Count > 1 || (marked.Count == 1 && (numbers > 0 || evidence.Affixes[0] > 0)))
        {
            return null;
        }

        // A plus sign alone may start a telephone number; a dash behind or before whole numbers may be open ends; a point at the end may end a
        // sentence; a single number in pairs of digits may be a list.
        var plain = (evidence.PlusLine > 0 && evidence.PlusFractionLine == 0 && evidence.MinusLine == 0 && profile.NegativeLine == 0)
            || (evidence.MinusBehindLine > 0 && evidence.MinusBehindFractionLine == 0)
            || (evidence.DashLine > 0 && evidence.DashFractionLine == 0)
            || (evidence.Indian == 1 && marked.Count == 0)
            || (evidence.BarePointLine > 0 && profile.Count(CellForm.Decimal) == 0 && profile.Count(CellForm.Integer) > 0);

        // Groups set off by blanks that all have the same length may be telephone numbers too.
        if (plain || evidence.Group == NumberGroup.Mixed || (evidence.Group == NumberGroup.Blank && profile.MinLength == profile.MaxLength))
        {
            return null;
        }

        // 5.555 beside 5,5 is thousands only where another number shows that points group.
        if (!english && profile.Count(CellForm.Decimal) > 0 && evidence.PointGroupsLine == 0)
        {
            return null;
        }

        // Blanks alone are no style: a point among such numbers is what it is among those without.
        if (english && european && evidence.DiffersLine != 0 && evidence.MarkedLine != 0)
        {
            return (
                new StringType(), new TextForm { Question = OpenQuestion.NumberStyle },
                $"because the numbers are ambiguous: the one on line {evidence.DiffersLine} may have thousands or decimals behind its mark");
        }

        var affix = marked.Count == 1 ? marked[0] : NumberAffix.None;
        var form = new TextForm { Cell = CellForm.StyledNumber, Style = new NumberStyle(!english, affix, evidence.Group == NumberGroup.UsualOrIndian ? NumberGroup.Usual : evidence.Group) };
        var scale = english ? evidence.EnglishScale.Max(profile.Scale) : evidence.EuropeanScale;
        var whole = english ? evidence.EnglishDigits : evidence.EuropeanDigits;
        whole = whole.Max(profile.IntegerDigits);
        var mark = affix == NumberAffix.None ? "" : $", each with a sign for {affix.ToString().ToLowerInvariant()} that was taken off";
        var because = $"because all {profile.Values - profile.Count(CellForm.NullWord)} values are numbers such as {profile.FirstValue(CellForm.StyledNumber)} on line "
            + $"{profile.FirstLine(CellForm.StyledNumber)}, with {(english ? "a decimal point" : "a decimal comma")}{mark}"
            + (evidence.NotEuropeanLine + evidence.NotEnglishLine is > 0 and var line ? $"; line {line} decides" : "");
        if (scale.Value == 0 && whole.Value <= 18)
        {
            return (new IntegerType(64, true), form, because);
        }

        var digits = whole.Value + scale.Value;
        return digits > DecimalType.MaxPrecision || scale.Value > 18
            ? null : (new DecimalType(digits <= 18 ? 18 : DecimalType.MaxPrecision, scale.Value), form, because);
    }
}
