using System.Buffers.Binary;
using System.Text;
using Pipeline.Formats.Columnar;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Tests.Columnar;

public sealed class ArrowSchemaTests
{
    const byte Int = 2;
    const byte Date = 8;
    const byte Timestamp = 10;
    const short Days = 0;
    const short Milliseconds = 1;

    [Fact]
    public void Examine_DatesInMilliseconds_BecomeTimestamps()
    {
        var stream = Stream(("id", Int, null), ("whole", Date, Days), ("said", Date, Milliseconds), ("left out", Date, null));

        var repair = ArrowSchema.Examine(ColumnarFormat.ArrowStream, new MemoryStream(stream))!;

        repair.Milliseconds.ShouldBe(["left out"]);
        repair.Patches.Count.ShouldBe(2);
        repair.Patches.ShouldAllBe(p => stream[p.Position] == Date && p.Value == Timestamp);
        foreach (var (position, value) in repair.Patches)
        {
            stream[position] = value;
        }

        ArrowSchema.Examine(ColumnarFormat.ArrowStream, new MemoryStream(stream)).ShouldBeNull();
    }

    [Theory]
    [InlineData("", "has no name")]
    [InlineData("id", "has the name of another one, id")]
    public void Examine_ColumnThatTheEngineDoesNotTell_IsRefused(string name, string reason)
    {
        var bad = Should.Throw<BadFileException>(() => ArrowSchema.Examine(ColumnarFormat.ArrowStream, new MemoryStream(Stream(("id", Int, null), (name, Int, null)))));

        (bad.Code, bad.Message.Contains($"Column 2 of the Arrow file {reason}", StringComparison.Ordinal)).ShouldBe((RejectCode.UnsupportedFormat, true));
    }

    [Fact]
    public void Examine_AnyByteChangedOrCut_IsLeftToTheEngineOrRefused()
    {
        var stream = Stream(("id", Int, null), ("day", Date, null));
        for (var i = 0; i < stream.Length; i++)
        {
            foreach (var value in (byte[])[0, 1, 0x7F, 0xFF, (byte)(stream[i] ^ 0x10)])
            {
                var damaged = (byte[])stream.Clone();
                damaged[i] = value;
                foreach (var content in (byte[][])[damaged, damaged[..i]])
                {
                    foreach (var format in (ColumnarFormat[])[ColumnarFormat.Arrow, ColumnarFormat.ArrowStream])
                    {
                        try
                        {
                            ArrowSchema.Examine(format, new MemoryStream(content));
                        }
                        catch (BadFileException e)
                        {
                            e.Code.ShouldBeOneOf(RejectCode.UnsupportedFormat, RejectCode.UnsupportedType, RejectCode.NotATable, RejectCode.CorruptFile);
                        }
                    }
                }
            }
        }
    }

    // Both children of a field are the same one: each level doubles what a walk meets.
    [Fact]
    public void Examine_FieldsShareTheirChildren_IsRefused()
    {
        const int Levels = 26;
        const int FieldBytes = 24;
        var b = new List<byte>();
        void Short(params int[] values) => b.AddRange(values.SelectMany(v => BitConverter.GetBytes((ushort)v)));
        void Int(params int[] values) => b.AddRange(values.SelectMany(BitConverter.GetBytes));

        // Where a message at 40, the schema at 52 and fields from 68 on have their members: at 4, 14 and 22.
        Int(40);
        Short(10, 12, 0, 4, 8);
        Short(8, 8, 0, 4);
        Short(16, 12, 8, 0, 0, 0, 0, 4);
        Short(0);
        Int(40 - 4, 1, 4);
        Int(52 - 14, 4, 1, 4);
        for (var level = 0; level < Levels; level++)
        {
            var name = ((Levels - level) * FieldBytes) - 8;
            Int(b.Count - 22, 8, name, level < Levels - 1 ? 2 : 0, 8, 4);
        }

        Int(1);
        b.Add((byte)'v');
        byte[] stream = [0xFF, 0xFF, 0xFF, 0xFF, .. BitConverter.GetBytes(b.Count), .. b];

        var bad = Should.Throw<BadFileException>(() => ArrowSchema.Examine(ColumnarFormat.ArrowStream, new MemoryStream(stream)));

        (bad.Code, bad.Message.Contains("the same fields in several places", StringComparison.Ordinal)).ShouldBe((RejectCode.CorruptFile, true));
    }

    /// <summary>The schema message of a stream. A unit of null is left out, which means milliseconds.</summary>
    static byte[] Stream(params (string Name, byte Type, short? Unit)[] fields)
    {
        var b = new List<byte>([0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0]);
        var message = Table(b, 2, 1, 4);
        Put(b, 8, message.At - 8);
        b[message.Places[1]] = 1;
        var schema = Table(b, 0, 4);
        Point(b, message.Places[2], schema.At);
        Point(b, schema.Places[1], b.Count);
        var list = b.Count;
        b.AddRange(BitConverter.GetBytes(fields.Length));
        b.AddRange(new byte[4 * fields.Length]);
        foreach (var (name, type, unit) in fields)
        {
            var field = Table(b, 4, 1, 1, 4);
            Point(b, list += 4, field.At);
            b[field.Places[2]] = type;
            Point(b, field.Places[0], b.Count);
            b.AddRange(BitConverter.GetBytes(name.Length));
            b.AddRange(Encoding.UTF8.GetBytes(name.PadRight((name.Length + 4) & ~3, '\0')));
            var inner = Table(b, unit is null ? 0 : 2);
            Point(b, field.Places[3], inner.At);
            if (unit is { } value)
            {
                b[inner.Places[0]] = (byte)value;
            }
        }

        Put(b, 4, b.Count - 8);
        return [.. b];
    }

    // The list of places, then the table: every field in four bytes, those of size 0 left out.
    static (int At, int[] Places) Table(List<byte> b, params int[] sizes)
    {
        var list = b.Count;
        var padded = (4 + (2 * sizes.Length) + 3) & ~3;
        b.AddRange(new byte[padded]);
        var at = b.Count;
        b.AddRange(BitConverter.GetBytes(at - list));
        var places = new int[sizes.Length];
        for (var i = 0; i < sizes.Length; i++)
        {
            if (sizes[i] > 0)
            {
                places[i] = b.Count;
                b[list + 4 + (2 * i)] = (byte)(b.Count - at);
                b.AddRange(new byte[4]);
            }
        }

        (b[list], b[list + 2]) = ((byte)(4 + (2 * sizes.Length)), (byte)(b.Count - at));
        return (at, places);
    }

    static void Point(List<byte> b, int place, int target) => Put(b, place, target - place);

    static void Put(List<byte> b, int place, int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        for (var i = 0; i < 4; i++)
        {
            b[place + i] = bytes[i];
        }
    }
}
