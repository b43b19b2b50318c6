using System.Globalization;
using System.Numerics;
using System.Text;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Typing;

namespace Pipeline.Formats.Tests.Typing;

/// <summary>Every fast parser against a slow and obvious one, over random texts near the edges of what it takes.</summary>
public sealed class ParserTests
{
    const int Rounds = 60_000;

    [Fact]
    public void Integers_AnyText_AgreeWithBigInteger()
    {
        CheckInteger<sbyte, Int64Parser<sbyte>>();
        CheckInteger<short, Int64Parser<short>>();
        CheckInteger<int, Int64Parser<int>>();
        CheckInteger<long, Int64Parser<long>>();
        CheckInteger<Int128, Int128Parser<Int128>>();
        CheckInteger<byte, UInt64Parser<byte>>();
        CheckInteger<ushort, UInt64Parser<ushort>>();
        CheckInteger<uint, UInt64Parser<uint>>();
        CheckInteger<ulong, UInt64Parser<ulong>>();
        CheckInteger<UInt128, Int128Parser<UInt128>>();
    }

    [Theory]
    [InlineData(9, 0)]
    [InlineData(9, 2)]
    [InlineData(18, 0)]
    [InlineData(18, 2)]
    [InlineData(18, 5)]
    [InlineData(18, 18)]
    [InlineData(38, 0)]
    [InlineData(38, 3)]
    [InlineData(38, 20)]
    [InlineData(38, 38)]
    public void Decimals_AnyText_AgreeWithBigInteger(int precision, int scale)
    {
        var random = new Random((precision * 100) + scale);
        for (var i = 0; i < Rounds / 2; i++)
        {
            var text = NumberText(random);
            var expected = ExactDecimal(text.Trim(' '), precision, scale);
            var canonical = CellClassifier.Classify(Bytes(text)).Form is CellForm.Integer or CellForm.Decimal;
            var fast = precision switch
            {
                <= 9 => Parse<int, Decimal64Parser<int>>(new(precision, scale), text) is { } v ? v : default(Int128?),
                <= 18 => Parse<long, Decimal64Parser<long>>(new(precision, scale), text) is { } v ? v : default(Int128?),
                _ => Parse<Int128, Decimal128Parser>(new(precision, scale), text),
            };
            fast.ShouldBe(canonical ? expected : null, text);
            var code = DecimalText.TryParseAny(Bytes(text), precision, scale, out var any);
            (code == RejectCode.None ? any : default(Int128?)).ShouldBe(expected, text);
        }
    }

    [Fact]
    public void Doubles_AnyText_AgreeWithTheFramework()
    {
        var random = new Random(7);
        for (var i = 0; i < Rounds; i++)
        {
            var text = random.Next(3) switch
            {
                0 => BitConverter.Int64BitsToDouble(random.NextInt64()).ToString("R", CultureInfo.InvariantCulture),
                1 => (random.NextDouble() * Math.Pow(10, random.Next(-5, 12))).ToString(
                    random.Next(2) == 0 ? "R" : "G17", CultureInfo.InvariantCulture),
                _ => NumberText(random),
            };
            var form = CellClassifier.Classify(Bytes(text));
            var parsed = Parse<double, DoubleParser>(default, text);
            if (CellForms.IsNumber(form.Form))
            {
                var printed = form.SignificantDigits <= 15 || FloatText.IsPrintedDouble(Bytes(text));
                var value = double.Parse(text, CultureInfo.InvariantCulture);
                parsed.ShouldBe(printed && double.IsFinite(value) ? value : null, text);
                if (parsed is { } p)
                {
                    BitConverter.DoubleToInt64Bits(p).ShouldBe(BitConverter.DoubleToInt64Bits(value), text);
                }
            }
            else if (form.Form == CellForm.Text)
            {
                parsed.ShouldBeNull(text);
            }
        }
    }

