using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Pipeline.Configuration;

/// <summary>The text forms of scalar settings: reading them, writing them, and saying what is accepted.</summary>
static partial class ScalarText
{
    public const string DurationPattern = @"^([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+$";
    public const string SizePattern = "^[0-9]+(\\.[0-9]+)?([KMGT]i?B|B)?$";
    public const string RatioPattern = @"^[0-9]+(\.[0-9]+)?%?$";

    static readonly (string Unit, long Bytes)[] s_sizeUnits =
    [
        ("TiB", 1L << 40), ("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10),
        ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000), ("B", 1), ("", 1),
    ];

    static readonly (string Unit, long Ticks)[] s_timeUnits =
    [
        ("d", TimeSpan.TicksPerDay), ("h", TimeSpan.TicksPerHour), ("m", TimeSpan.TicksPerMinute), ("s", TimeSpan.TicksPerSecond),
        ("ms", TimeSpan.TicksPerMillisecond),
    ];

    /// <summary>Reads one value. On failure, what was expected, in words; the caller adds what was there.</summary>
    public static bool TryParse(
        ConfigScalar scalar, string text, out object? value, out (ConfigCode Code, string Expected) problem)
    {
        problem = default;
        value = Read(scalar, text);
        if (value is null)
        {
            problem = (scalar.Type.IsEnum ? ConfigCode.NotAnOption : ConfigCode.WrongType, Expected(scalar));
            return false;
        }

        var (min, max) = (scalar.Setting.Min, scalar.Setting.Max);
        var measure = value switch
        {
            int i => i,
            long l => l,
            double d => d,
            TimeSpan t => t.TotalSeconds,
            _ => double.NaN,
        };
        if (measure < min || measure > max)
        {
            problem = (ConfigCode.OutOfRange, Range(scalar));
            return false;
        }

        return true;
    }

    /// <summary>The canonical text of a value: <see cref="TryParse"/> reads it back to the same value.</summary>
    public static string Format(ConfigScalar scalar, object value) => value switch
    {
        bool flag => flag ? "true" : "false",
        TimeSpan time => FormatDuration(time),
        int or long when scalar.Setting.Kind == SettingKind.Bytes =>
            FormatSize(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
        double ratio when scalar.Setting.Kind == SettingKind.Ratio =>
            ((decimal)ratio * 100).ToString("0.##########", CultureInfo.InvariantCulture) + "%",
        Enum option => JsonNamingPolicy.SnakeCaseLower.ConvertName(option.ToString()),
        Uri uri => uri.OriginalString,
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    /// <summary>The options of an enumeration in the order of their values.</summary>
    public static IReadOnlyList<string> Options(Type type) =>
        [.. Enum.GetNames(type).Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)];

    static object? Read(ConfigScalar scalar, string text)
    {
        if (scalar.Type == typeof(string))
        {
            return text;
        }

        if (scalar.Type == typeof(bool))
        {
            return text switch { "true" or "True" or "TRUE" => true, "false" or "False" or "FALSE" => false, _ => null };
        }

        if (scalar.Type == typeof(char))
        {
            return text switch { "\\t" or "tab" => '\t', [var c] when char.IsAscii(c) => c, _ => null };
        }

        if (scalar.Type == typeof(Uri))
        {
            return Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri : null;
        }

        if (scalar.Type == typeof(TimeSpan))
        {
            return ReadDuration(text);
        }

        if (scalar.Type == typeof(double))
        {
            return ReadRatio(text);
        }

        if (scalar.Type.IsEnum)
        {
            var index = Options(scalar.Type).ToList().IndexOf(text);
            return index < 0 ? null : Enum.GetValues(scalar.Type).GetValue(index);
        }

        var whole = scalar.Setting.Kind == SettingKind.Bytes
            ? ReadSize(text)
            : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var l) ? l : null;
        if (scalar.Type == typeof(int))
        {
            // Beyond the type is beyond the range, and is to be said so.
            return whole is { } wide ? (int)Math.Clamp(wide, int.MinValue, int.MaxValue) : null;
        }

        return whole;
    }

