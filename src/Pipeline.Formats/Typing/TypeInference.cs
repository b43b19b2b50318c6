using Pipeline.Formats.Columns;

namespace Pipeline.Formats.Typing;

/// <summary>
/// The rules from evidence to type. One form for the whole column, or text: nothing is re-interpreted to fit. Decisions worth
/// knowing:
/// integers with decimals are Decimal; decimals with more than ten digits after the point that a double prints are Float64;
/// <c>-0.0 </c> is the
/// decimal 0; <c>nan </c> and <c>inf </c> are numbers only in a column that has floats or decimals otherwise; dates among
/// timestamps of the same
/// date form and without zone are midnights; zoned among naive timestamps make text.
/// </summary>
static class TypeInference
{
    /// <summary>
    /// Decimals with more digits after the point than this are measurements printed from doubles, if a double holds them all.
    /// </summary>
    const int MostDecimalScale = 10;

    /// <summary>Fewer different integers than this are not taken for days, whatever the name of the column.</summary>
    const int LeastDaysOfDigits = 3;

    /// <summary>Fewer values than this say nothing about a dictionary.</summary>
    const int LeastValuesForDictionary = 1000;

    /// <summary>A dictionary must be used this often per entry.</summary>
    const int LeastUsesOfEntry = 20;

    static readonly int s_day1900 = Day(1900);
    static readonly int s_day2299End = Day(2300) - 1;
    static readonly int s_day2149 = Day(2149);
    static readonly int s_day2106 = Day(2106);
    static readonly int s_day2262 = Day(2262);

    public static InferredColumn Infer(ColumnProfile profile)
    {
        var decision = Decide(profile);
        var type = decision.Type;
        var evidence = decision.Evidence;
        var form = decision.Form;
        var words = type is StringType or ArrayType ? CellForm.Null : NullWordOf(profile, type);
        if (type is StringType)
        {
            type = StringOf(profile, ref evidence);
        }
        else if (type is ArrayType)
        {
            // Says itself what a null is.
        }
        else if (words != CellForm.Null)
        {
            type = new NullableType(type);
            form = form with { HasNullWords = true };
            evidence += $"; nullable, because {At(profile, words)}, a word for no value";
        }
        else if (profile.Nulls > 0)
        {
            type = new NullableType(type);
            evidence += profile.Count(CellForm.QuotedEmpty) > 0
                ? $"; nullable, because line {profile.FirstLine(CellForm.QuotedEmpty)} is empty in quotes"
                : $"; nullable, because line {profile.FirstLine(CellForm.Null)} is empty";
        }

        return new InferredColumn(
            type, form, $"{type.Name}, {evidence}", profile.Values - (words == CellForm.Null ? 0 : profile.Count(words)), profile.Nulls + (words == CellForm.Null ? 0 : profile.Count(words)),
            profile.Values == 0 ? 0 : profile.MinLength, profile.MaxLength, decision.Form.IsOpen);
    }

    static Decision Decide(ColumnProfile profile)
    {
        if (profile.Values == 0)
        {
            return new(new StringType(), new TextForm { Question = OpenQuestion.NoValues }, "because no value was seen");
        }

        var forms = PresentForms(profile);
        if (forms.Count == 0)
        {
            return new(
                new StringType(), new TextForm { Question = OpenQuestion.NullWordsOnly },
                $"because only words for no value were seen ({At(profile, CellForm.NullWord)})");
        }

        if (forms.TrueForAll(f => CellForms.IsNumber(f) || f == CellForm.FloatWord))
        {
            return DecideNumber(profile);
        }

        if (profile.Count(CellForm.StyledNumber) > 0
            && forms.TrueForAll(f => f is CellForm.Integer or CellForm.Decimal or CellForm.StyledNumber))
        {
            return StyledInference.Decide(profile) is var (styled, form, because)
                ? new(styled, form, because)
                : String($"because the numbers are not all written like the one on line {profile.FirstLine(CellForm.StyledNumber)}, "
                    + profile.FirstValue(CellForm.StyledNumber));
        }

        if (forms.TrueForAll(f => CellForms.IsDate(f) || CellForms.IsTimestamp(f)))
        {
            return DecideMoment(profile, forms);
        }

        if (forms.Count == 1)
        {
            switch (forms[0])
            {
                case CellForm.Array:
                    var (arrays, arrayForm, because) = ArrayInference.Decide(profile);
                    return new(arrays, arrayForm, because);
                case CellForm.BoolLower or CellForm.BoolTitle or CellForm.BoolUpper:
                    return new(
                        new BoolType(), new TextForm { Cell = forms[0] },
                        $"because all {profile.Values} values are {profile.FirstValue(forms[0])} or its opposite");
                case CellForm.TLower or CellForm.TUpper when profile.HasTrue && profile.HasFalse:
                    return new(
                        new BoolType(), new TextForm { Cell = forms[0] },
                        $"because all {profile.Count(forms[0])} values are {profile.FirstValue(forms[0])} or its opposite, and both are seen");
                case CellForm.Uuid:
                    return new(
                        new UuidType(), new TextForm { Cell = forms[0] }, $"because all {profile.Values} values are UUIDs");
                default:
                    break;
            }
        }

        return Text(profile, forms);
    }

