using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pipeline.Formats.Typing;

/// <summary>Which texts of dates and timestamps a column takes.</summary>
/// <param name="Cell">Inferred columns: this date form only (as a date, without its time). Dictated: <see cref="CellForm.Text"/>,
/// any.</param>
/// <param name="Order">Day or month first, where two numbers come before the year.</param>
/// <param name="Zoned">Inferred timestamps: all have a zone, or none has.</param>
/// <param name="Inferred">Whether other forms widen.</param>
readonly record struct MomentForm(CellForm Cell, DateOrder Order, bool Zoned, bool Inferred)
{
    public static MomentForm Of(TextForm form, bool inferred)
    {
        var cell = CellForms.IsTimestamp(form.Cell) ? form.Cell - (CellForm.TimeYmdDash - CellForm.DateYmdDash) : form.Cell;
        return new MomentForm(cell, form.DateOrder, form.Zoned, inferred);
    }

    /// <summary>Reads the date at the start of a text.</summary>
    public RejectCode TryDate(ReadOnlySpan<byte> text, RejectCode notA, out int days, out int used)
    {
        days = 0;
        if (!DateText.TryScan(text, out var scan, out used) || (Inferred && scan.Form != Cell))
        {
            return notA;
        }

        days = scan.Days;
        if (scan.Form is not (CellForm.DateSlash or CellForm.DateDash))
        {
            return RejectCode.None;
        }

        var (day, month) = (scan.First, scan.Second);
        switch (Order)
        {
            case DateOrder.DayMonthYear:
                break;
            case DateOrder.MonthDayYear:
                (day, month) = (month, day);
                break;
            default:
                return RejectCode.AmbiguousDate;
        }

        return DateText.TryDays(scan.Year, month, day, out days) ? RejectCode.None : notA;
    }
}

/// <summary>Dates as days since 1970-01-01, within the range of the type.</summary>
readonly struct DateParser<T>(MomentForm form, int minDays, int maxDays) : ITextParser<T>
    where T : unmanaged, IBinaryInteger<T>
{
    readonly bool _iso = form.Cell is CellForm.DateYmdDash || !form.Inferred;
    readonly bool _digits = form.Cell is CellForm.DateDigits || !form.Inferred;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryParse(ref readonly byte text, int length, out T value)
    {
        if (_iso && length == IsoDate.Length && IsoDate.TryParse(in text, out var days))
        {
            value = T.CreateTruncating(days);
            return days >= minDays && days <= maxDays;
        }

        return TryParseAny(MemoryMarshal.CreateReadOnlySpan(in text, length), out value) == RejectCode.None;
    }

    public RejectCode TryParseAny(ReadOnlySpan<byte> text, out T value)
    {
        text = form.Inferred ? text : text.Trim(" \t"u8);
        var used = text.Length;
        var code = _digits && DateText.TryDigits(text, out var days) ? RejectCode.None
            : form.TryDate(text, RejectCode.NotADate, out days, out used);
        value = T.CreateTruncating(days);
        if (code != RejectCode.None)
        {
            return code;
        }

        // A timestamp at midnight is a date, if dictated: spreadsheets and databases add the zeros.
        if (used != text.Length
            && (form.Inferred || !TimeText.TryScan(text[used..], out var time) || time.Seconds != 0 || time.Nanoseconds != 0
                || time.OffsetSeconds != 0))
        {
            return RejectCode.NotADate;
        }

        return days < minDays || days > maxDays ? RejectCode.OutOfRange : RejectCode.None;
    }
}

/// <summary>Timestamps as ticks of 10^-scale seconds since 1970-01-01 UTC, within the range of the type.</summary>
readonly struct TimestampParser<T>(MomentForm form, int scale, ZoneOffsets? zone, long minSeconds, long maxSeconds)
    : ITextParser<T>
    where T : unmanaged, IBinaryInteger<T>
{
    readonly bool _iso = form.Cell is CellForm.DateYmdDash || !form.Inferred;
    readonly bool _naive = zone is null && !(form.Inferred && form.Zoned);
    readonly bool _zoned = !form.Inferred || form.Zoned;
    readonly long _ticks = (long)DigitText.PowersOf10[scale];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryParse(ref readonly byte text, int length, out T value)
    {
        var z = length > 0 && Unsafe.Add(ref Unsafe.AsRef(in text), length - 1) == (byte)'Z';
        if (_iso && (z ? _zoned : _naive)
            && IsoTimestamp.TryParse(in text, length - (z ? 1 : 0), scale, out var seconds, out var fraction))
        {
            value = T.CreateTruncating((seconds * _ticks) + fraction);
            return seconds >= minSeconds && seconds <= maxSeconds;
        }

        return TryParseAny(MemoryMarshal.CreateReadOnlySpan(in text, length), out value) == RejectCode.None;
    }

    public RejectCode TryParseAny(ReadOnlySpan<byte> text, out T value)
    {
        text = form.Inferred ? text : text.Trim(" \t"u8);
        if (!YearLast.MayBe(text))
        {
            return TryParseUsual(text, out value);
        }

        Span<byte> usual = stackalloc byte[YearLast.MaxLength];
        return TryParseUsual(YearLast.TryReorder(text, usual, out var length) ? usual[..length] : text, out value);
    }

    RejectCode TryParseUsual(ReadOnlySpan<byte> text, out T value)
    {
        value = T.Zero;
        var code = form.TryDate(text, RejectCode.NotATimestamp, out var days, out var used);
        if (code != RejectCode.None)
        {
            return code;
        }

        var time = default(TimeText.Scan);
        if (used != text.Length && !TimeText.TryScan(text[used..], out time))
        {
            return RejectCode.NotATimestamp;
        }

        if (form.Inferred && (time.Zoned != form.Zoned || (time.FractionDigits > scale)))
        {
            return RejectCode.NotATimestamp;
        }

        var seconds = (days * 86_400L) + time.Seconds;
        if (time.Zoned)
        {
            seconds -= time.OffsetSeconds;
        }
        else if (zone is not null && !zone.TryToUtc(ref seconds))
        {
            return RejectCode.OutOfRange;
        }

        if (seconds < minSeconds || seconds > maxSeconds)
        {
            return RejectCode.OutOfRange;
        }

        // Digits beyond the scale must be zeros: nothing is rounded.
        var unit = (int)DigitText.PowersOf10[9 - scale];
        if (time.Nanoseconds % unit != 0)
        {
            return RejectCode.TooManyDigits;
        }

        value = T.CreateTruncating((seconds * _ticks) + (time.Nanoseconds / unit));
        return RejectCode.None;
    }
}
