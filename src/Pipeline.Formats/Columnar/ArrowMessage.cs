using System.Buffers.Binary;

namespace Pipeline.Formats.Columnar;

/// <summary>A flatbuffer of an Arrow file or stream: a message (Message.fbs), with its body behind it, or the footer (File.fbs).</summary>
/// <param name="Root">Its table.</param>
/// <param name="Position">Where its bytes start.</param>
/// <param name="End">Where the body of a message ends, as it says itself.</param>
readonly record struct ArrowMessage(FlatTable Root, long Position, long End)
{
    /// <summary>A schema of a hundred thousand columns has ten.</summary>
    const int MaxBytes = 64 << 20;

    const uint Continuation = 0xFFFFFFFF;

    /// <summary>The message at a position; null where none is.</summary>
    public static ArrowMessage? Read(Stream content, long position)
    {
        // Before Arrow 0.15 nothing marked a message.
        var start = position + (Number(content, position) == Continuation ? sizeof(int) : 0);
        var length = Number(content, start);
        start += sizeof(int);
        return Table(content, start, length) is { } root ? new ArrowMessage(root, start, start + length + Math.Max(0, root.Long(3))) : null;
    }

    /// <summary>The footer of a file: its own length and the magic letters stand behind it.</summary>
    public static ArrowMessage? ReadFooter(Stream content)
    {
        var length = Number(content, content.Length - 10);
        var start = content.Length - 10 - length;
        return Table(content, start, length) is { } root ? new ArrowMessage(root, start, start + length) : null;
    }

    static FlatTable? Table(Stream content, long position, uint length)
    {
        if (length is 0 or > MaxBytes || position < 0 || position + length > content.Length)
        {
            return null;
        }

        var bytes = new byte[length];
        content.Position = position;
        content.ReadExactly(bytes);
        return FlatTable.Root(bytes);
    }

    static uint Number(Stream content, long position)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        if (position < 0 || position > content.Length - bytes.Length)
        {
            return 0;
        }

        content.Position = position;
        content.ReadExactly(bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }
}