    static Decision DecideNumber(ColumnProfile profile)
    {
        var words = profile.Count(CellForm.FloatWord) > 0;
        var decimals = profile.Count(CellForm.Decimal) > 0;
        var bare = profile.Count(CellForm.FloatBare) > 0;
        if (bare && !decimals && profile.Count(CellForm.Float) == 0)
        {
            return Text(profile, PresentForms(profile));
        }

        if (profile.Count(CellForm.Float) > 0 || bare || (words && (decimals || (profile.InfinityLine != 0 && profile.Count(CellForm.Integer) > 0))))
        {
            var seen = profile.Count(CellForm.Float) > 0 ? CellForm.Float : bare ? CellForm.FloatBare : CellForm.FloatWord;
            return profile.NotADoubleLine == 0
                ? new(new FloatType(64), new TextForm { Cell = CellForm.Float },
                    $"because {At(profile, seen)}")
                : String(
                    $"because {At(profile, seen)}, and the number on line {profile.NotADoubleLine} has more digits than a Float64 holds");
        }

        if (words)
        {
            return profile.Count(CellForm.Integer) == 0
                ? String(
                    $"because {At(profile, CellForm.FloatWord)} and no number was seen")
                : DecideInteger(profile);
        }

        return decimals ? DecideDecimal(profile) : DecideInteger(profile);
    }

    static Decision DecideInteger(ColumnProfile profile)
    {
        if (profile.HasDateDigits && profile.Distinct.Count >= LeastDaysOfDigits)
        {
            return DecideDate(
                profile, new TextForm { Cell = CellForm.DateDigits, DateOrder = DateOrder.YearMonthDay },
                $"because all {profile.Values} values are {CellForms.Describe(CellForm.DateDigits)} and the column is named \"{profile.Name}\"");
        }

        var form = new TextForm { Cell = CellForm.Integer };
        if (profile.BeyondInt64Line == 0)
        {
            return new(
                new IntegerType(64, true), form,
                $"because all {profile.Values} values are integers of up to {Math.Max(1, profile.IntegerDigits.Value)} digits");
        }

        var because = $"because the integer on line {profile.BeyondInt64Line} does not fit Int64";
        if (profile.NegativeLine == 0 && profile.BeyondUInt64Line == 0)
        {
            return new(new IntegerType(64, false), form, because);
        }

        if (profile.BeyondInt128Line == 0)
        {
            return new(new IntegerType(128, true), form, because);
        }

        return profile.NegativeLine == 0 && profile.BeyondUInt128Line == 0
            ? new(new IntegerType(128, false), form,
                $"because the integer on line {profile.BeyondInt128Line} does not fit Int128")
            : String($"because the integer on line {profile.BeyondInt128Line} does not fit 128 bits");
    }

