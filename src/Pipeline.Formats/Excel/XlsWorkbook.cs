using System.Text;
using ExcelDataReader;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Excel;

/// <summary>
/// Old binary workbooks (<c>.xls</c>, Excel 2 to 2003), and workbooks encrypted with the password that Excel tries by itself, read by ExcelDataReader.
/// Error cells come as blanks from it, and cells of some workbooks not at all; <see cref="XlsCells"/> knows them. Whether a number is a moment is asked of
/// <see cref="ExcelMoments"/>, as in newer workbooks, not of the library, which takes <c>[Magenta]0.00</c> for minutes.
/// </summary>
sealed class XlsWorkbook : Workbook
{
    readonly Stream _content;
    readonly List<ExcelSheet> _sheets = [];
    readonly bool? _is1904;
    IExcelDataReader _reader;

    // Of the sheet that was opened last, which is opened for its first rows and again for all.
    (int Sheet, XlsCells? Cells)? _cells;

    public XlsWorkbook(Stream content, FormatLimits limits)
    {
        if (content.Length > limits.MaxSharedStringBytes)
        {
            throw new BadFileException(RejectCode.LimitExceeded,
                $"The workbook has {content.Length:N0} bytes, more than the limit of {limits.MaxSharedStringBytes:N0} for the old format, whose texts are all held in memory; "
                    + "save it as .xlsx, or raise limits.max_shared_string_bytes.");
        }

        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        _content = content;
        CompoundFile.Check(content);
        _is1904 = XlsRecords.Is1904(content);
        _reader = Open();
        try
        {
            do
            {
                // Excel 2 to 4 had one sheet a file, without a name.
                _sheets.Add(new ExcelSheet(string.IsNullOrEmpty(_reader.Name) ? "Sheet1" : _reader.Name,
                    _reader.VisibleState is "hidden" or "veryhidden"));
                CheckSheets(_sheets.Count, limits);
            }
            while (_reader.NextResult());
        }
        catch
        {
            _reader.Dispose();
            throw;
        }
    }

    public override IReadOnlyList<ExcelSheet> Sheets => _sheets;

    public override bool Is1904 => _is1904 == true;

    public override SheetRows OpenRows(int sheet)
    {
        _reader.Dispose();
        _reader = Open();
        for (var i = 0; i < sheet; i++)
        {
            _reader.NextResult();
        }

        if (_cells?.Sheet != sheet)
        {
            _cells = (sheet, XlsCells.Find(_content, sheet));
        }

        return new Rows(_reader, _cells.Value.Cells, _is1904);
    }

    public override IReadOnlyList<ExcelMerge> ReadMerges(int sheet) =>
        [.. (_reader.MergeCells ?? []).Select(m => new ExcelMerge(m.FromRow + 1, m.ToRow + 1, m.FromColumn, m.ToColumn))];

    public override void Dispose() => _reader.Dispose();

    IExcelDataReader Open()
    {
        _content.Position = 0;
        return ExcelReaderFactory.CreateReader(_content, new ExcelReaderConfiguration { LeaveOpen = true });
    }

    sealed class Rows(IExcelDataReader reader, XlsCells? records, bool? is1904) : SheetRows
    {
        // The library walks through every row and column that a header claims, damaged or not: 1.6 billion rows take half a
        // minute.
        readonly (int Rows, int Columns) _most = string.Equals(reader.GetType().Name, "ExcelBinaryReader",
            StringComparison.Ordinal)
            ? (65_536, 256)
            : (1_048_576, 16_384);

        readonly Dictionary<string, ExcelMoment> _moments = new(StringComparer.Ordinal);
        long _given;

        public override bool Read()
        {
            Cells.Clear();
            if (reader.RowCount > _most.Rows)
            {
                throw new InvalidDataException(
                    $"a sheet claims {reader.RowCount:N0} rows, where at most {_most.Rows:N0} are possible");
            }

            while (reader.Read())
            {
                RowNumber++;
                var columns = Math.Min(reader.FieldCount, _most.Columns);
                for (var i = 0; i < columns; i++)
                {
                    var value = reader.GetValue(i);
                    _given += value is null ? 0 : 1;
                    if (ToCell(i, value) is { } cell)
                    {
                        Cells.Add(cell);
                    }
                    else if (records?.IsError(RowNumber - 1, i) == true)
                    {
                        Cells.Add(new ExcelCell(i, ExcelCellKind.Error, 0, null, ExcelMoment.None));
                    }
                }

                if (Cells.Count > 0)
                {
                    return true;
                }
            }

            records?.CheckCount(_given);
            return false;
        }

        public override void Dispose()
        {
            // The workbook owns the reader.
        }

        ExcelCell? ToCell(int column, object? value) => value switch
        {
            null => null,
            string { Length: 0 } => null,
            string text => new ExcelCell(column, ExcelCellKind.Text, 0, Encoding.UTF8.GetBytes(text), ExcelMoment.None),
            double number => new ExcelCell(column, ExcelCellKind.Number, number, null, MomentOfNumber(column)),
            int number => new ExcelCell(column, ExcelCellKind.Number, number, null, MomentOfNumber(column)),
            bool isTrue => new ExcelCell(column, ExcelCellKind.Boolean, isTrue ? 1 : 0, null, ExcelMoment.None),
            DateTime moment => new ExcelCell(column, ExcelCellKind.Number, Serial(moment), null, MomentOf(column, ExcelMoment.DateTime)),
            TimeSpan time => new ExcelCell(column, ExcelCellKind.Number, time.TotalDays, null, MomentOf(column, ExcelMoment.Duration)),
            var other => throw new InvalidDataException($"a cell of the unexpected kind {other.GetType().Name}"),
        };

        // Where the system of the days is not known, a number stays one.
        ExcelMoment MomentOfNumber(int column) => is1904 is null ? ExcelMoment.None : MomentOf(column, ExcelMoment.None);

        ExcelMoment MomentOf(int column, ExcelMoment fallback)
        {
            if (reader.GetNumberFormatString(column) is not { Length: > 0 } code)
            {
                // The library has no codes for the built-in formats of East Asia.
                return ExcelMoments.OfBuiltIn(reader.GetNumberFormatIndex(column)) is not ExcelMoment.None and var builtIn ? builtIn : fallback;
            }

            if (!_moments.TryGetValue(code, out var moment))
            {
                moment = ExcelMoments.OfCode(code);
                _moments.Add(code, moment);
            }

            return moment;
        }

        // Back to the number of the cell. The library adds the 1,462 days between the systems to those that count from 1904. In the 1900 system, in which
        // day 60 never was, its days start with 1899-12-31; numbers below zero it takes for OLE's, whose days run backwards and whose times do not.
        double Serial(DateTime moment)
        {
            if (is1904 == true)
            {
                return moment.ToOADate() - 1462;
            }

            if (moment.ToOADate() is < 0 and var negative)
            {
                return negative;
            }

            var days = (moment - new DateTime(1899, 12, 31)).TotalDays;
            return days >= 60 ? days + 1 : days;
        }
    }
}
