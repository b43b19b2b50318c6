using System.Buffers.Binary;
using System.Collections;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Excel;

/// <summary>
/// The cells of a sheet of an old workbook as its records ([MS-XLS] 2.4) say them, for what the library that reads it does not tell: error cells, which it
/// gives as blanks, and cells that it leaves out. Encrypted workbooks are not looked at.
/// </summary>
sealed class XlsCells
{
    const int Workbook = 0x0005;
    const int SharedStrings = 0x00FC;
    const int SharedString = 0x00FD;
    const int MultipleNumbers = 0x00BD;
    const int Rows = 1 << 16;
    const int Columns = 1 << 8;

    readonly XlsRecords _records;
    readonly BitArray _errors = new(Rows * Columns);

    // Cells with a number or a text of their own. One that is written twice counts once.
    readonly BitArray _constants = new(Rows * Columns);
    long _constantCount;
    long _strings;

    XlsCells(XlsRecords records)
    {
        _records = records;
    }

    /// <summary>Looks at a sheet; null where its records cannot be read. Keeps the position of the content.</summary>
    /// <param name="content">The workbook.</param>
    /// <param name="sheet">Which of its sheets of cells.</param>
    /// <exception cref="BadFileException">There are cells with texts that the workbook does not have.</exception>
    public static XlsCells? Find(Stream content, int sheet) => XlsRecords.Ask(content, records =>
    {
        var cells = new XlsCells(records);
        if (cells.StartOf(sheet) is not { } start)
        {
            return null;
        }

        cells.FindFrom(start);
        return cells;
    });

    /// <summary>Whether a cell holds an error, by row and column from 0.</summary>
    public bool IsError(long row, int column) => row < Rows && column < Columns && _errors[((int)row * Columns) + column];

    /// <summary>Compares the number of cells with what was read.</summary>
    /// <param name="given">Cells that the library gave, texts of no characters too.</param>
    /// <exception cref="BadFileException">They are fewer than there are.</exception>
    public void CheckCount(long given)
    {
        if (given < _constantCount)
        {
            throw new BadFileException(
                RejectCode.CorruptFile,
                $"The sheet has {_constantCount:N0} cells with numbers and texts, of which {given:N0} can be read here: open the workbook in Excel and save it as .xlsx.");
        }
    }

    // Excel 2 to 4 had one sheet and nothing before it; later ones start with a list of sheets.
    long? StartOf(int sheet)
    {
        Span<byte> data = stackalloc byte[8];
        if (_records.Read(0, data[..XlsRecords.HeadBytes]) < XlsRecords.HeadBytes || _records.Read(XlsRecords.HeadBytes, data[..4]) < 4)
        {
            return null;
        }

        if (BinaryPrimitives.ReadUInt16LittleEndian(data[2..]) != Workbook)
        {
            return 0;
        }

        var position = 0L;
        long? start = null;
        while (_records.Next(ref position, out var type, out var at, out var length) && type != XlsRecords.Eof)
        {
            switch (type)
            {
                case XlsRecords.FilePass:
                    return null;

                // The kind of a sheet stands at byte 5: 0 is one of cells.
                case XlsRecords.BoundSheet when length >= 6 && _records.Read(at, data[..6]) == 6 && data[5] == 0 && sheet-- == 0:
                    start = BinaryPrimitives.ReadUInt32LittleEndian(data);
                    break;

                // How often they are used, and how many there are.
                case SharedStrings when length >= 8 && _records.Read(at, data) == 8:
                    _strings = BinaryPrimitives.ReadUInt32LittleEndian(data[4..]);
                    break;
            }
        }

        return start;
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
                    Add(_errors, data, 1);
                    break;
                case SharedString when depth == 1 && length >= 10 && _records.Read(at, data[..10]) == 10:
                    var row = BinaryPrimitives.ReadUInt16LittleEndian(data);
                    if (BinaryPrimitives.ReadUInt32LittleEndian(data[6..]) >= _strings)
                    {
                        throw new BadFileException(RejectCode.CorruptFile, $"A cell of row {row + 1:N0} refers to a string that the workbook does not have.", row + 1);
                    }

                    _constantCount += Add(_constants, data, 1);
                    break;
                case MultipleNumbers when depth == 1 && length >= 12 && _records.Read(at, data[..4]) == 4:
                    _constantCount += Add(_constants, data, (length - 6) / 6);
                    break;

                // Numbers and texts: of all versions, of Excel 2, compressed ones, those with formatted runs.
                case 0x0203 or 0x0204 or 0x0002 or 0x0003 or 0x0004 or 0x027E or 0x00D6 when depth == 1 && length > 4 && _records.Read(at, data[..4]) == 4:
                    _constantCount += Add(_constants, data, 1);
                    break;
            }
        }
    }

    // Each such record starts with its row and its (first) column.
    static long Add(BitArray places, ReadOnlySpan<byte> data, int cells)
    {
        var (row, column) = (BinaryPrimitives.ReadUInt16LittleEndian(data), BinaryPrimitives.ReadUInt16LittleEndian(data[2..]));
        var added = 0L;
        for (var end = Math.Min(Columns, column + cells); column < end; column++)
        {
            var place = (row * Columns) + column;
            added += places[place] ? 0 : 1;
            places[place] = true;
        }

        return added;
    }

    static bool IsError(ReadOnlySpan<byte> result) => result[0] == 2 && result[6] == 0xFF && result[7] == 0xFF;
}
