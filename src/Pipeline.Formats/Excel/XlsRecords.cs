using System.Buffers.Binary;

namespace Pipeline.Formats.Excel;

/// <summary>
/// The records of an old workbook ([MS-XLS] 2.1.4), walked through without reading more of them than their heads and what is asked for: for what the
/// library that reads the cells does not tell.
/// </summary>
sealed class XlsRecords
{
    public const int Eof = 0x000A;
    public const int FilePass = 0x002F;
    public const int BoundSheet = 0x0085;
    public const int HeadBytes = 4;

    const int Date1904 = 0x0022;
    const int BufferBytes = 64 << 10;

    readonly byte[] _buffer = new byte[BufferBytes];
    readonly Stream _content;
    readonly CompoundStream? _stream;
    long _bufferStart;
    int _buffered;

    XlsRecords(Stream content, CompoundStream? stream)
    {
        (_content, _stream) = (content, stream);
    }

    /// <summary>Asks something of the records; the default where there are none. Keeps the position of the content.</summary>
    public static T? Ask<T>(Stream content, Func<XlsRecords, T?> question)
    {
        var position = content.Position;
        try
        {
            Span<byte> magic = stackalloc byte[1];
            content.Position = 0;
            content.ReadExactly(magic);
            var stream = magic[0] == 0xD0 ? CompoundStream.TryOpen(content, "Workbook", "Book") : null;
            return magic[0] == 0xD0 && stream is null ? default : question(new XlsRecords(content, stream));
        }
        finally
        {
            content.Position = position;
        }
    }

    /// <summary>Whether days count from 1904; null where that cannot be read, as in an encrypted workbook.</summary>
    public static bool? Is1904(Stream content) => Ask<bool?>(content, static records =>
    {
        Span<byte> value = stackalloc byte[2];
        var position = 0L;
        while (records.Next(ref position, out var type, out var at, out var length) && type != Eof)
        {
            if (type == FilePass)
            {
                return null;
            }

            if (type == Date1904 && length >= value.Length && records.Read(at, value) == value.Length)
            {
                return BinaryPrimitives.ReadUInt16LittleEndian(value) != 0;
            }
        }

        return false;
    });

    /// <summary>Goes to the record at a position, and the position to the next one. False at the end.</summary>
    public bool Next(ref long position, out int type, out long data, out int length)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        var isThere = Read(position, head) == HeadBytes;
        type = BinaryPrimitives.ReadUInt16LittleEndian(head);
        length = BinaryPrimitives.ReadUInt16LittleEndian(head[2..]);
        data = position + HeadBytes;
        position = data + length;
        return isThere;
    }

    /// <summary>Reads bytes at a position; fewer at the end.</summary>
    public int Read(long position, Span<byte> target)
    {
        if (position < _bufferStart || position + target.Length > _bufferStart + _buffered)
        {
            _bufferStart = position;
            _buffered = _stream?.Read(position, _buffer) ?? ReadContent(position);
        }

        var length = Math.Min(target.Length, (int)(_bufferStart + _buffered - position));
        _buffer.AsSpan((int)(position - _bufferStart), length).CopyTo(target);
        return length;
    }

    int ReadContent(long position)
    {
        _content.Position = Math.Min(position, _content.Length);
        return _content.ReadAtLeast(_buffer, _buffer.Length, throwOnEndOfStream: false);
    }
}