    static Decision DecideDecimal(ColumnProfile profile)
    {
        var scale = profile.Scale;
        var digits = profile.IntegerDigits.Value + scale.Value;
        var because = $"because line {scale.Line} has {scale.Value} digits after the point";
        if ((scale.Value > MostDecimalScale || digits > DecimalType.MaxPrecision) && profile.NotADoubleLine == 0)
        {
            return new(
                new FloatType(64), new TextForm { Cell = CellForm.Float },
                $"{because} and all {profile.Values} numbers are as a Float64 prints them");
        }

        if (digits > DecimalType.MaxPrecision)
        {
            return String(
                $"{because}, line {profile.IntegerDigits.Line} has {profile.IntegerDigits.Value} before it: more than "
                + $"{DecimalType.MaxPrecision} together");
        }

        // Room for later files: the digits of the same storage (8 or 16 bytes).
        return new(
            new DecimalType(digits <= 18 ? 18 : DecimalType.MaxPrecision, scale.Value), new TextForm { Cell = CellForm.Decimal },
            $"{because} and line {profile.IntegerDigits.Line} has {profile.IntegerDigits.Value} before it, the most of "
                + $"{profile.Values} values");
    }

    static Decision DecideMoment(ColumnProfile profile, List<CellForm> forms)
    {
        var date = forms[0];
        var withTime = CellForms.IsTimestamp(forms[^1]);
        if (forms.Count > 2 || (forms.Count == 2 && forms[1] != CellForms.WithTime(date)))
        {
            return Text(profile, forms);
        }

        if (profile.ZonedLine != 0 && (profile.NaiveLine != 0 || forms.Count == 2))
        {
            var naive = profile.NaiveLine != 0 ? profile.NaiveLine : profile.FirstLine(date);
            return String($"because line {profile.ZonedLine} has a time zone and line {naive} has none");
        }

        var order = DateOrder.YearMonthDay;
        var because = $"because all {profile.Values} values are {CellForms.Describe(withTime ? forms[^1] : date)}";
        var dateForm = CellForms.IsTimestamp(date) ? date - (CellForm.TimeYmdDash - CellForm.DateYmdDash) : date;
        if (dateForm == CellForm.DateDmyDot)
        {
            order = DateOrder.DayMonthYear;
        }
        else if (dateForm is CellForm.DateDayName or CellForm.DateMonthName)
        {
            order = dateForm == CellForm.DateDayName ? DateOrder.DayMonthYear : DateOrder.MonthDayYear;
        }
        else if (dateForm is CellForm.DateSlash or CellForm.DateDash)
        {
            switch (profile.FirstAbove12Line, profile.SecondAbove12Line)
            {
                case (0, 0):
                    return new(
                        new StringType(), new TextForm { Cell = dateForm, Question = OpenQuestion.DateOrder },
                        $"because the dates are ambiguous: every day and month is at most 12 ({At(profile, date)})");
                case (0, var second):
                    order = DateOrder.MonthDayYear;
                    because += $", month first because of line {second}";
                    break;
                case (var first, 0):
                    order = DateOrder.DayMonthYear;
                    because += $", day first because of line {first}";
                    break;
                case (var first, var second):
                    return String($"because the dates are mixed: line {first} has the day first, line {second} the month");
            }
        }

        var form = new TextForm
        {
            DateOrder = order,
            Cell = withTime ? CellForms.WithTime(dateForm) : dateForm,
            Zoned = profile.ZonedLine != 0,
        };
        return withTime ? DecideTimestamp(profile, form, because) : DecideDate(profile, form, because);
    }

    static Decision DecideDate(ColumnProfile profile, TextForm form, string because)
    {
        var days = profile.Days;
        if (days.Min >= 0 && days.Max < s_day2149)
        {
            return new(new DateType(), form, because);
        }

        var outside = days.Min < 0 ? days.MinLine : days.MaxLine;
        return days.Min >= s_day1900 && days.Max <= s_day2299End
            ? new(new Date32Type(), form, $"{because}, the one on line {outside} outside of 1970 to 2148")
            : String(
                $"because the date on line {(days.Min < s_day1900 ? days.MinLine : days.MaxLine)} is outside of 1900 to 2299",
                form);
    }

    static Decision DecideTimestamp(ColumnProfile profile, TextForm form, string because)
    {
        // An offset may move a timestamp by up to 18 hours: a day is kept clear at the ends.
        var days = profile.Days;
        var margin = form.Zoned ? 1 : 0;
        var fraction = profile.FractionDigits;
        if (fraction.Value == 0 && days.Min >= margin && days.Max < s_day2106 - margin)
        {
            return new(new DateTimeType("UTC"), form, because);
        }

        var scale = fraction.Value switch { 0 => 0, <= 3 => 3, <= 6 => 6, _ => 9 };
        var end = scale == 9 ? s_day2262 - 1 : s_day2299End;
        if (days.Min < s_day1900 + margin || days.Max > end - margin)
        {
            var outside = days.Min < s_day1900 + margin ? days.MinLine : days.MaxLine;
            return String($"because the timestamp on line {outside} is outside of what ClickHouse holds", form);
        }

        because += fraction.Value > 0
            ? $", with {fraction.Value} digits of a second on line {fraction.Line}"
            : $", the one on line {(days.Min < 0 ? days.MinLine : days.MaxLine)} outside of 1970 to 2105";
        return new(new DateTime64Type(scale, "UTC"), form, because);
    }

