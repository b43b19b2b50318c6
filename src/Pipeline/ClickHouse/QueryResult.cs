using System.Globalization;
using Pipeline.Formats.Columns;

namespace Pipeline.ClickHouse;

/// <summary>A small result, whole. Values are as <see cref="ColumnValue.Get"/> gives them.</summary>
public sealed class QueryResult(IReadOnlyList<ColumnDefinition> columns, IReadOnlyList<object?[]> rows)
{
    /// <summary>Empty when a result without rows came without a header.</summary>
    public IReadOnlyList<ColumnDefinition> Columns { get; } = columns;

    public IReadOnlyList<object?[]> Rows { get; } = rows;

    /// <summary>
    /// A value, converted where a number asks for another width; the default of <typeparamref name="T"/> for a null.
    /// </summary>
    /// <exception cref="InvalidCastException">The value is not of that kind.</exception>
    /// <exception cref="OverflowException">The number does not fit.</exception>
    public T? Get<T>(int row, int column) => Convert<T>(Rows[row][column]);

    internal static T? Convert<T>(object? value) => value switch
    {
        null => default,
        T typed => typed,
        IConvertible convertible =>
            (T)convertible.ToType(Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T), CultureInfo.InvariantCulture),
        _ => (T)value,
    };
}

/// <summary>What <c>X-ClickHouse-Summary</c> says about a statement; zeroes when it says nothing.</summary>
public sealed record QuerySummary(long ReadRows, long ReadBytes, long WrittenRows, long WrittenBytes, string QueryId);
