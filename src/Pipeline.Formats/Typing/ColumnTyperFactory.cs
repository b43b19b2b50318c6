using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Formats.Columns;

namespace Pipeline.Formats.Typing;

/// <summary>From a plan to the code that follows it. Everything that cannot work is said here, before the first row.</summary>
static class ColumnTyperFactory
{
    /// <exception cref="PlanException">The plan cannot work.</exception>
    public static (ColumnTyper Typer, TextRule? Rule) Create(ColumnPlan plan, int index)
    {
        if (plan.SourceIndex < 0)
        {
            return (new AbsentColumnTyper(plan, index), null);
        }

        var typer = CreateTyper(plan, index, plan.Type);
        return (typer, CreateTextRule(plan));
    }

    static ColumnTyper CreateTyper(ColumnPlan plan, int index, ColumnType type)
    {
        var value = type is NullableType nullable ? nullable.Inner : type;
        var form = MomentForm.Of(plan.Form, plan.Inferred);
        switch (value)
        {
            case StringType when plan.Inferred && plan.Form.Question != OpenQuestion.None:
                return new OpenColumnTyper(plan, index);
            case StringType:
                return new StringColumnTyper(plan, index);
            case FixedStringType:
                return new FixedStringColumnTyper(plan, index);
            case LowCardinalityType { Value: StringType }:
                return new DictionaryColumnTyper(plan, index);
            case LowCardinalityType { Value: not FixedStringType } dictionary:
                return new DictionaryValueTyper(
                    plan, index, CreateTyper(plan, index, dictionary.Inner), dictionary.Inner.CreateColumn());
            case BoolType when plan.Inferred && CellForms.IsLetter(plan.Form.Cell):
                return Fixed<byte, LetterParser>(plan, index, new(plan.Form.Cell));
            case BoolType:
                return Fixed<byte, BoolParser>(plan, index, new(plan.Form.Cell));
            case IntegerType { Signed: true, Bits: 64 } when plan is { Inferred: true, Form.Style: { } style }:
                return Fixed<long, StyledParser<long, Int64Parser<long>>>(plan, index, new(new(), style));
            case DecimalType { Precision: <= 18 } d when plan is { Inferred: true, Form.Style: { } style }:
                return Fixed<long, StyledParser<long, Decimal64Parser<long>>>(plan, index, new(new(d.Precision, d.Scale), style));
            case DecimalType d when plan is { Inferred: true, Form.Style: { } style }:
                return Fixed<Int128, StyledParser<Int128, Decimal128Parser>>(plan, index, new(new(d.Precision, d.Scale), style));
            case IntegerType { Signed: true } integer:
                return integer.Bits switch
                {
                    8 => Fixed<sbyte, Int64Parser<sbyte>>(plan, index, new()),
                    16 => Fixed<short, Int64Parser<short>>(plan, index, new()),
                    32 => Fixed<int, Int64Parser<int>>(plan, index, new()),
                    64 => Fixed<long, Int64Parser<long>>(plan, index, new()),
                    _ => Fixed<Int128, Int128Parser<Int128>>(plan, index, new()),
                };
            case IntegerType integer:
                return integer.Bits switch
                {
                    8 => Fixed<byte, UInt64Parser<byte>>(plan, index, new()),
                    16 => Fixed<ushort, UInt64Parser<ushort>>(plan, index, new()),
                    32 => Fixed<uint, UInt64Parser<uint>>(plan, index, new()),
                    64 => Fixed<ulong, UInt64Parser<ulong>>(plan, index, new()),
                    _ => Fixed<UInt128, Int128Parser<UInt128>>(plan, index, new()),
                };
            case FloatType { Bits: 64 }:
                return Fixed<double, DoubleParser>(plan, index, new());
            case FloatType:
                return Fixed<float, SingleParser>(plan, index, new());
            case DecimalType { Precision: <= 9 } d:
                return Fixed<int, Decimal64Parser<int>>(plan, index, new(d.Precision, d.Scale));
            case DecimalType { Precision: <= 18 } d:
                return Fixed<long, Decimal64Parser<long>>(plan, index, new(d.Precision, d.Scale));
            case DecimalType d:
                return Fixed<Int128, Decimal128Parser>(plan, index, new(d.Precision, d.Scale));
            case DateType:
                return Fixed<ushort, DateParser<ushort>>(
                    plan, index, new(form, 0, ushort.MaxValue), new(Iso, 0, ushort.MaxValue));
            case Date32Type:
                return Fixed<int, DateParser<int>>(
                    plan, index, new(form, Moments.FirstDay, Moments.LastDay), new(Iso, Moments.FirstDay, Moments.LastDay));
            case DateTimeType t:
                return Fixed<uint, TimestampParser<uint>>(
                    plan, index, new(form, 0, Zone(plan, t.Zone), 0, uint.MaxValue),
                    new(Iso, 0, Zone(plan, t.Zone), 0, uint.MaxValue));
            case DateTime64Type { Scale: >= 0 and <= 9 } t:
                var last = t.Scale == 9 ? Moments.LastNanosecondSecond : Moments.LastSecond;
                return Fixed<long, TimestampParser<long>>(
                    plan, index, new(form, t.Scale, Zone(plan, t.Zone), Moments.FirstSecond, last),
                    new(Iso, t.Scale, Zone(plan, t.Zone), Moments.FirstSecond, last));
            case UuidType:
                return Fixed<UInt128, UuidParser>(plan, index, new());
            case IPv4Type:
                return Fixed<uint, IPv4Parser>(plan, index, new());
            case IPv6Type:
                return Fixed<UInt128, IPv6Parser>(plan, index, new());
            case ArrayType array:
                return CreateArrayTyper(plan, index, array);
            case EnumType { Bits: 8 } e:
                return Fixed<sbyte, EnumParser<sbyte>>(plan, index, new(e));
            case EnumType e:
                return Fixed<short, EnumParser<short>>(plan, index, new(e));
            default:
                throw new PlanException(
                    RejectCode.UnsupportedType,
                $"Column \"{plan.Name}\": text cannot become {plan.Type.Name}. Load it into a String column, or send the "
                        + "file in a format that has such values.");
        }
    }

