namespace Pipeline.Formats.Typing;

/// <summary>
/// The time of day behind a date: <c>[T ]HH:mm[:ss[.f{1,9}]][ ][AM|PM][ ][Z|UTC|GMT|±hh[:]mm]</c>. The scalar definition.
/// A comma in place of the point stands before three, six or nine digits, as loggers print it: <c>2024-01-01 10:00:00,5</c> is mostly a
/// timestamp and a number.
/// </summary>
static class TimeText
{
    /// <summary>A time as it was written.</summary>
    /// <param name="Seconds">Of the day, as written, before the offset is taken away.</param>
    /// <param name="Nanoseconds">Of the second.</param>
    /// <param name="FractionDigits">0 to 9.</param>
    /// <param name="Zoned">Whether Z or an offset follows.</param>
    /// <param name="OffsetSeconds">East of UTC.</param>
    public readonly record struct Scan(int Seconds, int Nanoseconds, int FractionDigits, bool Zoned, int OffsetSeconds);

    /// <summary>Reads all of a text that starts with T or a blank.</summary>
    public static bool TryScan(ReadOnlySpan<byte> text, out Scan time)
    {
        time = default;
        if (text.Length < 5 || text[0] is not ((byte)'T' or (byte)' '))
        {
            return false;
        }

        // Hours of one digit are printed by spreadsheets ("9:05"); ISO times behind a T have two.
        var at = 1;
        var hourDigits = IsDigit(text[2]) ? 2 : 1;
        if ((hourDigits == 1 && text[0] == (byte)'T') || !TryNumber(text, ref at, hourDigits, out var hour)
            || !TryMark(text, ref at, (byte)':') || !TryNumber(text, ref at, 2, out var minute))
        {
            return false;
        }

        int second = 0, nanoseconds = 0, digits = 0;
        if (at < text.Length && text[at] == (byte)':')
        {
            at++;
            if (!TryNumber(text, ref at, 2, out second))
            {
                return false;
            }

            if (at < text.Length && text[at] is (byte)'.' or (byte)',')
            {
                var isComma = text[at++] == (byte)',';
                while (at < text.Length && IsDigit(text[at]))
                {
                    if (digits < 9)
                    {
                        nanoseconds = (nanoseconds * 10) + text[at] - '0';
                    }

                    digits++;
                    at++;
                }

                if (digits is 0 or > 9 || (isComma && digits % 3 != 0))
                {
                    return false;
                }

                for (var i = digits; i < 9; i++)
                {
                    nanoseconds *= 10;
                }
            }
        }

        if (!TryHalfDay(text, ref at, ref hour) || hour > 23 || minute > 59 || second > 59)
        {
            return false;
        }

        var zoned = at < text.Length;
        if (!TryOffset(text[at..], out var offset))
        {
            return false;
        }

        time = new Scan((hour * 3600) + (minute * 60) + second, nanoseconds, digits, zoned, offset);
        return true;
    }

    /// <summary>AM or PM, with or without a blank before it; hours are 1 to 12 then.</summary>
    static bool TryHalfDay(ReadOnlySpan<byte> text, ref int at, ref int hour)
    {
        var i = at < text.Length && text[at] == (byte)' ' ? at + 1 : at;
        if (text.Length - i < 2 || (text[i] | 0x20) is not ('a' or 'p') || (text[i + 1] | 0x20) != 'm')
        {
            return true;
        }

        if (hour is < 1 or > 12)
        {
            return false;
        }

        hour = (hour % 12) + ((text[i] | 0x20) == 'p' ? 12 : 0);
        at = i + 2;
        return true;
    }

    /// <summary>
    /// Nothing, or with or without a blank before it <c>Z</c>, <c>UTC</c>, <c>GMT</c>, <c>±hh:mm</c> or <c>±hhmm</c>, or <c>±hh</c>, which behind a blank may be
    /// a number; up to 18 hours.
    /// </summary>
    static bool TryOffset(ReadOnlySpan<byte> text, out int seconds)
    {
        seconds = 0;
        if (text.Length == 0)
        {
            return true;
        }

        var behindBlank = text[0] == (byte)' ';
        text = behindBlank ? text[1..] : text;
        if (text.SequenceEqual("Z"u8) || text.SequenceEqual("UTC"u8) || text.SequenceEqual("GMT"u8))
        {
            return true;
        }

        if (text.Length < (behindBlank ? 5 : 1) || text[0] is not ((byte)'+' or (byte)'-'))
        {
            return false;
        }

        var at = 1;
        var minutes = 0;
        if (!TryNumber(text, ref at, 2, out var hours))
        {
            return false;
        }

        if (at < text.Length)
        {
            if (text[at] == (byte)':')
            {
                at++;
            }

            if (!TryNumber(text, ref at, 2, out minutes))
            {
                return false;
            }
        }

        seconds = ((hours * 3600) + (minutes * 60)) * (text[0] == (byte)'-' ? -1 : 1);
        return at == text.Length && hours <= 18 && minutes <= 59;
    }

    static bool TryNumber(ReadOnlySpan<byte> text, ref int at, int digits, out int value)
    {
        value = 0;
        if (text.Length - at < digits)
        {
            return false;
        }

        for (var end = at + digits; at < end; at++)
        {
            if (!IsDigit(text[at]))
            {
                return false;
            }

            value = (value * 10) + text[at] - '0';
        }

        return true;
    }

    static bool TryMark(ReadOnlySpan<byte> text, ref int at, byte mark) => at < text.Length && text[at++] == mark;

    static bool IsDigit(byte b) => (uint)(b - '0') <= 9;
}
