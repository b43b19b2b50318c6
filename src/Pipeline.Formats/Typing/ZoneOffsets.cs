namespace Pipeline.Formats.Typing;

/// <summary>
/// Wall-clock time of a zone to UTC. An hour that comes twice (clocks going back) is the first of the two; an hour that does not
/// exist (clocks going forward) is refused. Remembers the last day without a change: rows of a file are near each other in time.
/// </summary>
sealed class ZoneOffsets
{
    readonly TimeZoneInfo _zone;
    long _day = long.MinValue;
    long _offset;

    /// <exception cref="TimeZoneNotFoundException">The system has no such zone.</exception>
    public ZoneOffsets(string name)
    {
        _zone = TimeZoneInfo.FindSystemTimeZoneById(name);
    }

    /// <summary>Null for UTC, which needs no conversion.</summary>
    /// <exception cref="TimeZoneNotFoundException">The system has no such zone.</exception>
    public static ZoneOffsets? For(string? zone) => zone is null or "UTC" or "Etc/UTC" or "GMT" or "Etc/GMT"
        ? null : new ZoneOffsets(zone);

    /// <summary>Turns seconds since 1970-01-01 of the wall clock into UTC. False when the wall clock never showed them.</summary>
    public bool TryToUtc(ref long seconds)
    {
        var day = Math.DivRem(seconds, 86_400, out var rest) - (rest < 0 ? 1 : 0);
        if (day != _day)
        {
            var local = Local(seconds);
            if (_zone.IsInvalidTime(local))
            {
                return false;
            }

            var offset = OffsetOf(local);
            var start = Local(day * 86_400);
            var end = Local((day * 86_400) + 86_399);
            if (_zone.IsInvalidTime(start) || _zone.IsInvalidTime(end) || OffsetOf(start) != offset || OffsetOf(end) != offset
                || _zone.IsAmbiguousTime(start))
            {
                seconds -= offset;
                return true;
            }

            (_day, _offset) = (day, offset);
        }

        seconds -= _offset;
        return true;
    }

    static DateTime Local(long seconds) => DateTime.SpecifyKind(DateTime.UnixEpoch.AddSeconds(seconds), DateTimeKind.Unspecified);

    long OffsetOf(DateTime local) =>
        (long)(_zone.IsAmbiguousTime(local)
            ? _zone.GetAmbiguousTimeOffsets(local).Max() : _zone.GetUtcOffset(local)).TotalSeconds;
}
