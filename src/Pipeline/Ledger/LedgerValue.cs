using System.Buffers;
using System.Text;
using SQLitePCL;

namespace Pipeline.Ledger;

/// <summary>A value for a parameter: a number, text, bytes or null. Text must be whole (<see cref="LedgerRow.Name"/>).</summary>
readonly struct LedgerValue
{
    const int StackBytes = 512;

    readonly object? _value;
    readonly long _number;
    readonly Kind _kind;

    LedgerValue(Kind kind, object? value, long number = 0)
    {
        _kind = kind;
        _value = value;
        _number = number;
    }

    enum Kind
    {
        Null = 0,
        Number = 1,
        Text = 2,
        Utf8 = 3,
        Bytes = 4,
    }

    public static implicit operator LedgerValue(long value) => new(Kind.Number, null, value);

    public static implicit operator LedgerValue(string? value) => new(value is null ? Kind.Null : Kind.Text, value);

    /// <summary>A BLOB.</summary>
    public static implicit operator LedgerValue(byte[]? value) => new(value is null ? Kind.Null : Kind.Bytes, value);

    /// <summary>TEXT that is UTF-8 already.</summary>
    public static LedgerValue Utf8(byte[]? text) => new(text is null ? Kind.Null : Kind.Utf8, text);

    /// <summary>Returns SQLite's result.</summary>
    public int Bind(sqlite3_stmt statement, int parameter) => _kind switch
    {
        Kind.Number => raw.sqlite3_bind_int64(statement, parameter, _number),
        Kind.Text => BindText(statement, parameter, (string)_value!),
        Kind.Utf8 => raw.sqlite3_bind_text(statement, parameter, (byte[])_value!),
        Kind.Bytes => raw.sqlite3_bind_blob(statement, parameter, (byte[])_value!),
        _ => raw.sqlite3_bind_null(statement, parameter),
    };

    static int BindText(sqlite3_stmt statement, int parameter, string text)
    {
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        var rented = most <= StackBytes ? null : ArrayPool<byte>.Shared.Rent(most);
        try
        {
            var bytes = rented is null ? stackalloc byte[StackBytes] : rented;
            return raw.sqlite3_bind_text(statement, parameter, bytes[..Encoding.UTF8.GetBytes(text, bytes)]);
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }
}
