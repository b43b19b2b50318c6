using System.Buffers.Binary;

namespace Pipeline.Formats.Excel;

/// <summary>
/// The error cells of a sheet of an old workbook, which the library that reads it gives as blanks. Those of encrypted workbooks are not seen.
/// </summary>
sealed class XlsErrorCells
{
    const int Workbook = 0x0005;

    // The old formats have 256 columns.
    const int ColumnBits = 8;

    readonly XlsRecords _records;

    // Row and column in one number, rising: four bytes for the twelve or more of a cell in the file, whose size is limited.
    readonly List<int> _places = [];

    int _next;

    XlsErrorCells(XlsRecords records)
    {
        _records = records;
    }

    /// <summary>Finds those of a sheet; null where the records cannot be read. Keeps the position of the content.</summary>
    /// <param name="content">The workbook.</param>
    /// <param name="sheet">Which of its sheets of cells.</param>
    public static XlsErrorCells? Find(Stream content, int sheet) => XlsRecords.Ask(content, records =>
    {
        var cells = new XlsErrorCells(records);
        if (cells.StartOf(sheet) is not { } start)
        {
            return null;
        }

        cells.FindFrom(start);
        cells._places.Sort();
        return cells;
    });

    /// <summary>Whether a cell is one. To be asked by rising row and column, both from 0.</summary>
    public bool Has(long row, int column)
    {
        var place = (row << ColumnBits) + column;
        while (_next < _places.Count && _places[_next] < place)
        {
            _next++;
        }

        return _next < _places.Count && _places[_next] == place;
    }

    // Excel 2 to 4 had one sheet and nothing before it; later ones start with a list of sheets.
    long? StartOf(int sheet)
    {
        Span<byte> data = stackalloc byte[6];
        if (_records.Read(0, data[..XlsRecords.HeadBytes]) < XlsRecords.HeadBytes || _records.Read(XlsRecords.HeadBytes, data[..4]) < 4)
        {
            return null;
        }

        if (BinaryPrimitives.ReadUInt16LittleEndian(data[2..]) != Workbook)
        {
            return 0;
        }

        var position = 0L;
        while (_records.Next(ref position, out var type, out var at, out var length) && type != XlsRecords.Eof)
        {
            if (type == XlsRecords.FilePass)
            {
                return null;
            }

            // The kind of a sheet stands at byte 5: 0 is one of cells.
            if (type == XlsRecords.BoundSheet && length >= 6 && _records.Read(at, data) == 6 && data[5] == 0 && sheet-- == 0)
            {
                return BinaryPrimitives.ReadUInt32LittleEndian(data);
            }
        }

        return null;
    }

    void FindFrom(long position)
    {
        var depth = 0;
        Span<byte> data = stackalloc byte[15];
        while (_records.Next(ref position, out var type, out var at, out var length))
        {
            switch (type)
            {
                // Charts that lie on the sheet are wrapped in starts and ends of their own.
                case 0x0009 or 0x0209 or 0x0409 or 0x0809:
                    depth++;
                    break;
                case XlsRecords.Eof when --depth <= 0:
                    return;

                // Value and kind of a constant; the result of a formula. Cells of Excel 2 have three bytes for their looks, later ones two.
                case 0x0205 when depth == 1 && length >= 8 && _records.Read(at, data[..8]) == 8 && data[7] == 1:
                case 0x0005 when depth == 1 && length >= 9 && _records.Read(at, data[..9]) == 9 && data[8] == 1:
                case 0x0006 or 0x0206 or 0x0406 when depth == 1 && length >= 15 && _records.Read(at, data) == 15 && (IsError(data[6..14]) || IsError(data[7..15])):
                    _places.Add((BinaryPrimitives.ReadUInt16LittleEndian(data) << ColumnBits) + data[2]);
                    break;
            }
        }
    }

    static bool IsError(ReadOnlySpan<byte> result) => result[0] == 2 && result[6] == 0xFF && result[7] == 0xFF;
}
