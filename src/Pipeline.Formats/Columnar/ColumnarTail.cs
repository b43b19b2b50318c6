using System.Buffers.Binary;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Columnar;

/// <summary>
/// The end of a columnar file, where most formats keep what is needed to read the rest. Looked at first: it tells a file that was cut short from one that
/// is damaged within, and one that is encrypted from both.
/// </summary>
public static class ColumnarTail
{
    /// <exception cref="BadFileException">The file is cut short, encrypted, or of a version that the engine does not read.</exception>
    /// <param name="format">What the head says.</param>
    /// <param name="content">A seekable stream over the whole file; its position is changed.</param>
    public static void Check(ColumnarFormat format, Stream content)
    {
        Span<byte> head = stackalloc byte[8];
        Span<byte> tail = stackalloc byte[8];
        head = head[..ReadAt(content, 0, head)];
        tail = tail[(8 - ReadAt(content, Math.Max(0, content.Length - 8), tail))..];
        if (format == ColumnarFormat.Parquet)
        {
            CheckParquet(head, tail, content.Length);
        }
        else if (format == ColumnarFormat.Arrow)
        {
            CheckArrow(head, tail, content.Length);
        }
        else if (format == ColumnarFormat.Orc)
        {
            CheckOrc(content, tail);
        }
    }

    static void CheckParquet(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail, long length)
    {
        if (head.StartsWith("PARE"u8) || tail.EndsWith("PARE"u8))
        {
            throw new BadFileException(RejectCode.EncryptedFile, "The Parquet file is encrypted, its footer included.");
        }

        // Magic, footer, its length in four bytes, magic.
        const int Frame = 12;
        if (length < Frame || !tail.EndsWith("PAR1"u8))
        {
            throw new BadFileException(
                RejectCode.CorruptFile, "The Parquet file is cut short: PAR1 stands at its start but not at its end, so its footer is missing.");
        }

        var footer = BinaryPrimitives.ReadUInt32LittleEndian(tail[^8..]);
        if (footer == 0 || footer > length - Frame)
        {
            throw new BadFileException(
                RejectCode.CorruptFile, $"The Parquet file is damaged: its footer says it has {footer} bytes, the file {length}.");
        }
    }

    static void CheckArrow(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail, long length)
    {
        if (head.StartsWith("FEA1"u8))
        {
            throw new BadFileException(
                RejectCode.UnsupportedFormat, "Feather version 1 is not read here. Write the table again as Feather version 2 (Arrow) or Parquet.");
        }

        if (length < 16 || !tail.EndsWith("ARROW1"u8))
        {
            throw new BadFileException(
                RejectCode.CorruptFile, "The Arrow file is cut short: ARROW1 stands at its start but not at its end, so its footer is missing.");
        }
    }

    // The last byte is the length of the postscript, which ends with the magic letters; writers before Hive 0.11 left them out.
    static void CheckOrc(Stream content, ReadOnlySpan<byte> tail)
    {
        var postscript = tail.IsEmpty ? 0 : tail[^1];
        if (postscript == 0 || postscript + 1L > content.Length - 3)
        {
            throw new BadFileException(
                RejectCode.CorruptFile, "The ORC file is cut short or damaged: no postscript stands at its end.");
        }
    }

    static int ReadAt(Stream content, long position, Span<byte> buffer)
    {
        content.Position = position;
        return content.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
    }
}
