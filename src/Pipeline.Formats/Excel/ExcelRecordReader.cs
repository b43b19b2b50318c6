using System.Globalization;
using System.Runtime.InteropServices;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Excel;

/// <summary>
/// Streams the table of one sheet. Blank rows are no records. A run of rows at the end that stand alone below a blank row and
/// fill one cell
/// are notes: skipped and counted. Error cells (<c>#N/A</c>) are nulls, counted in a warning. Owns the workbook, its rows, and
/// the
/// buffered content when there is one.
/// </summary>
sealed class ExcelRecordReader : RecordReader
{
    const int MaxNotes = 64;
    const int MaxNoteBytes = 4096;

    readonly Workbook _workbook;
    readonly SheetRows _rows;
    readonly IDisposable? _buffered;
    readonly FormatOptions _options;
    readonly ExcelTable _table;
    readonly ExcelColumns _columns;
    readonly int[] _indexOf;
    readonly Queue<ExcelRow> _pending = new();
    readonly List<FormatWarning> _warnings = [];
    long _nextRecord = 1;
    long _lastRow;
    long _errors;
    long _firstError;
    long _longNumbers;
    long _firstLongNumber;
    long _skipped;
    long _values;
    bool _rowsEnded;

    /// <param name="table">Where it is in the sample.</param>
    /// <param name="sample">The first rows, which were read from <paramref name="rows"/> already.</param>
    public ExcelRecordReader(
        Workbook workbook, SheetRows rows, IDisposable? buffered, ExcelTable table, List<ExcelRow> sample, IEnumerable<FormatWarning> warnings,
            FormatOptions options)
    {
        (_workbook, _rows, _buffered, _options) = (workbook, rows, buffered, options);
        _warnings.AddRange(warnings);
        _table = table;
        _columns = options.Learned as ExcelColumns
            ?? ExcelColumns.Of(_table, UsedColumns(sample), options.Limits);
        _indexOf = new int[_columns.Columns.Length == 0 ? 0 : _columns.Columns[^1] + 1];
        Array.Fill(_indexOf, -1);
        for (var i = 0; i < _columns.Columns.Length; i++)
        {
            _indexOf[_columns.Columns[i]] = i;
        }

        _skipped = _table.Preamble;
        if (_table.Preamble > 0)
        {
            _warnings.Add(new FormatWarning("rows_above_table",
                $"{_table.Preamble:N0} rows with titles or notes stand above the table; they are skipped.",
                sample[0].Number));
        }

        if (ExcelNeighbours.Find(_table, sample, _columns.Columns) is { } neighbours)
        {
            _warnings.Add(neighbours);
        }

        if (ExcelNeighbours.FindBelow(_table, sample) is { } below)
        {
            _warnings.Add(below);
        }

        foreach (var row in sample.Skip(_table.Preamble + _table.HeaderRows))
        {
            _pending.Enqueue(row);
        }

        var before = _table.Preamble + _table.HeaderRows;
        _lastRow = before > 0 ? sample[before - 1].Number : sample.Count > 0 ? sample[0].Number - 1 : 0;
    }

    public override IReadOnlyList<string> ColumnNames => _columns.Names;

    public override long SkippedRecords => _skipped;

    public override IReadOnlyList<FormatWarning> Warnings => [.. _warnings, .. CountedWarnings()];

