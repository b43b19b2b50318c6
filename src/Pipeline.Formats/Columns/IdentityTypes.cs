using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Pipeline.Formats.Columns;

/// <summary>
/// <c>UUID</c>: 16 bytes, as two little-endian halves, the high half first. A column value is therefore a <see cref="UInt128"/>
/// whose
/// lower half is the first half of the text: <see cref="ToValue"/> and <see cref="ToGuid"/> are the two directions.
/// </summary>
public sealed record UuidType : ColumnType
{
    public override string Name => "UUID";

    public override Column CreateColumn() => new FixedColumn<UInt128>(this);

    public static UInt128 ToValue(Guid id)
    {
        Span<byte> text = stackalloc byte[16];
        id.TryWriteBytes(text, bigEndian: true, out _);
        return new UInt128(BinaryPrimitives.ReadUInt64BigEndian(text[8..]), BinaryPrimitives.ReadUInt64BigEndian(text));
    }

    public static Guid ToGuid(UInt128 value)
    {
        Span<byte> text = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(text, (ulong)value);
        BinaryPrimitives.WriteUInt64BigEndian(text[8..], (ulong)(value >> 64));
        return new Guid(text, bigEndian: true);
    }
}

/// <summary><c>IPv4</c>: the address as a number, <c>127.0.0.1</c> = 0x7F000001.</summary>
public sealed record IPv4Type : ColumnType
{
    public override string Name => "IPv4";

    public override Column CreateColumn() => new FixedColumn<uint>(this);

    public static uint ToValue(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[4];
        return address.AddressFamily == AddressFamily.InterNetwork && address.TryWriteBytes(bytes, out _)
            ? BinaryPrimitives.ReadUInt32BigEndian(bytes)
            : throw new ArgumentException($"{address} is not an IPv4 address.", nameof(address));
    }

    public static IPAddress ToAddress(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return new IPAddress(bytes);
    }
}

/// <summary>
/// <c>IPv6</c>: 16 bytes in network order. A column value is the <see cref="UInt128"/> that has these bytes in memory, so on this
/// (little-endian) machine the address reversed: <see cref="ToValue"/> and <see cref="ToAddress"/> are the two directions.
/// </summary>
public sealed record IPv6Type : ColumnType
{
    public override string Name => "IPv6";

    public override Column CreateColumn() => new FixedColumn<UInt128>(this);

    /// <summary>The value of an address; an IPv4 address is mapped (<c>::ffff:a.b.c.d</c>), as ClickHouse does.</summary>
    public static UInt128 ToValue(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.MapToIPv6().TryWriteBytes(bytes, out _);
        return BinaryPrimitives.ReadUInt128LittleEndian(bytes);
    }

    public static IPAddress ToAddress(UInt128 value)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128LittleEndian(bytes, value);
        return new IPAddress(bytes);
    }
}
