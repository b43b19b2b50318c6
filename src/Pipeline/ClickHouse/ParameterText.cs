using System.Collections;
using System.Globalization;
using System.Net;

namespace Pipeline.ClickHouse;

/// <summary>
/// Values of <c>{name:Type}</c> as the <c>param_name</c> of a URL wants them: escaped text, and within arrays quoted text.
/// </summary>
static class ParameterText
{
    public static string Of(object? value) => value switch
    {
        null => "\\N",
        string text => SqlText.Escape(text),
        IEnumerable items and not IPAddress => Array(items),
        _ => Scalar(value),
    };

    static string Array(IEnumerable items) => $"[{string.Join(',', items.Cast<object?>().Select(Element))}]";

    static string Element(object? value) => value switch
    {
        null => "NULL",
        bool or sbyte or byte or short or ushort or int or uint or long or ulong or Int128 or UInt128 or float or double or decimal => Scalar(value),
        string text => SqlText.Quote(text),
        IEnumerable items and not IPAddress => Array(items),
        _ => SqlText.Quote(Scalar(value)),
    };

    static string Scalar(object value) => value switch
    {
        bool flag => flag ? "1" : "0",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        float number => number.ToString("R", CultureInfo.InvariantCulture),
        DateOnly date => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        // The text has no zone: the parameter's type says it, DateTime64(n, 'UTC').
        DateTimeOffset time => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture),
        Guid or IPAddress => value.ToString()!,
        sbyte or byte or short or ushort or int or uint or long or ulong or Int128 or UInt128 or decimal =>
            ((IFormattable)value).ToString(null, CultureInfo.InvariantCulture),
        _ => throw new ArgumentException($"A {value.GetType().Name} cannot be the value of a query parameter."),
    };
}
