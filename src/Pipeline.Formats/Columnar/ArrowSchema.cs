using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Columnar;

/// <summary>
/// Looks at the schema of an Arrow file or stream (a flatbuffer: Schema.fbs, Message.fbs and File.fbs of the Arrow format) for what the engine's readers
/// (26.7) give back as something else:
/// <list type="bullet">
/// <item>Dates in milliseconds (date64): read as 32 bits of seconds, so that 1960 becomes 2096. Told to be timestamps they are whole.</item>
/// <item>Columns without a name, which are left out without a word, and two of one name.</item>
/// </list>
/// </summary>
public static class ArrowSchema
{
    /// <summary>A schema of a hundred thousand columns has ten.</summary>
    const int MaxSchemaBytes = 64 << 20;

    const int MaxDepth = 64;
    const int FileMagicBytes = 8;
    const uint Continuation = 0xFFFFFFFF;
    const byte SchemaMessage = 1;
    const byte DateType = 8;
    const byte TimestampType = 10;

    /// <summary>What must be changed; null when the engine reads the file as it is, or will say what is wrong with it.</summary>
    /// <param name="format">A file or a stream.</param>
    /// <param name="content">A file for which <see cref="ColumnarTail.Check"/> has passed; its position is changed.</param>
    /// <exception cref="BadFileException">A column would be lost or become another one.</exception>
    public static ColumnarRepair? Examine(ColumnarFormat format, Stream content)
    {
        var patches = new List<(long, byte)>();
        var milliseconds = new HashSet<string>(StringComparer.Ordinal);
        if (format == ColumnarFormat.Arrow)
        {
            // The footer: its own length and the magic letters stand behind it.
            var length = Number(content, content.Length - 10);
            LookAt(content, content.Length - 10 - length, length, isFooter: true, patches, milliseconds);
        }

        // The message at the start; files of some writers have none. Before Arrow 0.15 nothing marked a message.
        var start = format == ColumnarFormat.Arrow ? FileMagicBytes : 0;
        start += Number(content, start) == Continuation ? sizeof(int) : 0;
        LookAt(content, start + sizeof(int), Number(content, start), isFooter: false, patches, milliseconds);
        return patches.Count == 0 ? null : new ColumnarRepair(content.Length, null) { Patches = patches, Milliseconds = milliseconds };
    }

    static uint Number(Stream content, long position)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        content.Position = Math.Max(0, position);
        return content.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : 0;
    }

    static void LookAt(Stream content, long position, uint length, bool isFooter, List<(long, byte)> patches, HashSet<string> milliseconds)
    {
        if (length > MaxSchemaBytes || position < 0 || position + length > content.Length)
        {
            return;
        }

        var bytes = new byte[length];
        content.Position = position;
        content.ReadExactly(bytes);
        var root = Table.Root(bytes);
        var schema = isFooter ? root.Inner(1) : root.Byte(1) == SchemaMessage ? root.Inner(2) : default;
        var column = 0;
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var field in schema.Tables(1))
        {
            var name = field.Text(0);
            column++;
            if (name.Length == 0 || !names.Add(name))
            {
                var fault = name.Length == 0 ? "has no name" : $"has the name of another one, {name}";
                throw new BadFileException(RejectCode.UnsupportedFormat, string.Create(
                    CultureInfo.InvariantCulture,
                    $"Column {column} of the Arrow file {fault}, and the reader tells columns by their names. Give it one of its own and write the file again."));
            }

            LookAt(field, name, 0, position, patches, milliseconds);
        }
    }

    static void LookAt(Table field, string column, int depth, long position, List<(long, byte)> patches, HashSet<string> milliseconds)
    {
        if (field.Byte(2) == DateType)
        {
            var unit = field.Inner(3).Place(0);
            if (unit == 0 && depth > 0)
            {
                // Its unit is left out, which means milliseconds for a date and seconds for a timestamp: of a column that is put right, not within one.
                throw new BadFileException(
                    RejectCode.UnsupportedType, $"Column {column} holds dates in milliseconds within lists or structures. Write them as days (date32) or timestamps.",
                    column: column);
            }

            if (unit == 0 || field.Inner(3).Byte(0) != 0)
            {
                patches.Add((position + field.Place(2), TimestampType));
            }

            if (unit == 0)
            {
                milliseconds.Add(column);
            }
        }

        if (depth < MaxDepth)
        {
            foreach (var child in field.Tables(5))
            {
                LookAt(child, column, depth + 1, position, patches, milliseconds);
            }
        }
    }

    /// <summary>
    /// A table of a flatbuffer. What points outside is as if it were not there: the engine looks at the same bytes and says what is wrong with them.
    /// </summary>
    readonly struct Table(byte[] bytes, int at)
    {
        public static Table Root(byte[] bytes) => new Table(bytes, 0).Follow(0);

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

        public Table Inner(int field) => Place(field) is > 0 and var place ? Follow(place) : default;

        public string Text(int field)
        {
            var text = Inner(field).At;
            var length = text > 0 ? Int(text) : -1;
            return length >= 0 && text + 4L + length <= bytes.Length ? Encoding.UTF8.GetString(bytes, text + 4, length) : "";
        }

        public IEnumerable<Table> Tables(int field)
        {
            var list = Inner(field).At;
            var count = list > 0 ? Int(list) : 0;
            for (var i = 0; i < count && list + 4 + (4L * i) + 4 <= bytes.Length; i++)
            {
                yield return Follow(list + 4 + (4 * i));
            }
        }

        int At => at;

        // An offset is relative to its own place.
        Table Follow(int place)
        {
            var target = place + (long)(uint)Int(place);
            return target > 0 && target + 4 <= bytes.Length ? new Table(bytes, (int)target) : default;
        }

        int Int(long place) => place >= 0 && place + 4 <= bytes.Length ? BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan((int)place)) : 0;

        int Short(long place) => place >= 0 && place + 2 <= bytes.Length ? BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan((int)place)) : 0;
    }
}
