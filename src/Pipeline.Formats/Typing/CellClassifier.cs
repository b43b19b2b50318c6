using System.Text;

namespace Pipeline.Formats.Typing;

/// <summary>
/// Names the form of a text. The definition of every form; the parsers of inferred columns take exactly what is named here.
/// </summary>
static class CellClassifier
{
    public static CellFacts Classify(ReadOnlySpan<byte> text)
    {
        if (text.Length == 0)
        {
            return new CellFacts(CellForm.Null);
        }

        // The longest texts that are anything but text: a zoned timestamp with nine digits, a 38-digit decimal with sign and
        // point.
        if (text.Length > TextPadding.Bytes)
        {
            return new CellFacts(CellForm.Text);
        }

        var first = text[0];
        if (first is >= (byte)'0' and <= (byte)'9' or (byte)'-' or (byte)'.')
        {
            var number = ClassifyNumber(text);
            if (number.Form != CellForm.Text)
            {
                return number;
            }

            if (first is not ((byte)'-' or (byte)'.'))
            {
                var moment = ClassifyMoment(text);
                if (moment.Form != CellForm.Text)
                {
                    return moment;
                }
            }
        }

        if (text.Length >= 10 && (uint)((first | 0x20) - 'a') < 26 && (uint)(text[^1] - '0') <= 'z' - '0')
        {
            if (MonthNames.TryScan(text, out _, out _))
            {
                return ClassifyMoment(text);
            }

            if (YearLast.MayBe(text))
            {
                return ClassifyYearLast(text);
            }
        }

        var word = ClassifyWord(text);
        return new CellFacts(
            word != CellForm.Text ? word : NullWords.Is(text) ? CellForm.NullWord : IsStyledNumber(text) ? CellForm.StyledNumber : CellForm.Text);
    }

    /// <summary>The form of a text that was decoded already. Nothing is allocated.</summary>
    public static CellForm FormOf(ReadOnlySpan<char> text)
    {
        if (text.Length > TextPadding.Bytes)
        {
            return CellForm.Text;
        }

        Span<byte> bytes = stackalloc byte[3 * TextPadding.Bytes];
        return Classify(bytes[..Encoding.UTF8.GetBytes(text, bytes)]).Form;
    }

    /// <summary>Integers, decimals and floats.</summary>
    static CellFacts ClassifyNumber(ReadOnlySpan<byte> text)
    {
        var negative = text[0] == (byte)'-';
        var i = negative ? 1 : 0;
        var start = i;
        while (i < text.Length && IsDigit(text[i]))
        {
            i++;
        }

        var integerDigits = i - start;
        if ((integerDigits == 0 && (i == text.Length || text[i] != (byte)'.')) || (integerDigits > 1 && text[start] == (byte)'0'))
        {
            return new CellFacts(CellForm.Text);
        }

        var zero = integerDigits == 0 || text[start] == (byte)'0';
        if (i == text.Length)
        {
            return integerDigits > 39
                ? new CellFacts(CellForm.Text)
                : new CellFacts(CellForm.Integer, zero ? 0 : integerDigits, 0, zero ? 0 : integerDigits, negative && !zero);
        }

        var scale = 0;
        var leadingZeros = 0;
        if (text[i] == (byte)'.')
        {
            i++;
            var fraction = i;
            while (i < text.Length && IsDigit(text[i]))
            {
                i++;
            }

            scale = i - fraction;
            if (scale == 0)
            {
                return new CellFacts(CellForm.Text);
            }

            while (zero && leadingZeros < scale && text[fraction + leadingZeros] == (byte)'0')
            {
                leadingZeros++;
            }
        }

        var significant = zero ? scale - leadingZeros : integerDigits + scale;
        if (i == text.Length)
        {
            return new CellFacts(CellForm.Decimal, zero ? 0 : integerDigits, scale, significant, negative);
        }

        return new CellFacts(ClassifyExponent(text[i..], scale > 0), SignificantDigits: significant, Negative: negative);
    }

    /// <summary><c>E10</c> after a point, <c>e-05</c> or <c>E+10</c> with or without one; up to three digits.</summary>
    static CellForm ClassifyExponent(ReadOnlySpan<byte> text, bool afterPoint)
    {
        if ((text[0] | 0x20) != 'e' || text.Length < 2)
        {
            return CellForm.Text;
        }

        var signed = text[1] is (byte)'+' or (byte)'-';
        var digits = text[(signed ? 2 : 1)..];
        return digits.Length is < 1 or > 3 || digits.IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0
            ? CellForm.Text : signed || afterPoint ? CellForm.Float : CellForm.FloatBare;
    }

    static CellFacts ClassifyMoment(ReadOnlySpan<byte> text)
    {
        if (!DateText.TryScan(text, out var date, out var used))
        {
            return new CellFacts(CellForm.Text);
        }

        if (used == text.Length)
        {
            return new CellFacts(date.Form, Days: date.Days, First: date.First, Second: date.Second);
        }

        return TimeText.TryScan(text[used..], out var time)
            ? new CellFacts(
                CellForms.WithTime(date.Form), Scale: time.FractionDigits, Days: date.Days, First: date.First,
                Second: date.Second, Zoned: time.Zoned)
            : new CellFacts(CellForm.Text);
    }

    static CellFacts ClassifyYearLast(ReadOnlySpan<byte> text)
    {
        Span<byte> usual = stackalloc byte[YearLast.MaxLength];
        return YearLast.TryReorder(text, usual, out var length) ? ClassifyMoment(usual[..length]) : new CellFacts(CellForm.Text);
    }

    static CellForm ClassifyWord(ReadOnlySpan<byte> text)
    {
        switch (text.Length)
        {
            case 1:
                return text[0] switch
                {
                    (byte)'t' or (byte)'f' => CellForm.TLower,
                    (byte)'T' or (byte)'F' => CellForm.TUpper,
                    _ => CellForm.Text,
                };
            case 3 or 4 or 5 or 8 or 9:
                return text switch
                {
                    _ when text.SequenceEqual("true"u8) || text.SequenceEqual("false"u8) => CellForm.BoolLower,
                    _ when text.SequenceEqual("True"u8) || text.SequenceEqual("False"u8) => CellForm.BoolTitle,
                    _ when text.SequenceEqual("TRUE"u8) || text.SequenceEqual("FALSE"u8) => CellForm.BoolUpper,
                    _ when FloatText.IsWord(text) => CellForm.FloatWord,
                    _ => CellForm.Text,
                };
            case UuidText.Length:
                return UuidText.TryParse(text, out _) ? CellForm.Uuid : CellForm.Text;
            default:
                return CellForm.Text;
        }
    }

    static bool IsStyledNumber(ReadOnlySpan<byte> text)
    {
        if (!StyledNumber.MayBe(text))
        {
            return false;
        }

        Span<byte> canonical = stackalloc byte[StyledNumber.MaxLength + 1];
        return (StyledNumber.TryNormalize(text, false, canonical, out var length, out _, out _)
            || StyledNumber.TryNormalize(text, true, canonical, out length, out _, out _))
            && ClassifyNumber(canonical[..length]).Form is CellForm.Integer or CellForm.Decimal;
    }

    static bool IsDigit(byte b) => (uint)(b - '0') <= 9;
}
