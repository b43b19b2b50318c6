namespace Pipeline.Formats.Typing;

/// <summary>The calendar, and dates as text. The scalar definition: the fast parsers are tested against it.</summary>
static class DateText
{
    public const int MinYear = 1;

    static readonly int[] s_daysBeforeMonth = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];

    /// <summary>
    /// A date as it was written. <see cref="Days"/> is set where the order is known; else <see cref="First"/> and
    /// <see cref="Second"/> are day and month in some order.
    /// </summary>
    public readonly record struct Scan(CellForm Form, int Year, int First, int Second, int Days);

    /// <summary>
    /// Reads the date that a text starts with: <c>yyyy-M-d </c>, <c>yyyy/M/d </c>, <c>d.M.yyyy </c>, <c>a/b/yyyy </c>,
    /// <c>a-b-yyyy </c>, where a and b
    /// are one or two digits; <c>yyyy.MM.dd</c>; those of <see cref="MonthNames"/>. The day must exist (in one of the two orders, where the order is open).
    /// </summary>
    public static bool TryScan(ReadOnlySpan<byte> text, out Scan date, out int used)
    {
        date = default;
        used = 0;
        if (text.Length > 0 && (uint)((text[0] | 0x20) - 'a') < 26)
        {
            return MonthNames.TryScan(text, out date, out used);
        }

        var first = Digits(text, 0, 4);
        if (first == 4)
        {
            if (text.Length < 8 || text[4] is not ((byte)'-' or (byte)'/' or (byte)'.'))
            {
                return false;
            }

            var separator = text[4];
            var month = Digits(text, 5, 2);
            var dayAt = 5 + month + 1;
            if (month == 0 || dayAt >= text.Length || text[dayAt - 1] != separator)
            {
                return false;
            }

            // Dotted dates are two digits each: 2024.1.5 is rather a version.
            var day = Digits(text, dayAt, 2);
            if (day == 0 || (separator == (byte)'.' && (month != 2 || day != 2)))
            {
                return false;
            }

            used = dayAt + day;
            var (y, m, d) = (Value(text, 0, 4), Value(text, 5, month), Value(text, dayAt, day));
            var exists = TryDays(y, m, d, out var days);
            date = new Scan(separator switch { (byte)'-' => CellForm.DateYmdDash, (byte)'/' => CellForm.DateYmdSlash, _ => CellForm.DateYmdDot }, y, m, d, days);
            return exists;
        }

        if (first is 0 or > 2 || first >= text.Length)
        {
            return false;
        }

        if (first + 1 < text.Length && (uint)((text[first + 1] | 0x20) - 'a') < 26)
        {
            return MonthNames.TryScanAfterDay(text, first, Value(text, 0, first), out date, out used);
        }

        var mark = text[first];
        var second = Digits(text, first + 1, 2);
        var yearAt = first + 1 + second + 1;
        if (mark is not ((byte)'.' or (byte)'/' or (byte)'-') || second == 0 || yearAt >= text.Length || text[yearAt - 1] != mark
            || Digits(text, yearAt, 5) != 4)
        {
            return false;
        }

        used = yearAt + 4;
        var (a, b, year) = (Value(text, 0, first), Value(text, first + 1, second), Value(text, yearAt, 4));
        var dayFirst = TryDays(year, b, a, out var dayFirstDays);
        var monthFirst = TryDays(year, a, b, out var monthFirstDays);
        switch (mark)
        {
            case (byte)'.':
                date = new Scan(CellForm.DateDmyDot, year, a, b, dayFirstDays);
                return dayFirst;
            default:
                var form = mark == (byte)'/' ? CellForm.DateSlash : CellForm.DateDash;
                date = new Scan(form, year, a, b, dayFirst ? dayFirstDays : monthFirstDays);
                return dayFirst || monthFirst;
        }
    }

    /// <summary>
    /// Reads <c>yyyyMMdd</c>, all of the text. Years 1900 to 2100 only: numbers that are days by chance are far rarer among these.
    /// </summary>
    public static bool TryDigits(ReadOnlySpan<byte> text, out int days)
    {
        days = 0;
        return text.Length == 8 && Digits(text, 0, 8) == 8 && Value(text, 0, 4) is >= 1900 and <= 2100 and var year
            && TryDays(year, Value(text, 4, 2), Value(text, 6, 2), out days);
    }

    /// <summary>Days since 1970-01-01 of a day that exists, years 1 to 9999.</summary>
    public static bool TryDays(int year, int month, int day, out int days)
    {
        days = 0;
        if (year is < MinYear or > 9999 || month is < 1 or > 12 || day < 1 || day > DaysInMonth(year, month))
        {
            return false;
        }

        var before = year - 1;
        days = (before * 365) + (before / 4) - (before / 100) + (before / 400) + s_daysBeforeMonth[month - 1]
            + (month > 2 && IsLeap(year) ? 1 : 0)
            + day - 1 - 719_162;
        return true;
    }

    public static bool IsLeap(int year) => (year & 3) == 0 && (year % 100 != 0 || year % 400 == 0);

    static int DaysInMonth(int year, int month) => s_daysBeforeMonth[month] - s_daysBeforeMonth[month - 1]
        + (month == 2 && IsLeap(year) ? 1 : 0);

    /// <summary>How many digits stand at a position, up to a most.</summary>
    static int Digits(ReadOnlySpan<byte> text, int at, int most)
    {
        var n = 0;
        while (n < most && at + n < text.Length && (uint)(text[at + n] - '0') <= 9)
        {
            n++;
        }

        return n;
    }

    static int Value(ReadOnlySpan<byte> text, int at, int digits)
    {
        var value = 0;
        for (var i = at; i < at + digits; i++)
        {
            value = (value * 10) + text[i] - '0';
        }

        return value;
    }
}
