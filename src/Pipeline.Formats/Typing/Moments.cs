namespace Pipeline.Formats.Typing;

/// <summary>The ranges of ClickHouse's dates and timestamps, as its documentation gives them for Date32 and DateTime64.</summary>
public static class Moments
{
    /// <summary>1900-01-01, in days from 1970-01-01.</summary>
    public const int FirstDay = -25_567;

    /// <summary>2299-12-31, in days from 1970-01-01.</summary>
    public const int LastDay = 120_529;

    /// <summary>The first second of 1900, in seconds from 1970-01-01 UTC.</summary>
    public const long FirstSecond = FirstDay * SecondsOfDay;

    /// <summary>The last second of 2299, in seconds from 1970-01-01 UTC.</summary>
    public const long LastSecond = (LastDay * SecondsOfDay) + SecondsOfDay - 1;

    /// <summary>One second before the end of 64 bits of nanoseconds, on 2262-04-11.</summary>
    public const long LastNanosecondSecond = 9_223_372_035;

    /// <summary>Seconds of a day.</summary>
    public const long SecondsOfDay = 86_400;

    /// <summary>The first and the last tick of 10^-<paramref name="scale"/> seconds that DateTime64 holds.</summary>
    /// <param name="scale">Digits of a second, 0 to 9.</param>
    public static (long First, long Last) Ticks(int scale)
    {
        var second = TicksOfSecond(scale);
        return (FirstSecond * second, scale == 9 ? long.MaxValue : (LastSecond * second) + second - 1);
    }

    /// <summary>Ticks of 10^-<paramref name="scale"/> seconds in a second.</summary>
    /// <param name="scale">Digits of a second, 0 to 9.</param>
    public static long TicksOfSecond(int scale)
    {
        var ticks = 1L;
        for (; scale > 0; scale--)
        {
            ticks *= 10;
        }

        return ticks;
    }
}
