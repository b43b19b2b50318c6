using System.Text;

namespace Pipeline.Formats.Typing;

/// <summary>
/// Dates with the English name of their month, whole or its first three letters: <c>31-OCT-2023</c>, <c>Oct 31, 2023</c>, <c>Oct-31-2023</c>;
/// with or without the day of the week before them, which must be that of the date: <c>Tue, 31 Oct 2023</c>.
/// </summary>
static class MonthNames
{
    static readonly string[] s_names =
    [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
    ];

    // From the day of 1970-01-01.
    static readonly string[] s_weekdays = ["thursday", "friday", "saturday", "sunday", "monday", "tuesday", "wednesday"];

    /// <summary>Reads a text that starts with a letter: with the month, or with the day of the week.</summary>
    public static bool TryScan(ReadOnlySpan<byte> text, out DateText.Scan date, out int used)
    {
        var letters = Letters(text);
        if (letters < 3 || !TryWeekday(text[..letters], out var weekday))
        {
            return TryScanFromMonth(text, letters, out date, out used);
        }

        var at = letters + (letters < text.Length && text[letters] == (byte)',' ? 1 : 0);
        date = default;
        used = 0;
        if (at + 1 >= text.Length || text[at++] != (byte)' ')
        {
            return false;
        }

        var rest = text[at..];
        var isDate = rest[0] <= (byte)'9' ? DateText.TryScan(rest, out date, out used) : TryScanFromMonth(rest, Letters(rest), out date, out used);
        if (!isDate || date.Form is not (CellForm.DateDayName or CellForm.DateMonthName) || weekday != ((date.Days % 7) + 7) % 7)
        {
            return false;
        }

        used += at;
        return true;
    }

    /// <summary>Reads what follows the digits of a day: a mark (dash, blank, slash or point), the month, the same mark, four digits.</summary>
    public static bool TryScanAfterDay(ReadOnlySpan<byte> text, int dayDigits, int day, out DateText.Scan date, out int used)
    {
        date = default;
        used = 0;
        if (text.Length < dayDigits + 9 || text[dayDigits] is not ((byte)'-' or (byte)' ' or (byte)'/' or (byte)'.'))
        {
            return false;
        }

        var length = Letters(text[(dayDigits + 1)..]);
        if (!TryName(s_names, text.Slice(dayDigits + 1, length), out var month))
        {
            return false;
        }

        var at = dayDigits + 1 + length;
        return at < text.Length && text[at] == text[dayDigits] && TryYear(text, at + 1, out var year)
            && Finish(CellForm.DateDayName, year, month, day, at + 5, out date, out used);
    }

    /// <summary>Behind the month: a blank, the day, perhaps a comma, a blank, four digits; or a dash or slash in place of both blanks.</summary>
    static bool TryScanFromMonth(ReadOnlySpan<byte> text, int letters, out DateText.Scan date, out int used)
    {
        date = default;
        used = 0;
        if (!TryName(s_names, text[..letters], out var month) || letters + 1 >= text.Length
            || text[letters] is not ((byte)' ' or (byte)'-' or (byte)'/'))
        {
            return false;
        }

        var mark = text[letters];
        var at = letters + 1;
        var day = 0;
        var start = at;
        while (at < text.Length && at < start + 2 && (uint)(text[at] - '0') <= 9)
        {
            day = (day * 10) + text[at++] - '0';
        }

        at += at < text.Length && mark == (byte)' ' && text[at] == (byte)',' ? 1 : 0;
        return day > 0 && at < text.Length && text[at] == mark && TryYear(text, at + 1, out var year)
            && Finish(CellForm.DateMonthName, year, month, day, at + 5, out date, out used);
    }

    static bool Finish(CellForm form, int year, int month, int day, int end, out DateText.Scan date, out int used)
    {
        used = end;
        var exists = DateText.TryDays(year, month, day, out var days);
        date = new DateText.Scan(form, year, 0, 0, days);
        return exists;
    }

    static bool TryYear(ReadOnlySpan<byte> text, int at, out int year)
    {
        year = 0;
        var end = at;
        for (; end < text.Length && (uint)(text[end] - '0') <= 9; end++)
        {
            year = end - at < 4 ? (year * 10) + text[end] - '0' : year;
        }

        return end - at == 4;
    }

    static int Letters(ReadOnlySpan<byte> text)
    {
        var length = 0;
        while (length < text.Length && (uint)((text[length] | 0x20) - 'a') < 26)
        {
            length++;
        }

        return length;
    }

    static bool TryWeekday(ReadOnlySpan<byte> word, out int day)
    {
        day = -1;
        return (word[0] | 0x20) is 'm' or 't' or 'w' or 'f' or 's' && word.Length is 3 or (>= 6 and <= 9)
            && TryName(s_weekdays, word, out day) && --day >= 0;
    }

    /// <summary>The number of a name, from 1: whole or its first three letters.</summary>
    static bool TryName(string[] names, ReadOnlySpan<byte> word, out int number)
    {
        number = 0;
        for (var i = 0; i < names.Length && word.Length >= 3; i++)
        {
            if ((word.Length == 3 || word.Length == names[i].Length) && Ascii.EqualsIgnoreCase(word, names[i].AsSpan(0, word.Length)))
            {
                number = i + 1;
                return true;
            }
        }

        return false;
    }
}