    [Fact]
    public void Doubles_PrintedByTheFramework_RoundTrip()
    {
        var random = new Random(8);
        for (var i = 0; i < Rounds; i++)
        {
            var value = random.NextDouble() * Math.Pow(10, random.Next(-3, 8));
            FloatText.IsPrintedDouble(Bytes(value.ToString("R", CultureInfo.InvariantCulture))).ShouldBeTrue();
            FloatText.IsPrintedDouble(Bytes(value.ToString("G17", CultureInfo.InvariantCulture))).ShouldBeTrue();
        }

        for (var i = 0; i < Rounds * 3; i++)
        {
            // Near misses: a digit more or less in the last place is mostly not what is printed.
            var digits = random.NextInt64(1_000_000_000_000_000, 100_000_000_000_000_000);
            var power = random.Next(1, 23);
            var text = power < 16
                ? digits.ToString(CultureInfo.InvariantCulture).Insert(
                Math.Max(1, digits.ToString(CultureInfo.InvariantCulture).Length - power), ".")
                : "0." + digits.ToString(CultureInfo.InvariantCulture).PadLeft(power, '0');
            FloatText.IsPrintedDouble(Bytes(text)).ShouldBe(FloatText.IsPrintedDoubleSlow(Bytes(text)), text);
            if (text[0] == '0' && DecimalToDouble.TryConvert((ulong)digits, text.Length - 2, out var value, out _))
            {
                value.ShouldBe(double.Parse(text, CultureInfo.InvariantCulture), text);
            }
        }

        FloatText.IsPrintedDouble("0.12345678901234567890123"u8).ShouldBeFalse();
        FloatText.IsPrintedDouble("9007199254740993.0"u8).ShouldBeFalse();
    }

    [Fact]
    public void Dates_EveryDay_AgreeWithTheFramework()
    {
        var form = new MomentForm(CellForm.DateYmdDash, DateOrder.YearMonthDay, false, true);
        var parser = new DateParser<int>(form, Moments.FirstDay, Moments.LastDay);
        for (var day = new DateOnly(1899, 12, 1); day < new DateOnly(2300, 2, 1); day = day.AddDays(1))
        {
            var expected = day.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;
            var text = day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            Parse<int, DateParser<int>>(parser, text).ShouldBe(day.Year is >= 1900 and < 2300 ? expected : null, text);
        }
    }

    [Fact]
    public void Dates_AnyText_AgreeWithTheScalarScan()
    {
        var random = new Random(9);
        var form = new MomentForm(CellForm.DateYmdDash, DateOrder.YearMonthDay, false, true);
        var parser = new DateParser<int>(form, int.MinValue, int.MaxValue);
        for (var i = 0; i < Rounds; i++)
        {
            var text = Mutate(random, $"{random.Next(1500, 2500):0000}-{random.Next(0, 14):00}-{random.Next(0, 33):00}");
            var exact =
                DateOnly.TryParseExact(text, "yyyy-M-d", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date);
            Parse<int, DateParser<int>>(parser, text).ShouldBe(exact ? date.DayNumber - 719_162 : null, text);
        }
    }

    [Fact]
    public void DateDigits_AnyText_AgreeWithTheFramework()
    {
        var random = new Random(14);
        var inferred = new DateParser<int>(new(CellForm.DateDigits, DateOrder.YearMonthDay, false, true), Moments.FirstDay, Moments.LastDay);
        var dictated = new DateParser<int>(new(CellForm.Text, DateOrder.Unknown, false, false), Moments.FirstDay, Moments.LastDay);
        for (var i = 0; i < Rounds; i++)
        {
            var text = $"{random.Next(1895, 2105):0000}{random.Next(0, 14):00}{random.Next(0, 33):00}";
            text = random.Next(4) == 0 ? Mutate(random, text) : text;
            var exists = DateOnly.TryParseExact(text, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date);
            int? expected = exists && date.Year is >= 1900 and <= 2100 ? date.DayNumber - 719_162 : null;
            Parse<int, DateParser<int>>(inferred, text).ShouldBe(expected, text);
            if (text.All(char.IsAsciiDigit))
            {
                Parse<int, DateParser<int>>(dictated, text).ShouldBe(expected, text);
            }
        }
    }

