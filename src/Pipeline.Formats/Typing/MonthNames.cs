using System.Text;

namespace Pipeline.Formats.Typing;

/// <summary>Dates with the English name of their month, whole or its first three letters: <c>31-OCT-2023</c>, <c>Oct 31, 2023</c>.</summary>
static class MonthNames
{
    static readonly string[] s_names =
    [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
    ];

    /// <summary>Reads what follows the digits of a day: a mark (dash, blank, slash or point), the month, the same mark, four digits.</summary>
    public static bool TryScanAfterDay(ReadOnlySpan<byte> text, int dayDigits, int day, out DateText.Scan date, out int used)
    {
        date = default;
        used = 0;
        if (text.Length < dayDigits + 9 || text[dayDigits] is not ((byte)'-' or (byte)' ' or (byte)'/' or (byte)'.')
            || !TryName(text[(dayDigits + 1)..], out var month, out var length))
        {
            return false;
        }

        var at = dayDigits + 1 + length;
        return at < text.Length && text[at] == text[dayDigits] && TryYear(text, at + 1, out var year)
            && Finish(CellForm.DateDayName, year, month, day, at + 5, out date, out used);
    }

    /// <summary>Reads a text that starts with the month: a blank, the day, perhaps a comma, a blank, four digits.</summary>
    public static bool TryScanFromMonth(ReadOnlySpan<byte> text, out DateText.Scan date, out int used)
    {
        date = default;
        used = 0;
        if (!TryName(text, out var month, out var at) || at + 1 >= text.Length || text[at++] != (byte)' ')
        {
            return false;
        }

        var day = 0;
        var start = at;
        while (at < text.Length && at < start + 2 && (uint)(text[at] - '0') <= 9)
        {
            day = (day * 10) + text[at++] - '0';
        }

        at += at < text.Length && text[at] == (byte)',' ? 1 : 0;
        return day > 0 && at < text.Length && text[at] == (byte)' ' && TryYear(text, at + 1, out var year)
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

    static bool TryName(ReadOnlySpan<byte> text, out int month, out int length)
    {
        length = 0;
        while (length < text.Length && (uint)((text[length] | 0x20) - 'a') < 26)
        {
            length++;
        }

        month = 0;
        if (length < 3)
        {
            return false;
        }

        for (var i = 0; i < s_names.Length; i++)
        {
            if ((length == 3 || length == s_names[i].Length) && Ascii.EqualsIgnoreCase(text[..length], s_names[i].AsSpan(0, length)))
            {
                month = i + 1;
                return true;
            }
        }

        return false;
    }
}
