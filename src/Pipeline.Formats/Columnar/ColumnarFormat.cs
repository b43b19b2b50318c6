using System.Buffers.Binary;

namespace Pipeline.Formats.Columnar;

/// <summary>
/// A format that carries its own types and is read by the engine: <c>SELECT … FROM file(path, EngineName)</c>. Recognised by its first bytes
/// alone; what stands at the end is checked by <see cref="ColumnarTail"/> before the engine is asked.
/// </summary>
/// <param name="Name">Short name, also a metric label.</param>
/// <param name="EngineName">ClickHouse's name of the format.</param>
/// <param name="Title">As a person calls it.</param>
public sealed record ColumnarFormat(string Name, string EngineName, string Title) : IFileFormat
{
    const double Certain = 1;

    /// <summary>The magic bytes are there, and everything else about the content is unlike text.</summary>
    const double NearlyCertain = 0.98;

    // What nearly every file gets from nearly every format.
    readonly FormatGuess _isAnother = new(0, $"It does not start like {Title}.");

    public static ColumnarFormat Parquet { get; } = new("parquet", "Parquet", "Parquet");

    public static ColumnarFormat Orc { get; } = new("orc", "ORC", "ORC");

    public static ColumnarFormat Avro { get; } = new("avro", "Avro", "Avro");

    /// <summary>The Arrow file, which is also Feather version 2.</summary>
    public static ColumnarFormat Arrow { get; } = new("arrow", "Arrow", "Arrow");

    public static ColumnarFormat ArrowStream { get; } = new("arrow_stream", "ArrowStream", "Arrow");

    public static IReadOnlyList<ColumnarFormat> All { get; } = [Parquet, Orc, Avro, Arrow, ArrowStream];

    public FormatGuess Detect(FormatProbe probe)
    {
        var head = probe.Head.Span;
        return Name switch
        {
            "parquet" when head.StartsWith("PAR1"u8) => new(Certain, "It starts with PAR1: a Parquet file."),
            "parquet" when head.StartsWith("PARE"u8) => new(Certain, "It starts with PARE: a Parquet file with an encrypted footer."),
            "avro" when head.StartsWith("Obj\u0001"u8) => new(Certain, "It starts with Obj and 1: an Avro container file."),
            "arrow" when head.StartsWith("ARROW1"u8) => new(Certain, "It starts with ARROW1: an Arrow file (Feather version 2)."),
            "arrow" when head.StartsWith("FEA1"u8) => new(NearlyCertain, "It starts with FEA1: Feather version 1."),
            "orc" when head.StartsWith("ORC"u8) && HasControlBytes(head) => new(NearlyCertain, "It starts with ORC, and no text follows: an ORC file."),
            "arrow_stream" when IsArrowStream(head) => new(NearlyCertain, "It starts with the schema message of an Arrow stream."),
            _ => _isAnother,
        };
    }

    // Three letters may begin a text as well; bytes that no text has tell them apart.
    static bool HasControlBytes(ReadOnlySpan<byte> head) =>
        head[..Math.Min(head.Length, 256)].IndexOfAnyInRange((byte)0, (byte)8) >= 0;

    // Arrow IPC: a continuation marker (absent before version 0.15), the length of the message, then a flatbuffer: the offset of its root table, within
    // the message and a multiple of four; that table starts with the way back (or on) to the list of its fields, whose length is even. Without a look at
    // that list every zip file would pass.
    static bool IsArrowStream(ReadOnlySpan<byte> head)
    {
        if (head.Length < 16)
        {
            return false;
        }

        var first = BinaryPrimitives.ReadInt32LittleEndian(head);
        var message = first == -1 ? head[8..] : head[4..];
        var length = first == -1 ? BinaryPrimitives.ReadInt32LittleEndian(head[4..]) : first;
        var root = BinaryPrimitives.ReadInt32LittleEndian(message);
        if (length is <= 16 or >= 1 << 28 || length % 4 != 0 || root is < 4 or > 64 || root % 4 != 0 || root > Math.Min(length, message.Length) - 4)
        {
            return false;
        }

        var fields = root - (long)BinaryPrimitives.ReadInt32LittleEndian(message[root..]);
        return fields >= 4 && fields <= message.Length - 4 && BinaryPrimitives.ReadUInt16LittleEndian(message[(int)fields..]) is >= 4 and <= 64 and var bytes
            && bytes % 2 == 0;
    }
}
