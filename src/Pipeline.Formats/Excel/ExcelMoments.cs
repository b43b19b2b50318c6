using System.Globalization;
using System.Text;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Excel;

/// <summary>How a number format shows a number as a moment.</summary>
enum ExcelMoment : byte
{
    None,
    Date,
    DateTime,
    Time,

    /// <summary>Elapsed hours, minutes or seconds: <c>[h]:mm:ss</c>.</summary>
    Duration,
}

/// <summary>
/// Dates and times of workbooks. A moment is a number of days: since 1899-12-31 in the 1900 system (which counts a February 29,
/// 1900, as
/// day 60 that never was), since 1904-01-01 in the other. Only the number format says that it is a moment.
/// </summary>
static class ExcelMoments
{
    const long MillisecondsPerDay = 86_400_000;

    // 9999-12-31 in the 1900 system is day 2,958,465.
    const double EndOfTime = 2_958_466;

    static readonly string[] s_isoTimes = ["hh\\:mm", "hh\\:mm\\:ss", "hh\\:mm\\:ss\\.FFFFFFF"];

    /// <summary>What a built-in format shows (ECMA-376 part 1, 18.8.30; the East Asian ones as Excel shows them).</summary>
    public static ExcelMoment OfBuiltIn(int id) => id switch
    {
        >= 14 and <= 17 => ExcelMoment.Date,
        >= 18 and <= 21 => ExcelMoment.Time,
        22 => ExcelMoment.DateTime,
        >= 27 and <= 31 or 36 or (>= 50 and <= 58) => ExcelMoment.Date,
        >= 32 and <= 35 => ExcelMoment.Time,
        45 or 47 => ExcelMoment.Time,
        46 => ExcelMoment.Duration,
        _ => ExcelMoment.None,
    };

    /// <summary>
    /// What a format code shows: its first section decides. Texts, escapes, colours and conditions do not count.
    /// </summary>
    public static ExcelMoment OfCode(string? code)
    {
        if (string.IsNullOrEmpty(code))
        {
            return ExcelMoment.None;
        }

        bool year = false, day = false, hour = false, second = false, minuteOrMonth = false, digits = false;
        for (var i = 0; i < code.Length && code[i] != ';'; i++)
        {
            switch (code[i])
            {
                case '"':
                    var quote = code.IndexOf('"', i + 1);
                    i = quote < 0 ? code.Length : quote;
                    break;
                case '\\' or '_' or '*':
                    i++;
                    break;
                case '[':
                    var close = code.IndexOf(']', i);
                    if (close > i + 1 && code[(i + 1)..close].All(c => c is 'h' or 'H' or 'm' or 'M' or 's' or 'S'))
                    {
                        return ExcelMoment.Duration;
                    }

                    i = close < 0 ? code.Length : close;
                    break;
                case 'g' or 'G' when string.Compare(code, i, "General", 0, "General".Length, StringComparison.OrdinalIgnoreCase) == 0:
                    return ExcelMoment.None;
                case 'y' or 'Y' or 'e' or 'g' or 'G' when !digits:
                    year = true;
                    break;
                case 'd' or 'D':
                    day = true;
                    break;
                case 'h' or 'H':
                    hour = true;
                    break;
                case 's' or 'S':
                    second = true;
                    break;
                case 'm' or 'M':
                    minuteOrMonth = true;
                    break;
                case 'A' or 'a' when AmPm(code, i) is > 0 and var length:
                    i += length - 1;
                    break;
                case '0' or '#' or '?':
                    // Behind seconds these are their fraction.
                    digits |= !second;
                    break;
            }
        }

        var time = hour || second;
        return (year || day, time) switch
        {
            _ when digits && !(year || day || hour) => ExcelMoment.None,
            (true, true) => ExcelMoment.DateTime,
            (true, false) => ExcelMoment.Date,
            (false, true) => ExcelMoment.Time,
            _ => minuteOrMonth ? ExcelMoment.Date : ExcelMoment.None,
        };
    }