    public override ValueTask<bool> ReadAsync(FieldBlock block, CancellationToken cancellationToken)
    {
        block.Reset(_nextRecord);
        block.RentText(64 << 10);
        var text = 0;
        while (block.RowCount < block.MaxRows && text < _options.BlockBytes)
        {
            if ((block.RowCount & 0xFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            if (!TryNext(out var number, out var cells))
            {
                break;
            }

            WriteRow(block, number, cells, ref text);
        }

        _nextRecord += block.RowCount;
        return ValueTask.FromResult(block.RowCount > 0);
    }

    public override ValueTask DisposeAsync()
    {
        _rows.Dispose();
        _workbook.Dispose();
        _buffered?.Dispose();
        return ValueTask.CompletedTask;
    }

    IEnumerable<FormatWarning> CountedWarnings()
    {
        if (_errors > 0)
        {
            yield return new FormatWarning("error_cells",
                $"{_errors:N0} cells hold an error such as #N/A or #REF!; they are taken as null.", _firstError);
        }

        if (_longNumbers > 0)
        {
            yield return new FormatWarning("long_numbers",
                $"{_longNumbers:N0} whole numbers have more than 15 digits, and Excel keeps only 15: what was typed behind them is lost. Ids belong in cells of text.",
                _firstLongNumber);
        }

        if (_rows.UncalculatedFormulas > 0)
        {
            yield return new FormatWarning("uncalculated_formulas",
                $"{_rows.UncalculatedFormulas:N0} formulas have no value in the file; they are taken as null. Open it in Excel and save it.", null);
        }
    }

    /// <summary>The next record: a row that was looked at before, or one of the sheet.</summary>
    bool TryNext(out long number, out ReadOnlySpan<ExcelCell> cells)
    {
        while (true)
        {
            if (_pending.TryPeek(out var row))
            {
                if (!_rowsEnded && MayBeNote(row.Number, row.Cells) && _pending.Count <= MaxNotes && _pending.All(r =>
                    r.Cells.Length == 1))
                {
                    // Only what follows tells a note from a sparse row.
                    if (ReadRow())
                    {
                        _pending.Enqueue(new ExcelRow(_rows.RowNumber, [.. _rows.Cells]));
                    }

                    continue;
                }

                if (_rowsEnded && MayBeNote(row.Number, row.Cells) && _pending.All(r => r.Cells.Length == 1))
                {
                    _warnings.Add(new FormatWarning("rows_below_table",
                        $"{_pending.Count:N0} rows with notes stand below the table; they are skipped.", row.Number));
                    _skipped += _pending.Count;
                    _pending.Clear();
                    continue;
                }

                _pending.Dequeue();
                number = _lastRow = row.Number;
                cells = row.Cells;
                return true;
            }

            if (_rowsEnded || !ReadRow())
            {
                number = 0;
                cells = default;
                return false;
            }

            if (MayBeNote(_rows.RowNumber, CollectionsMarshal.AsSpan(_rows.Cells)))
            {
                _pending.Enqueue(new ExcelRow(_rows.RowNumber, [.. _rows.Cells]));
                continue;
            }

            number = _lastRow = _rows.RowNumber;
            cells = CollectionsMarshal.AsSpan(_rows.Cells);
            return true;
        }
    }

    bool MayBeNote(long number, ReadOnlySpan<ExcelCell> cells) => IsAlone(cells) && number > _lastRow + 1;

    bool ReadRow()
    {
        var read = ExcelErrors.Guard(static rows => rows.Read(), _rows);
        _rowsEnded = !read;
        return read;
    }

    void WriteRow(FieldBlock block, long number, ReadOnlySpan<ExcelCell> cells, ref int text)
    {
        var row = block.RowCount;
        if (TooLong(number, cells) is { } fault)
        {
            block.Faults.Add(new RowFault(row, fault.Code, fault.Message));
            cells = [];
        }

        for (var i = 0; i < block.ColumnCount; i++)
        {
            block.Column(i)[row] = new Field(0, 0, FieldKind.Null);
        }

        foreach (var cell in cells)
        {
            var index = cell.Column < _indexOf.Length ? _indexOf[cell.Column] : -1;
            if (index < 0)
            {
                throw new ColumnsGrewException(LearnRest(cells));
            }

            var needed = text + cell.MaxLength;
            if (block.Text.Length < needed)
            {
                block.RentText(Math.Max(needed, 2 * block.Text.Length), text);
            }

            var kind = cell.Write(block.Text.AsSpan(text), _workbook.Is1904, out var length);
            block.Column(index)[row] = new Field(text, length, kind);
            text += length;
            if (cell.Kind == ExcelCellKind.Error)
            {
                _firstError = _errors++ == 0 ? number : _firstError;
            }
            else if (cell.MayBeCut)
            {
                _firstLongNumber = _longNumbers++ == 0 ? number : _firstLongNumber;
            }
        }

        block.Lines[row] = number;
        block.ByteOffsets[row] = -1;
        block.RowCount++;
    }

    /// <summary>
    /// What is wrong with a row that would take more memory than it may: a value that the workbook has once may stand in any number of cells. Such a row is
    /// rejected without its values.
    /// </summary>
    (RejectCode Code, string Message)? TooLong(long number, ReadOnlySpan<ExcelCell> cells)
    {
        var (bytes, values) = (0L, 0L);
        foreach (var cell in cells)
        {
            var length = cell.Text.Length;
            bytes += length;
            values += Math.Max(length, sizeof(double));
            if (length > _options.Limits.MaxFieldBytes)
            {
                return (RejectCode.FieldTooLong, string.Create(
                    CultureInfo.InvariantCulture,
                    $"A cell of row {number:N0} has {length:N0} bytes, more than the limit of {_options.Limits.MaxFieldBytes:N0}; raise limits.max_field_bytes if that is meant."));
            }
        }

        _values += values;
        if (_values > _options.Limits.MaxWorkbookPartBytes)
        {
            throw new BadFileException(RejectCode.LimitExceeded, string.Create(
                CultureInfo.InvariantCulture,
                $"The values of the sheet have more than the limit of {_options.Limits.MaxWorkbookPartBytes:N0} bytes up to row {number:N0}; raise limits.max_workbook_part_bytes if that is its true size."));
        }

        return bytes <= _options.Limits.MaxRecordBytes ? null : (RejectCode.RecordTooLong, string.Create(
            CultureInfo.InvariantCulture,
            $"Row {number:N0} has texts of {bytes:N0} bytes, more than the limit of {_options.Limits.MaxRecordBytes:N0}; raise limits.max_record_bytes if that is meant."));
    }

    // A note below the table stands where it likes; if it is a record after all, its column is learned then.
    IEnumerable<int> UsedColumns(List<ExcelRow> sample) => sample
        .Where((r, i) => i >= _table.Preamble && !(i > _table.Preamble + _table.HeaderRows && IsAlone(r.Cells)
            && sample[i - 1] is var above
            && (r.Number > above.Number + 1 || IsAlone(above.Cells))))
        .SelectMany(r => r.Cells).Select(c => c.Column);

    bool IsAlone(ReadOnlySpan<ExcelCell> cells) => _table.Width >= 3 && cells.Length == 1 && cells[0].Kind == ExcelCellKind.Text
        && cells[0].Text.Length <= MaxNoteBytes;

    /// <summary>Reads to the end for the columns that hold something.</summary>
    ExcelColumns LearnRest(ReadOnlySpan<ExcelCell> cells)
    {
        var used = new HashSet<int>(_columns.Columns);
        foreach (var cell in cells)
        {
            used.Add(cell.Column);
        }

        used.UnionWith(_pending.SelectMany(r => r.Cells).Select(c => c.Column));
        while (!_rowsEnded && ReadRow())
        {
            foreach (var cell in _rows.Cells)
            {
                used.Add(cell.Column);
            }
        }

        return ExcelColumns.Of(_table, used, _options.Limits);
    }
}