    static TimeSpan? ReadDuration(string text)
    {
        if (!Duration().IsMatch(text))
        {
            return null;
        }

        var ticks = 0m;
        foreach (Match part in DurationPart().Matches(text))
        {
            if (!decimal.TryParse(
                part.Groups["count"].ValueSpan, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count))
            {
                return null;
            }

            ticks += Math.Min(count, 1_000_000_000m) * s_timeUnits.First(u => u.Unit == part.Groups["unit"].Value).Ticks;
        }

        return TimeSpan.FromTicks((long)Math.Min(ticks, long.MaxValue));
    }

    static long? ReadSize(string text)
    {
        if (!Size().IsMatch(text))
        {
            return null;
        }

        var (unit, bytes) = s_sizeUnits.First(u => text.EndsWith(u.Unit, StringComparison.Ordinal));
        if (!decimal.TryParse(
            text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
            out var count))
        {
            return null;
        }

        return count > long.MaxValue / bytes ? long.MaxValue : (long)decimal.Round(count * bytes);
    }

    static double? ReadRatio(string text)
    {
        if (!Ratio().IsMatch(text))
        {
            return null;
        }

        var percent = text.EndsWith('%');
        return decimal.TryParse(text.AsSpan(0, text.Length - (percent ? 1 : 0)), NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture, out var share)
            ? (double)(percent ? share / 100 : share)
            : null;
    }

    static string FormatDuration(TimeSpan time)
    {
        var (unit, ticks) = time == TimeSpan.Zero ? s_timeUnits[3]
            : s_timeUnits.FirstOrDefault(u => time.Ticks % u.Ticks == 0, s_timeUnits[^1]);
        return ((decimal)time.Ticks / ticks).ToString(CultureInfo.InvariantCulture) + unit;
    }

    static string FormatSize(long size)
    {
        var (unit, bytes) = size == 0 ? s_sizeUnits[^2]
            : s_sizeUnits.Where(u => u.Unit.Length != 2).First(u => size % u.Bytes == 0);
        return (size / bytes).ToString(CultureInfo.InvariantCulture) + unit;
    }

    static string Range(ConfigScalar scalar)
    {
        var (min, max) = (scalar.Setting.Min, scalar.Setting.Max);
        return (double.IsNaN(min), double.IsNaN(max)) switch
        {
            (false, false) => $"from {Bound(scalar, min)} to {Bound(scalar, max)}",
            (false, true) => $"{Bound(scalar, min)} or more",
            _ => $"{Bound(scalar, max)} or less",
        };
    }

    static string Bound(ConfigScalar scalar, double bound) => scalar.Type == typeof(TimeSpan)
        ? FormatDuration(TimeSpan.FromSeconds(bound))
        : scalar.Setting.Kind switch
        {
            SettingKind.Bytes => FormatSize((long)bound),
            SettingKind.Ratio => Format(scalar, bound),
            _ => bound.ToString(CultureInfo.InvariantCulture),
        };

    static string Expected(ConfigScalar scalar) => scalar switch
    {
        { Type.IsEnum: true } => "one of " + string.Join(", ", Options(scalar.Type)),
        { Setting.Kind: SettingKind.Bytes } => "a size such as 32MiB (B, KiB, MiB, GiB, TiB)",
        { Setting.Kind: SettingKind.Ratio } => "a share such as 5%",
        { Type: var t } when t == typeof(bool) => "true or false",
        { Type: var t } when t == typeof(char) => "one ASCII character (\\t for a tab)",
        { Type: var t } when t == typeof(Uri) => "an address that starts with http:// or https://",
        { Type: var t } when t == typeof(TimeSpan) => "a duration such as 2s (ms, s, m, h, d)",
        _ => "a whole number",
    };

    [GeneratedRegex(DurationPattern, RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Duration();

    [GeneratedRegex(
        @"(?<count>[0-9]+(\.[0-9]+)?)(?<unit>ms|s|m|h|d)", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex DurationPart();

    [GeneratedRegex(SizePattern, RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Size();

    [GeneratedRegex(RatioPattern, RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Ratio();
}
