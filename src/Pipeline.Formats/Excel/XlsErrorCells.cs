using System.Buffers.Binary;

namespace Pipeline.Formats.Excel;

/// <summary>
/// Counts the error cells of a sheet of an old workbook, which the library that reads it gives as blanks: walks through its records ([MS-XLS] 2.1.4)
/// without reading more of them than their heads. Encrypted workbooks are not counted.
/// </summary>
sealed class XlsErrorCells
{
    const int Eof = 0x000A;
    const int FilePass = 0x002F;
    const int BoundSheet = 0x0085;
    const int HeadBytes = 4;
    const int Workbook = 0x0005;
    const int BufferBytes = 64 << 10;

    readonly byte[] _buffer = new byte[BufferBytes];
    readonly Stream _content;
    readonly CompoundStream? _stream;
    long _bufferStart;
    int _buffered;

    XlsErrorCells(Stream content, CompoundStream? stream)
    {
        (_content, _stream) = (content, stream);
    }

    /// <summary>How many there are and the 1-based row of the first. Keeps the position of the content.</summary>
    /// <param name="content">The workbook.</param>
    /// <param name="sheet">Which of its sheets of cells.</param>
    public static (long Count, long FirstRow) Count(Stream content, int sheet)
    {
        var position = content.Position;
        try
        {
            Span<byte> magic = stackalloc byte[1];
            content.Position = 0;
            content.ReadExactly(magic);
            var stream = magic[0] == 0xD0 ? CompoundStream.TryOpen(content, "Workbook", "Book") : null;
            var cells = new XlsErrorCells(content, stream);
            return (magic[0] == 0xD0 && stream is null) || cells.StartOf(sheet) is not { } start ? default : cells.CountFrom(start);
        }
        finally
        {
            content.Position = position;
        }
    }

    // Excel 2 to 4 had one sheet and nothing before it; later ones start with a list of sheets.
    long? StartOf(int sheet)
    {
        Span<byte> data = stackalloc byte[6];
        if (Read(0, data[..HeadBytes]) < HeadBytes || Read(HeadBytes, data[..4]) < 4)
        {
            return null;
        }

        if (BinaryPrimitives.ReadUInt16LittleEndian(data[2..]) != Workbook)
        {
            return 0;
        }

        var position = 0L;
        while (Next(ref position, out var type, out var at, out var length) && type != Eof)
        {
            if (type == FilePass)
            {
                return null;
            }

            // The kind of a sheet stands at byte 5: 0 is one of cells.
            if (type == BoundSheet && length >= 6 && Read(at, data) == 6 && data[5] == 0 && sheet-- == 0)
            {
                return BinaryPrimitives.ReadUInt32LittleEndian(data);
            }
        }

        return null;
    }

    (long Count, long FirstRow) CountFrom(long position)
    {
        var (count, firstRow, depth) = (0L, 0L, 0);
        Span<byte> data = stackalloc byte[15];
        while (Next(ref position, out var type, out var at, out var length))
        {
            switch (type)
            {
                // Charts that lie on the sheet are wrapped in starts and ends of their own.
                case 0x0009 or 0x0209 or 0x0409 or 0x0809:
                    depth++;
                    break;
                case Eof when --depth <= 0:
                    return (count, firstRow);

                // Value and kind of a constant; the result of a formula. Cells of Excel 2 have three bytes for their looks, later ones two.
                case 0x0205 when depth == 1 && length >= 8 && Read(at, data[..8]) == 8 && data[7] == 1:
                case 0x0005 when depth == 1 && length >= 9 && Read(at, data[..9]) == 9 && data[8] == 1:
                case 0x0006 or 0x0206 or 0x0406 when depth == 1 && length >= 15 && Read(at, data) == 15 && (IsError(data[6..14]) || IsError(data[7..15])):
                    firstRow = count++ == 0 ? BinaryPrimitives.ReadUInt16LittleEndian(data) + 1L : firstRow;
                    break;
            }
        }

        return (count, firstRow);
    }

    static bool IsError(ReadOnlySpan<byte> result) => result[0] == 2 && result[6] == 0xFF && result[7] == 0xFF;

    bool Next(ref long position, out int type, out long data, out int length)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        var isThere = Read(position, head) == HeadBytes;
        type = BinaryPrimitives.ReadUInt16LittleEndian(head);
        length = BinaryPrimitives.ReadUInt16LittleEndian(head[2..]);
        data = position + HeadBytes;
        position = data + length;
        return isThere;
    }

    int Read(long position, Span<byte> target)
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
