using Pipeline.Formats.Records;

namespace Pipeline.Formats.Columnar;

/// <summary>A field of a Thrift struct: its number, its wire type, and where its value stands.</summary>
readonly record struct ThriftField(int Id, byte Type, Range Value);

/// <summary>
/// Walks over Thrift's compact protocol without knowing the structs: Parquet's footer is written in it. The bytes may come from anyone: every read is within
/// the bytes, and nesting is bounded.
/// </summary>
ref struct ThriftReader(ReadOnlySpan<byte> bytes, int at = 0)
{
    public const byte True = 1;
    public const byte Int32 = 5;
    public const byte Int64 = 6;
    public const byte Binary = 8;
    public const byte List = 9;
    public const byte Struct = 12;

    const int MaxDepth = 64;

    readonly ReadOnlySpan<byte> _bytes = bytes;

    public int Position { get; private set; } = at;

    /// <summary>The fields of the struct that starts here; ends behind it.</summary>
    public List<ThriftField> ReadStruct(int depth = 0)
    {
        var fields = new List<ThriftField>();
        var id = 0;
        while (NextByte() is var header && header != 0)
        {
            var type = (byte)(header & 0x0F);
            id = header >> 4 == 0 ? (int)ReadZigZag() : id + (header >> 4);
            var start = Position;
            Skip(type, isElement: false, depth + 1);
            fields.Add(new ThriftField(id, type, start..Position));
        }

        return fields;
    }

    /// <summary>Number and type of the elements of the list that starts here.</summary>
    public (int Count, byte Type) ReadListHeader()
    {
        var header = NextByte();
        var count = header >> 4 == 15 ? ReadVarUInt() : (ulong)(header >> 4);
        return count <= (ulong)(_bytes.Length - Position) ? ((int)count, (byte)(header & 0x0F)) : throw Malformed();
    }

    public long ReadZigZag()
    {
        var value = ReadVarUInt();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public ReadOnlySpan<byte> ReadBinary()
    {
        var length = ReadVarUInt();
        if (length > (ulong)(_bytes.Length - Position))
        {
            throw Malformed();
        }

        var value = _bytes.Slice(Position, (int)length);
        Position += (int)length;
        return value;
    }

    void Skip(byte type, bool isElement, int depth)
    {
        if (depth > MaxDepth)
        {
            throw Malformed();
        }

        switch (type)
        {
            case 1 or 2:
                // A boolean field is its type; a boolean element is a byte.
                Advance(isElement ? 1 : 0);
                break;
            case 3:
                Advance(1);
                break;
            case 4 or Int32 or 6:
                ReadVarUInt();
                break;
            case 7:
                Advance(8);
                break;
            case Binary:
                ReadBinary();
                break;
            case List or 10:
                var (count, element) = ReadListHeader();
                for (var i = 0; i < count; i++)
                {
                    Skip(element, isElement: true, depth + 1);
                }

                break;
            case 11:
                SkipMap(depth);
                break;
            case Struct:
                ReadStruct(depth);
                break;
            default:
                throw Malformed();
        }
    }

    void SkipMap(int depth)
    {
        var count = ReadVarUInt();
        if (count == 0)
        {
            return;
        }

        var types = NextByte();
        for (ulong i = 0; i < count; i++)
        {
            Skip((byte)(types >> 4), isElement: true, depth + 1);
            Skip((byte)(types & 0x0F), isElement: true, depth + 1);
        }
    }

    ulong ReadVarUInt()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = NextByte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw Malformed();
    }

    byte NextByte()
    {
        Advance(1);
        return _bytes[Position - 1];
    }

    void Advance(int bytes) => Position = bytes <= _bytes.Length - Position ? Position + bytes : throw Malformed();

    static BadFileException Malformed() => new(RejectCode.CorruptFile, "The footer of the Parquet file is damaged.");
}