    [Fact]
    public void Timestamps_AnyText_FastPathAgreesWithTheScalarScan()
    {
        var random = new Random(10);
        for (var i = 0; i < Rounds; i++)
        {
            var scale = random.Next(0, 4) * 3;
            var fraction = random.Next(3) == 0 ? "." + random.Next(0, 1_000_000).ToString(CultureInfo.InvariantCulture)[..1] : "";
            var zone = random.Next(4) switch { 0 => "Z", 1 => "+02:00", _ => "" };
            var text = $"{random.Next(1890, 2310):0000}-{random.Next(1, 13):00}-{random.Next(1, 32):00}{" T"[random.Next(2)]}"
                + $"{random.Next(0, 25):00}:{random.Next(0, 61):00}:{random.Next(0, 61):00}{fraction}{zone}";
            text = random.Next(3) == 0 ? Mutate(random, text) : text;
            foreach (var (zoned, inferred) in new[] { (false, true), (true, true), (false, false) })
            {
                var form = new MomentForm(CellForm.DateYmdDash, DateOrder.YearMonthDay, zoned, inferred);
                var parser = new TimestampParser<long>(form, scale, null, Moments.FirstSecond, Moments.LastSecond);
                var scalar = parser.TryParseAny(Bytes(text), out var expected) == RejectCode.None ? expected : default(long?);
                Parse<long,
                    TimestampParser<long>>(parser, text).ShouldBe(
                    scalar, $"{text} zoned {zoned} inferred {inferred} scale {scale}");
            }
        }
    }

    [Fact]
    public void Timestamps_Written_AgreeWithTheFramework()
    {
        var random = new Random(11);
        var form = new MomentForm(CellForm.Text, DateOrder.Unknown, false, false);
        var parser = new TimestampParser<long>(form, 6, null, Moments.FirstSecond, Moments.LastSecond);
        for (var i = 0; i < Rounds / 2; i++)
        {
            var offset = TimeSpan.FromMinutes(random.Next(-12 * 60, 12 * 60));
            var moment =
                new DateTimeOffset(
                random.NextInt64(new DateTime(1901, 1, 1).Ticks, new DateTime(2299, 1, 1).Ticks) / 10 * 10, offset);
            var expected = (moment.UtcTicks - DateTime.UnixEpoch.Ticks) / 10;
            foreach (
                var format in new[] { "yyyy-MM-dd HH:mm:ss.ffffffzzz", "yyyy-MM-ddTHH:mm:ss.ffffffzzz",
                "yyyy/M/d H:mm:ss.ffffff zzz" })
            {
                var text =
                    moment.ToString(format, CultureInfo.InvariantCulture).Replace(" +", "+", StringComparison.Ordinal).Replace(
                    " -", "-", StringComparison.Ordinal);
                Parse<long, TimestampParser<long>>(parser, text).ShouldBe(expected, text);
            }
        }
    }

    [Theory]
    [InlineData("2024-01-01 12:00 AM", 0)]
    [InlineData("2024-01-01 12:30 PM", 45_000)]
    [InlineData("2024-01-01 1:05:06 pm", 47_106)]
    [InlineData("2024-01-01T05:06Z", 18_360)]
    [InlineData("2024-01-01 05:06:07+0530", -1_433)]
    [InlineData("2024-01-01 05:06:07 UTC", 18_367)]
    [InlineData("2024-01-01T05:06:07GMT", 18_367)]
    [InlineData("2024-01-01 05:06:07 Z", 18_367)]
    [InlineData("2024-01-01 05:06:07 +0530", -1_433)]
    [InlineData("Mon, 01 Jan 2024 05:06:07 -0100", 21_967)]
    [InlineData("Jan-1-2024 05:06", 18_360)]
    public void Timestamps_OtherForms_AreRead(string text, int secondsOfDay)
    {
        var parser = new TimestampParser<uint>(new(CellForm.Text, DateOrder.Unknown, false, false), 0, null, 0, uint.MaxValue);
        Parse<uint, TimestampParser<uint>>(parser, text).ShouldBe((uint)(1_704_067_200 + secondsOfDay));
    }

