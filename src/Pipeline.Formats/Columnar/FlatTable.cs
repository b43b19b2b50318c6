using System.Buffers.Binary;
using System.Text;

namespace Pipeline.Formats.Columnar;

/// <summary>
/// A table of a flatbuffer. What points outside is as if it were not there: the engine looks at the same bytes and says what is wrong with them.
/// </summary>
readonly struct FlatTable(byte[] bytes, int at)
{
    public static FlatTable Root(byte[] bytes) => new FlatTable(bytes, 0).Follow(0);

    /// <summary>Where a field is in the bytes; 0 when it is left out.</summary>
    public int Place(int field)
    {
        if (at == 0)
        {
            return 0;
        }

        // The list of places stands before or behind the table; its first number is its own length in bytes.
        var places = at - (long)Int(at);
        var entry = places + 4 + (2 * field);
        var offset = places >= 0 && entry + 2 <= places + Short(places) ? Short(entry) : 0;
        return offset > 0 && at + offset < bytes.Length ? at + offset : 0;
    }

    public byte Byte(int field) => Place(field) is > 0 and var place ? bytes[place] : (byte)0;

    public FlatTable Inner(int field) => Place(field) is > 0 and var place ? Follow(place) : default;

    public string Text(int field)
    {
        var text = Inner(field).At;
        var length = text > 0 ? Int(text) : -1;
        return length >= 0 && text + 4L + length <= bytes.Length ? Encoding.UTF8.GetString(bytes, text + 4, length) : "";
    }

    public IEnumerable<FlatTable> Tables(int field)
    {
        var list = Inner(field).At;
        var count = list > 0 ? Int(list) : 0;
        for (var i = 0; i < count && list + 4 + (4L * i) + 4 <= bytes.Length; i++)
        {
            yield return Follow(list + 4 + (4 * i));
        }
    }

    public long Long(int field) => Place(field) is > 0 and var place && place + 8 <= bytes.Length ? BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(place)) : 0;

    /// <summary>The structures of a list, which stand in it one behind the other.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Structures(int field, int size)
    {
        var list = Inner(field).At;
        var count = list > 0 ? Int(list) : 0;
        for (var i = 0; i < count && list + 4 + ((i + 1L) * size) <= bytes.Length; i++)
        {
            yield return bytes.AsMemory(list + 4 + (i * size), size);
        }
    }

    /// <summary>Whether there is such a table.</summary>
    public bool Exists => at > 0;

    /// <summary>Length of the flatbuffer that it is in.</summary>
    public int Bytes => bytes?.Length ?? 0;

    int At => at;

    // An offset is relative to its own place.
    FlatTable Follow(int place)
    {
        var target = place + (long)(uint)Int(place);
        return target > 0 && target + 4 <= bytes.Length ? new FlatTable(bytes, (int)target) : default;
    }

    int Int(long place) => place >= 0 && place + 4 <= bytes.Length ? BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan((int)place)) : 0;

    int Short(long place) => place >= 0 && place + 2 <= bytes.Length ? BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan((int)place)) : 0;
}
