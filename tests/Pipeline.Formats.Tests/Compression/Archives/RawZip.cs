using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace Pipeline.Formats.Tests.Compression.Archives;

/// <summary>A zip file written byte by byte (APPNOTE 4.3), for what no library writes on demand.</summary>
sealed class RawZip
{
    const ushort Deflated = 8;

    readonly MemoryStream _bytes = new();
    readonly MemoryStream _directory = new();
    int _entries;

    /// <summary>A number of entries in the end record other than the true one.</summary>
    public ushort? Claimed { get; init; }

    /// <summary>Bytes from one member's start to the next one's, where all lie over the first: only that one is in the file.</summary>
    public int? Overlap { get; init; }

    /// <summary>Sizes and offsets in 64 bits, with the records of zip64.</summary>
    public bool Is64 { get; init; }

    /// <param name="name">Its bytes as they are in the file.</param>
    /// <param name="content">What is packed.</param>
    /// <param name="descriptor">Sizes and checksum follow the data (bit 3), as programs write that cannot seek.</param>
    /// <param name="flags">Further flags: 1 encrypted, 0x800 name in UTF-8.</param>
    /// <param name="crc">A checksum other than the true one.</param>
    /// <param name="cut">Bytes of the packed data that are missing, though its length still says so.</param>
    public RawZip Add(byte[] name, byte[] content, bool descriptor = false, ushort flags = 0, uint? crc = null, int cut = 0)
    {
        var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            deflate.Write(content);
        }

        flags |= (ushort)(descriptor ? 8 : 0);
        var sum = crc ?? Crc32.HashToUInt32(content);
        var start = _bytes.Position;
        var offset = Overlap is { } step ? step * _entries : start;
        var (size, whole) = ((ulong)packed.Length, (ulong)content.Length);

        U32(_bytes, 0x04034B50);
        Middle(_bytes, flags, descriptor ? 0 : sum, descriptor ? 0 : size, descriptor ? 0 : whole, Is64 && !descriptor);
        U16(_bytes, (ushort)name.Length);
        U16(_bytes, (ushort)(Is64 && !descriptor ? 20 : 0));
        _bytes.Write(name);
        if (Is64 && !descriptor)
        {
            Extra64(_bytes, whole, size);
        }

        _bytes.Write(packed.ToArray().AsSpan(0, (int)packed.Length - cut));
        if (descriptor)
        {
            U32(_bytes, 0x08074B50);
            U32(_bytes, sum);
            U32(_bytes, (uint)size);
            U32(_bytes, (uint)whole);
        }

        if (Overlap is not null && _entries > 0)
        {
            _bytes.SetLength(start);
        }

        U32(_directory, 0x02014B50);
        U16(_directory, 45);
        Middle(_directory, flags, sum, size, whole, Is64);
        U16(_directory, (ushort)name.Length);
        U16(_directory, (ushort)(Is64 ? 28 : 0));
        _directory.Write(new byte[10]);
        U32(_directory, Is64 ? uint.MaxValue : (uint)offset);
        _directory.Write(name);
        if (Is64)
        {
            Extra64(_directory, whole, size, (ulong)offset);
        }

        _entries++;
        return this;
    }

    public byte[] ToArray()
    {
        var result = new MemoryStream();
        result.Write(_bytes.ToArray());
        var start = (ulong)result.Position;
        result.Write(_directory.ToArray());
        var (entries, length) = (Claimed ?? (ushort)_entries, (ulong)_directory.Length);
        if (Is64)
        {
            var end64 = (ulong)result.Position;
            U32(result, 0x06064B50);
            U64(result, 44);
            U16(result, 45);
            U16(result, 45);
            result.Write(new byte[8]);
            U64(result, entries);
            U64(result, entries);
            U64(result, length);
            U64(result, start);
            U32(result, 0x07064B50);
            U32(result, 0);
            U64(result, end64);
            U32(result, 1);
        }

        U32(result, 0x06054B50);
        result.Write(new byte[4]);
        U16(result, Is64 ? ushort.MaxValue : entries);
        U16(result, Is64 ? ushort.MaxValue : entries);
        U32(result, Is64 ? uint.MaxValue : (uint)length);
        U32(result, Is64 ? uint.MaxValue : (uint)start);
        U16(result, 0);
        return result.ToArray();
    }

    static void Middle(Stream target, ushort flags, uint sum, ulong size, ulong whole, bool is64)
    {
        U16(target, 45);
        U16(target, flags);
        U16(target, Deflated);
        U32(target, 0x58210000);
        U32(target, sum);
        U32(target, is64 ? uint.MaxValue : (uint)size);
        U32(target, is64 ? uint.MaxValue : (uint)whole);
    }

    static void Extra64(Stream target, params ulong[] values)
    {
        U16(target, 1);
        U16(target, (ushort)(values.Length * 8));
        foreach (var value in values)
        {
            U64(target, value);
        }
    }

    static void U16(Stream target, ushort value) => Put(target, value, 2);

    static void U32(Stream target, uint value) => Put(target, value, 4);

    static void U64(Stream target, ulong value) => Put(target, value, 8);

    static void Put(Stream target, ulong value, int bytes)
    {
        Span<byte> buffer = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(buffer, value);
        target.Write(buffer[..bytes]);
    }
}