    /// <summary>Says which value does not go with the others.</summary>
    static Decision Text(ColumnProfile profile, List<CellForm> forms)
    {
        var form = OrderOfDates(profile, forms);
        if (profile.Count(CellForm.Text) is > 0 and var texts)
        {
            var others = forms.Where(f => f != CellForm.Text).Sum(profile.Count);
            var kinds = forms.Where(f => f != CellForm.Text).Select(CellForms.Describe).Distinct();
            return String(
                $"because {At(profile, CellForm.Text)}"
                + (others > texts
                    ? $" ({others} of {profile.Values} values are {string.Join(", ", kinds)})" : ""),
                form);
        }

        if (forms.Count == 1)
        {
            return String($"because {At(profile, forms[0])}, and nothing shows what it stands for", form);
        }

        var most = forms.MaxBy(profile.Count);
        var odd = forms.Where(f => f != most).MinBy(profile.FirstLine);
        var (earlier, later) = profile.FirstLine(most) <= profile.FirstLine(odd) ? (most, odd) : (odd, most);
        return String(
            $"because {At(profile, earlier)} and {At(profile, later)}", form);
    }

    /// <summary>The order of dates in a column that is text for other reasons: a table may dictate a date all the same.</summary>
    static TextForm OrderOfDates(ColumnProfile profile, List<CellForm> forms)
    {
        if (!forms.Exists(f => f is CellForm.DateSlash or CellForm.DateDash or CellForm.TimeSlash or CellForm.TimeDash))
        {
            return TextForm.Default;
        }

        return new TextForm
        {
            DateOrder = (profile.FirstAbove12Line > 0, profile.SecondAbove12Line > 0) switch
            {
                (true, false) => DateOrder.DayMonthYear,
                (false, true) => DateOrder.MonthDayYear,
                _ => DateOrder.Unknown,
            },
        };
    }

    static ColumnType StringOf(ColumnProfile profile, ref string evidence)
    {
        ColumnType type = new StringType();
        if (profile.FormatNulls > 0)
        {
            evidence += $"; nullable, because line {profile.FirstLine(CellForm.Null)} has no value";
            type = new NullableType(type);
        }

        var distinct = profile.Distinct.Count;
        if (profile.Values < LeastValuesForDictionary || distinct > DistinctSketch.Limit
            || distinct * (long)LeastUsesOfEntry > profile.Values)
        {
            return type;
        }

        evidence += $"; a dictionary, because {profile.Values} values are {distinct} different ones";
        return new LowCardinalityType(type);
    }

    /// <summary>The form of the words that stand for no value among values of a type; <see cref="CellForm.Null"/>: there are none.</summary>
    static CellForm NullWordOf(ColumnProfile profile, ColumnType type) =>
        profile.Count(CellForm.NullWord) > 0 ? CellForm.NullWord
        : type is IntegerType && profile.Count(CellForm.FloatWord) > 0 ? CellForm.FloatWord : CellForm.Null;

    static List<CellForm> PresentForms(ColumnProfile profile)
    {
        var forms = new List<CellForm>();
        for (var form = CellForm.Integer; form <= CellForm.Text; form++)
        {
            if (profile.Count(form) > 0)
            {
                forms.Add(form);
            }
        }

        return forms;
    }

    static Decision String(string evidence, TextForm? form = null) =>
        new(new StringType(), (form ?? TextForm.Default) with { Cell = CellForm.Text }, evidence);

    static string At(ColumnProfile profile, CellForm form) => $"line {profile.FirstLine(form)} is {profile.FirstValue(form)}";

    static int Day(int year) => DateText.TryDays(year, 1, 1, out var days) ? days : 0;

    readonly record struct Decision(ColumnType Type, TextForm Form, string Evidence);
}