    [Fact]
    public void Zones_WallClock_AgreesWithTheFramework()
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        var offsets = ZoneOffsets.For("Europe/Berlin").ShouldNotBeNull();
        var random = new Random(12);
        for (var i = 0; i < Rounds; i++)
        {
            var local = new DateTime(2023, 3, 20).AddMinutes(random.Next(0, 60 * 24 * 240));
            var seconds = (long)(local - DateTime.UnixEpoch).TotalSeconds;
            var exists = offsets.TryToUtc(ref seconds);
            exists.ShouldBe(!zone.IsInvalidTime(local));
            if (exists)
            {
                var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
                seconds.ShouldBe((long)(local - offset - DateTime.UnixEpoch).TotalSeconds, local.ToString("O"));
            }
        }
    }

    [Fact]
    public void Uuids_AnyText_AgreeWithTheFramework()
    {
        var random = new Random(13);
        for (var i = 0; i < Rounds / 4; i++)
        {
            var bytes = new byte[16];
            random.NextBytes(bytes);
            var text = new Guid(bytes).ToString("D");
            text = random.Next(3) switch { 0 => text.ToUpperInvariant(), 1 => Mutate(random, text), _ => text };

            // The framework lets signs and 0x pass inside the groups.
            UInt128? expected = Guid.TryParseExact(text, "D", out var id) && text.All(c => char.IsAsciiHexDigit(c) || c == '-')
                ? UuidType.ToValue(id) : null;
            Parse<UInt128, UuidParser>(default, text).ShouldBe(expected, text);
        }
    }

    [Theory]
    [InlineData("1.2.3.4", true)]
    [InlineData("255.255.255.255", true)]
    [InlineData("256.1.1.1", false)]
    [InlineData("01.2.3.4", false)]
    [InlineData("1.2.3", false)]
    [InlineData("1.2.3.4.5", false)]
    [InlineData("16909060", false)]
    public void IPv4_Text_IsFourNumbers(string text, bool valid)
    {
        (default(IPv4Parser).TryParseAny(Bytes(text), out var value) == RejectCode.None).ShouldBe(valid);
        if (valid)
        {
            IPv4Type.ToAddress(value).ToString().ShouldBe(text);
        }
    }

    [Theory]
    [InlineData("::1", true)]
    [InlineData("2001:db8::ff00:42:8329", true)]
    [InlineData("1.2.3.4", true)]
    [InlineData("fe80::1%eth0", false)]
    [InlineData("[::1]", false)]
    [InlineData("12345::", false)]
    public void IPv6_Text_IsAnAddress(string text, bool valid) =>
        (default(IPv6Parser).TryParseAny(Bytes(text), out _) == RejectCode.None).ShouldBe(valid);

    static void CheckInteger<T, TParser>()
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
        where TParser : struct, ITextParser<T>
    {
        var random = new Random(typeof(T).Name.Length);
        var (low, high) = (BigInteger.CreateChecked(T.MinValue), BigInteger.CreateChecked(T.MaxValue));
        for (var i = 0; i < Rounds / 4; i++)
        {
            var text = random.Next(4) == 0
                ? ((random.Next(2) == 0 ? low : high) + random.Next(-3, 4)).ToString(CultureInfo.InvariantCulture)
                : NumberText(random);
            var isNumber = BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exact);
            var fits = isNumber && exact >= low && exact <= high;
            var canonical = isNumber && (exact.ToString(CultureInfo.InvariantCulture) == text || text == "-0");
            Parse<T,
                TParser>(default, text).ShouldBe(
                fits && canonical ? T.CreateChecked(exact) : null, $"{text} as {typeof(T).Name}");
            var code = default(TParser).TryParseAny(Bytes(text), out var any);
            if (isNumber)
            {
                code.ShouldBe(fits ? RejectCode.None : RejectCode.OutOfRange, text);
                any.ShouldBe(fits ? T.CreateChecked(exact) : any);
            }
        }
    }

    static T? Parse<T, TParser>(TParser parser, string text)
        where T : unmanaged
        where TParser : struct, ITextParser<T>
    {
        // Garbage behind the text must not matter.
        var bytes = Bytes(text);
        if (bytes.Length > TextPadding.Bytes || bytes.Length == 0)
        {
            return null;
        }

        var padded = Enumerable.Repeat((byte)'5', bytes.Length + TextPadding.Bytes).ToArray();
        bytes.CopyTo(padded, 0);
        var parsed = parser.TryParse(in padded[0], bytes.Length, out var value);
        Array.Fill(padded, (byte)'.', bytes.Length, TextPadding.Bytes);
        parser.TryParse(in padded[0], bytes.Length, out var again).ShouldBe(parsed, text);
        if (parsed)
        {
            again.ShouldBe(value, text);
        }

        return parsed ? value : null;
    }

    static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>Numbers, near-numbers and odd ones.</summary>
    static string NumberText(Random random)
    {
        var sign = random.Next(6) switch { 0 or 1 => "-", 2 when random.Next(4) == 0 => "+", _ => "" };
        var whole = Digits(random, random.Next(10) == 0 ? random.Next(0, 40) : random.Next(0, 12));
        var text = sign + (random.Next(3) == 0 ? whole : whole.TrimStart('0') is { Length: > 0 } trimmed ? trimmed : "0");
        text += random.Next(
            3) switch
        { 0 => "." + Digits(random, random.Next(10) == 0 ? random.Next(0, 25) : random.Next(0, 9)), _ => "" };
        return random.Next(12) == 0 ? Mutate(random, text) : text;
    }

    static string Digits(Random random, int count) =>
        string.Concat(Enumerable.Range(0, count).Select(_ => (char)('0' + random.Next(10))));

    static string Mutate(Random random, string text)
    {
        const string Odd = "0123456789-+.:/ TZeExä";
        if (text.Length == 0)
        {
            return "x";
        }

        var at = random.Next(text.Length);
        return random.Next(3) switch
        {
            0 => text.Remove(at, 1),
            1 => text.Insert(at, Odd[random.Next(Odd.Length)].ToString()),
            _ => text.Remove(at, 1).Insert(at, Odd[random.Next(Odd.Length)].ToString()),
        };
    }

    /// <summary>The scaled integer, or null when digits would be lost or it does not fit.</summary>
    static Int128? ExactDecimal(string text, int precision, int scale)
    {
        var match = System.Text.RegularExpressions.Regex.Match(
            text, @"^(?<s>[+-]?)(?<w>\d*)(\.(?<f>\d*))?([eE](?<e>[+-]?\d+))?$",
                System.Text.RegularExpressions.RegexOptions.ExplicitCapture,
            TimeSpan.FromSeconds(1));
        var digits = match.Groups["w"].Value + match.Groups["f"].Value;
        if (!match.Success || digits.Length == 0)
        {
            return null;
        }

        var exponent = match.Groups["e"].Length == 0 ? 0
            : (int)BigInteger.Max(
                -5000, BigInteger.Min(5000, BigInteger.Parse(match.Groups["e"].Value, CultureInfo.InvariantCulture)));
        var shift = scale - match.Groups["f"].Length + exponent;
        var value = BigInteger.Parse(digits, CultureInfo.InvariantCulture);
        if (value.IsZero)
        {
            return 0;
        }

        if (shift > 1000)
        {
            return null;
        }

        if (shift < 0)
        {
            if (shift < -1000)
            {
                return null;
            }

            value = BigInteger.DivRem(value, BigInteger.Pow(10, -shift), out var lost);
            if (!lost.IsZero)
            {
                return null;
            }
        }
        else
        {
            value *= BigInteger.Pow(10, shift);
        }

        return value < BigInteger.Pow(10, precision) ? (Int128)(match.Groups["s"].Value == "-" ? -value : value) : null;
    }
}
