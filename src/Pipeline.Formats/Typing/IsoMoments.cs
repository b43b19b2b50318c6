using System.Runtime.CompilerServices;

namespace Pipeline.Formats.Typing;

/// <summary><c>yyyy-MM-dd</c> at fixed positions, years 1600 to 2399: 400 years are one round of the calendar.</summary>
static class IsoDate
{
    public const int Length = 10;

    const int FirstYear = 1600;
    const int Years = 800;

    /// <summary>Days since 1970-01-01 of the first of January.</summary>
    static readonly int[] s_yearStart = CreateYearStarts();

    /// <summary>Days before each month (index 1 to 12) and its length, normal years then leap years, 16 entries each.</summary>
    static readonly (short Before, short Length)[] s_months = CreateMonths();

    /// <summary>Reads ten bytes (sixteen are loaded). False for anything that is not a day of these years.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryParse(ref readonly byte text, out int days)
    {
        // "yyyy-MM-" in one register: the dashes are replaced by zeros, so that the digits can be checked at once.
        var head = Unsafe.ReadUnaligned<ulong>(in text);
        var tail = Unsafe.ReadUnaligned<ushort>(in Unsafe.Add(ref Unsafe.AsRef(in text), 8));
        var digits = head ^ 0x2D30302D30303030;
        var day = (uint)tail ^ 0x3030;
        var valid = ((digits | (digits + 0x7F76767F76767676)) & 0x8080808080808080) == 0 & ((day | (day + 0x7676)) & 0x8080) == 0;
        var year =
            (int)(((digits & 0xFF) * 1000) + (((digits >> 8) & 0xFF) * 100) + (((digits >> 16) & 0xFF) * 10)
            + ((digits >> 24) & 0xFF));
        var month = (int)((((digits >> 40) & 0xFF) * 10) + ((digits >> 48) & 0xFF));
        var dayOfMonth = (int)(((day & 0xFF) * 10) + (day >> 8));
        return TryDays(valid, year, month, dayOfMonth, out days);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool TryDays(bool valid, int year, int month, int day, out int days)
    {
        if (valid && (uint)(year - FirstYear) < Years && (uint)(month - 1) < 12)
        {
            var leap = (year & 3) == 0 && (year % 100 != 0 || year % 400 == 0) ? 16 : 0;
            var (before, length) = s_months[leap + month];
            days = s_yearStart[year - FirstYear] + before + day - 1;
            return (uint)(day - 1) < (uint)length;
        }

        days = 0;
        return false;
    }

    static int[] CreateYearStarts()
    {
        var starts = new int[Years];
        for (var i = 0; i < Years; i++)
        {
            DateText.TryDays(FirstYear + i, 1, 1, out starts[i]);
        }

        return starts;
    }

    static (short, short)[] CreateMonths()
    {
        var months = new (short Before, short Length)[32];
        foreach (var (at, year) in new[] { (0, 2001), (16, 2000) })
        {
            var before = 0;
            for (var month = 1; month <= 12; month++)
            {
                var length = DateTime.DaysInMonth(year, month);
                months[at + month] = ((short)before, (short)length);
                before += length;
            }
        }

        return months;
    }
}

/// <summary><c>yyyy-MM-dd[ T]HH:mm:ss[.f+][Z]</c> at fixed positions.</summary>
static class IsoTimestamp
{
    const int Length = 19;

    /// <summary>Reads a text without zone, or with Z and no fraction; false for anything else.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryParse(ref readonly byte text, int length, int scale, out long seconds, out long fraction)
    {
        fraction = 0;
        seconds = 0;
        ref var start = ref Unsafe.AsRef(in text);
        if (length < Length || Unsafe.Add(ref start, 10) is not ((byte)' ' or (byte)'T')
            || !IsoDate.TryParse(in text, out var days))
        {
            return false;
        }

        // "HH:mm:ss": as with dates, the colons become zeros.
        var time = Unsafe.ReadUnaligned<ulong>(in Unsafe.Add(ref start, 11)) ^ 0x30303A30303A3030;
        var valid = ((time | (time + 0x76767F76767F7676)) & 0x8080808080808080) == 0;
        var pairs = (time * 10) + (time >> 8);
        var hour = (int)(pairs & 0xFF);
        var minute = (int)((pairs >> 24) & 0xFF);
        var second = (int)((pairs >> 48) & 0xFF);
        seconds = (days * 86_400L) + (hour * 3600) + (minute * 60) + second;
        if (!valid || hour > 23 || minute > 59 || second > 59)
        {
            return false;
        }

        if (length == Length)
        {
            return true;
        }

        var digits = length - Length - 1;
        if (Unsafe.Add(ref start, Length) != (byte)'.' || digits is < 1 or > 9 || digits > scale
            || !DigitText.TryParse16(in Unsafe.Add(ref start, Length + 1), digits, out var value))
        {
            return false;
        }

        fraction = (long)(value * DigitText.PowersOf10[scale - digits]);
        return true;
    }
}