    static ArrayColumnTyper CreateArrayTyper(ColumnPlan plan, int index, ArrayType type)
    {
        if (plan.Rules is { } rules && (rules.Min is not null || rules.Max is not null || rules.In is not null))
        {
            throw new PlanException(
                RejectCode.UnsupportedType,
                $"Column \"{plan.Name}\": min, max and in need single values; the column is {plan.Type.Name}. Use required or pattern.");
        }

        var element = plan with { Type = type.Element, SourceIndex = 0, Form = plan.Form.Element ?? TextForm.Default, Rules = null };
        return new ArrayColumnTyper(plan, index, CreateTyper(element, index, type.Element));
    }

    static MomentForm Iso => new(CellForm.Text, DateOrder.Unknown, false, false);

    static FixedColumnTyper<T, TParser> Fixed<T, TParser>(ColumnPlan plan, int index, TParser parser, TParser? ofRules = null)
        where T : unmanaged
        where TParser : struct, ITextParser<T> => new(plan, index, parser, CreateValueRule<T, TParser>(plan, ofRules ?? parser));

    static ValueRule<T>? CreateValueRule<T, TParser>(ColumnPlan plan, TParser parser)
        where T : unmanaged
        where TParser : struct, ITextParser<T>
    {
        if (plan.Rules is not { } rules || (rules.Min is null && rules.Max is null && rules.In is null))
        {
            return null;
        }

        return new ValueRule<T>(
            rules.Min is null ? null : Read(rules.Min, "min"),
            rules.Max is null ? null : Read(rules.Max, "max"),
            rules.In?.Select(t => Read(t, "in")).ToHashSet());

        T Read(string text, string rule)
        {
            var code = parser.TryParseAny(Encoding.UTF8.GetBytes(text), out var value);
            return code == RejectCode.None
                ? value
                : throw new PlanException(
                    code, $"Column \"{plan.Name}\": the value {text} of the rule {rule} is no {plan.Type.Name}. Correct it.");
        }
    }

    static TextRule? CreateTextRule(ColumnPlan plan)
    {
        if (plan.Rules is not { } rules)
        {
            return null;
        }

        var isText = plan.Type is StringType or FixedStringType or NullableType { Inner: StringType or FixedStringType }
            or LowCardinalityType { Value: StringType };
        if (isText && (rules.Min is not null || rules.Max is not null))
        {
            throw new PlanException(
                RejectCode.UnsupportedType,
                $"Column \"{plan.Name}\": min and max need a number, a date or a timestamp; the column is "
                + $"{plan.Type.Name}. Use pattern or in.");
        }

        var set = isText && rules.In is { } allowed ? allowed.ToHashSet(StringComparer.Ordinal) : null;
        Regex? pattern = null;
        if (rules.Pattern is { } expression)
        {
            try
            {
                pattern = new Regex(
                    $@"\A(?:{expression})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant,
                    TextRule.MatchTimeout);
            }
            catch (Exception e) when (e is ArgumentException or NotSupportedException)
            {
                throw new PlanException(
                    RejectCode.PatternMismatch, $"Column \"{plan.Name}\": the pattern {expression} cannot be used: {e.Message}");
            }
        }

        return rules.Required || pattern is not null || set is not null ? new TextRule(plan, rules.Required, pattern, set) : null;
    }

    static ZoneOffsets? Zone(ColumnPlan plan, string? zone)
    {
        try
        {
            return ZoneOffsets.For(zone);
        }
        catch (Exception e) when (e is TimeZoneNotFoundException or InvalidTimeZoneException)
        {
            throw new PlanException(
                RejectCode.UnsupportedType,
                $"Column \"{plan.Name}\": the time zone {zone} is not known to this system. Install its time zone data "
                    + "(package tzdata), or use UTC.");
        }
    }
}

/// <summary>A plan that cannot work; becomes a <see cref="PlanProblem"/>.</summary>
sealed class PlanException(RejectCode code, string message) : Exception(message)
{
    public RejectCode Code { get; } = code;
}