    static int AmPm(string code, int at) =>
        string.Compare(code, at, "AM/PM", 0, 5, StringComparison.OrdinalIgnoreCase) == 0 ? 5
        : string.Compare(code, at, "A/P", 0, 3, StringComparison.OrdinalIgnoreCase) == 0 ? 3 : 0;

    /// <summary>Writes a moment. False when the number is none: negative, or beyond the year 9999.</summary>
    public static bool TryWrite(double serial, ExcelMoment moment, bool is1904, Span<byte> target, out int length,
        out FieldKind kind)
    {
        length = 0;
        kind = FieldKind.Text;
        if (!(serial >= 0 && serial < EndOfTime))
        {
            return false;
        }

        var milliseconds = (long)Math.Round(serial * MillisecondsPerDay);
        var day = milliseconds / MillisecondsPerDay;
        var timeOfDay = TimeSpan.FromMilliseconds(milliseconds % MillisecondsPerDay);
        if (moment == ExcelMoment.Duration)
        {
            length = Put(target, string.Create(CultureInfo.InvariantCulture,
                $"{(milliseconds / 3_600_000):00}:{timeOfDay.Minutes:00}:{timeOfDay.Seconds:00}{Fraction(timeOfDay)}"));
            return true;
        }

        // Less than a day, also where the milliseconds are rounded up to one: the sheet shows 00:00:00.
        if (moment == ExcelMoment.Time && serial < 1)
        {
            length = Put(target, string.Create(CultureInfo.InvariantCulture, $"{timeOfDay:hh\\:mm\\:ss}{Fraction(timeOfDay)}"));
            return true;
        }

        if (day == 60 && !is1904)
        {
            // The day that never was stays what the sheet shows.
            length = Put(target, "1900-02-29");
            return true;
        }

        var start = is1904 ? new DateTime(1904, 1, 1) : day < 60 ? new DateTime(1899, 12, 31) : new DateTime(1899, 12, 30);
        if (day > (DateTime.MaxValue.Date - start).Days)
        {
            return false;
        }

        length = WriteMoment(start.AddDays(day) + timeOfDay, moment != ExcelMoment.Date, target);
        kind = FieldKind.Timestamp;
        return true;
    }

    /// <summary>Writes a date, with its time when asked or when there is one.</summary>
    public static int WriteMoment(DateTime value, bool withTime, Span<byte> target) => Put(target, withTime
        || value.TimeOfDay != TimeSpan.Zero
        ? value.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) + Fraction(value.TimeOfDay)
        : value.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    /// <summary>
    /// Writes an ISO moment of a strict workbook; as text when it is something else. A cell has no time zone, so a Z says nothing.
    /// </summary>
    public static FieldKind WriteIso(ReadOnlySpan<byte> text, Span<byte> target, out int length)
    {
        var value = Encoding.UTF8.GetString(text);
        if (TimeSpan.TryParseExact(value.TrimStart('T').TrimEnd('Z'), s_isoTimes, CultureInfo.InvariantCulture, out var time))
        {
            length = Put(target, string.Create(CultureInfo.InvariantCulture, $"{time:hh\\:mm\\:ss}{Fraction(time)}"));
            return FieldKind.Text;
        }

        // The framework reads much else as a date, and a time alone as one of today.
        if (value.Length >= 10 && value[4] == '-' && value[7] == '-' && DateTime.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind,
            out var moment)
            && moment.Kind != DateTimeKind.Local)
        {
            length = WriteMoment(moment, value.Length > 10, target);
            return FieldKind.Timestamp;
        }

        text.CopyTo(target);
        length = text.Length;
        return length == 0 ? FieldKind.Null : FieldKind.Text;
    }

    static string Fraction(TimeSpan time) =>
        time.Milliseconds == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $".{time.Milliseconds:000}");

    static int Put(Span<byte> target, string text) => Encoding.UTF8.GetBytes(text, target);
}
