using System.Buffers.Binary;
using System.Text;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Excel;

/// <summary>Streams the rows of a binary sheet. Record numbers are those of [MS-XLSB] 2.3.</summary>
sealed class XlsbRows(Stream stream, SharedStrings strings, ExcelMoment[] moments) : SheetRows
{
    const int BrtRowHdr = 0;
    const int BrtCellBlank = 1;
    const int BrtCellRk = 2;
    const int BrtCellError = 3;
    const int BrtCellBool = 4;
    const int BrtCellReal = 5;
    const int BrtCellSt = 6;
    const int BrtCellIsst = 7;
    const int BrtFmlaString = 8;
    const int BrtFmlaNum = 9;
    const int BrtFmlaBool = 10;
    const int BrtFmlaError = 11;
    const int BrtShortBlank = 12;
    const int BrtShortIsst = 18;
    const int BrtCellRString = 62;
    const int BrtEndSheetData = 146;

    /// <summary>XFD is the last one.</summary>
    const int MaxColumns = 16_384;

    readonly XlsbRecords _records = new(stream);
    long _nextRow = -1;
    int _column;
    bool _ended;

    public override bool Read()
    {
        Cells.Clear();
        while (!_ended)
        {
            RowNumber = _nextRow;
            _ended = !_records.Read() || _records.Type == BrtEndSheetData;
            if (_ended || _records.Type == BrtRowHdr)
            {
                if (!_ended)
                {
                    _nextRow = BinaryPrimitives.ReadInt32LittleEndian(_records.Data) + 1L;
                    _column = -1;
                }

                if (Cells.Count > 0)
                {
                    return true;
                }

                continue;
            }

            if (_nextRow > 0 && ReadCell(_records.Type, _records.Data) is { } cell)
            {
                Cells.Add(cell);
            }
        }

        return false;
    }

    public override void Dispose() => _records.Dispose();

    // The short records are those of BrtCellBlank to BrtCellIsst without a column: theirs is right of the cell before, also of a blank one.
    ExcelCell? ReadCell(int type, ReadOnlySpan<byte> data)
    {
        switch (type)
        {
            case >= BrtShortBlank and <= BrtShortIsst:
                _column++;
                type -= BrtShortBlank - BrtCellBlank;
                break;
            case (>= BrtCellBlank and <= BrtFmlaError) or BrtCellRString:
                var column = BinaryPrimitives.ReadInt32LittleEndian(data);
                if (column <= _column)
                {
                    throw new InvalidDataException("the cells of a row are not in the order of their columns");
                }

                _column = column;
                data = data[sizeof(int)..];
                break;
            default:
                return null;
        }

        return _column < MaxColumns
            ? ToCell(type, _column, data)
            : throw new InvalidDataException("a cell lies beyond the last column");
    }

    ExcelCell? ToCell(int type, int column, ReadOnlySpan<byte> data)
    {
        if (type == BrtCellBlank)
        {
            return null;
        }

        var style = BinaryPrimitives.ReadInt32LittleEndian(data) & 0xFFFFFF;
        var moment = style < moments.Length ? moments[style] : ExcelMoment.None;
        var value = data[sizeof(int)..];
        return type switch
        {
            BrtCellRk => Number(Rk(BinaryPrimitives.ReadInt32LittleEndian(value))),
            BrtCellReal or BrtFmlaNum => Number(BinaryPrimitives.ReadDoubleLittleEndian(value)),
            BrtCellBool or BrtFmlaBool => new ExcelCell(column, ExcelCellKind.Boolean, value[0], null, ExcelMoment.None),
            BrtCellError or BrtFmlaError => new ExcelCell(column, ExcelCellKind.Error, 0, null, ExcelMoment.None),
            BrtCellIsst => Text(Shared(BinaryPrimitives.ReadInt32LittleEndian(value))),
            BrtCellRString => Text(XlsbParts.RichText(value)),
            _ => Text(Encoding.UTF8.GetBytes(XlsbParts.WideString(value, out _))),
        };

        ExcelCell Number(double number) => new(column, ExcelCellKind.Number, number, null, moment);

        ExcelCell? Text(ReadOnlyMemory<byte> text) => text.Length == 0 ? null : new ExcelCell(column, ExcelCellKind.Text, 0, text,
            ExcelMoment.None);
    }

    ReadOnlyMemory<byte> Shared(int index) => index >= 0 && index < strings.Count
        ? strings[index]
        : throw new BadFileException(RejectCode.CorruptFile,
            $"A cell of row {_nextRow:N0} refers to a string that the workbook does not have.", _nextRow);

    // 30 bits of an integer or the upper bits of a double; bit 0 says divided by 100, bit 1 integer.
    static double Rk(int value)
    {
        var number = (value & 2) != 0 ? value >> 2 : BitConverter.Int64BitsToDouble((long)(value & ~3) << 32);
        return (value & 1) != 0 ? number / 100 : number;
    }
}
