using System.Globalization;
using Pipeline.ClickHouse;
using Pipeline.Formats;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Native;
using Pipeline.Formats.Records;
using Pipeline.Formats.Typing;
using Pipeline.Ingestion;
using Pipeline.Ledger;
using Pipeline.Loading;

namespace Pipeline.Columnar;

/// <summary>
/// Rows of a columnar file. Its types are its own; only whether a column has nulls is counted, because such formats declare nearly every column nullable.
/// The engine casts to the types of the table and marks the rows that do not fit (<see cref="ColumnarSelect"/>); its blocks go into the batches as they come.
/// </summary>
sealed class ColumnarRows : FileRows
{
    const int PreviewBytes = 200;

    /// <summary>The engine's own column of a Parquet file: number of the row in the file, from 0.</summary>
    const string RowNumber = "_row_number";

    readonly ColumnarSource _source;
    readonly CancellationToken _cancellation;

    // How the columns are read, and the rows of the file by its own count: known once InferAsync is done.
    IReadOnlyList<ColumnarColumn> _columns;
    long _total;
    long _read;

    // From StartAsync on.
    ColumnarSelect? _select;
    QueryStream? _stream;
    NativeBlockReader? _blocks;
    readonly FixedColumn<uint> _faults = new(ColumnarSelect.FaultType);
    readonly ArrayColumn _texts = (ArrayColumn)ColumnarSelect.TextsType.CreateColumn();

    ColumnarRows(ColumnarSource source, IReadOnlyList<ColumnarColumn> columns, CancellationToken cancellation)
    {
        _source = source;
        _columns = columns;
        _cancellation = cancellation;
        ColumnNames = [.. columns.Select(c => c.Name)];
    }

    public override IReadOnlyList<string> ColumnNames { get; }

    public override long RawBytesRead => _total == 0 ? 0 : (long)((double)_source.Bytes * _read / _total);

    /// <summary>Takes over the source, unless it throws.</summary>
    public static async Task<ColumnarRows> OpenAsync(ColumnarSource source, CancellationToken cancellationToken)
    {
        var columns = await source.DescribeAsync(cancellationToken);
        return columns.Count == 0
            ? throw new BadFileException(RejectCode.NotATable, $"The {source.Format.Title} file has no columns.")
            : new ColumnarRows(source, columns, cancellationToken);
    }

    public override async Task<RowsEvidence?> InferAsync()
    {
        const int Counts = 3;
        var counts = _columns.Select(c =>
            $", {(c.MayBeNull ? $"countIf(isNull({c.Sql}))" : "0")}, {(c.Stored is null ? "0" : $"countIf({c.Stored.Outside})")}, "
            + (c.MayBeNoUtf8 ? $"countIf(NOT isValidUTF8({c.Sql}))" : "0"));
        _source.ReadAs(_columns);
        var result = await _source.SumAsync($"count(){string.Concat(counts)}", _cancellation);
        _total = result.Get<long>(0, 0);
        _columns = [.. _columns.Select((c, i) => c.Counted(result.Get<long>(0, (Counts * i) + 2), result.Get<long>(0, (Counts * i) + 3)))];
        _source.ReadAs(_columns);
        if (_total == 0)
        {
            _source.Acquit();
            return null;
        }

        return new RowsEvidence([.. _columns.Select((c, i) => c.Infer(_source.Format, _total, result.Get<long>(0, (Counts * i) + 1)))], IsComplete: true);
    }

    public override async Task StartAsync(LoadSchema schema)
    {
        _select = ColumnarSelect.Of(schema, _columns);
        _stream = await _source.StreamAsync(_select.Sql, _cancellation);
        _blocks = new NativeBlockReader(_stream.Body);
    }

    public override async ValueTask<AppendedRows?> AppendAsync(ColumnBatch batch, IRejectSink rejects, bool mayExchange = false)
    {
        _faults.Clear();
        _texts.Clear();
        IReadOnlyList<Column> columns = _select!.Checks ? [.. batch.Columns, _faults, _texts] : batch.Columns;
        int rows;
        do
        {
            rows = await _source.GuardAsync(() => _blocks!.AppendAsync(columns, _cancellation).AsTask());
        }
        while (rows == 0);

        if (rows < 0)
        {
            CheckAllRead();
            return null;
        }

        var numbers = batch.RowNumbers.AppendSpan(rows);
        for (var i = 0; i < rows; i++)
        {
            numbers[i] = (ulong)(_read + i + 1);
        }

        if (_select.Checks && _faults.Values.ContainsAnyExcept(0u))
        {
            HandOver(batch, rows, rejects);
        }

        _read += rows;
        return new AppendedRows(rows);
    }

    public override bool CanInsertWhole(LoadSchema schema, int rows) =>
        _source.CanInsert && _total > rows && !ColumnarSelect.Of(schema, _columns).Checks && !_columns.Any(c => c.Name == RowNumber);

    public override Task<ClickHouseError?> InsertWholeAsync(TableName table, LoadSchema schema, FileId fileId, QueryOptions call)
    {
        var provenance = schema.HasProvenance ? $", '{fileId.Hex}', toUInt64({RowNumber}) + 1" : "";
        return _source.InsertAsync(
            $"INSERT INTO {table} ({Identifier.List(schema.InsertColumns)})", ColumnarSelect.Of(schema, _columns).Sql + provenance, call, _cancellation);
    }

    public override void EndWhole(long inserted)
    {
        _read = inserted;
        CheckAllRead();
    }

    /// <summary>Adds rows, columns with their evidence, and the first rows as texts to what is known of the file.</summary>
    public async Task<Inspection> InspectAsync(Inspection file, int previewRows)
    {
        var evidence = await InferAsync();
        var names = ColumnNaming.MakeSafe(ColumnNames);
        var preview = evidence is null ? [] : await PreviewAsync(previewRows);
        return file with
        {
            Rows = _total,
            Preview = preview,
            Columns =
            [
                .. _columns.Select((column, i) =>
                {
                    var inferred = evidence?.Columns[i] ?? column.Infer(_source.Format, 0, 0);
                    return new InspectedColumn(
                        names[i], ColumnarColumn.WithoutNulls(inferred.Type).Name, inferred.Nullable, inferred.Evidence, column.Name);
                }),
            ],
        };
    }

    public override async ValueTask DisposeAsync()
    {
        _blocks?.Dispose();
        if (_stream is not null)
        {
            await _stream.DisposeAsync();
        }

        _source.Dispose();
    }

    async Task<IReadOnlyList<IReadOnlyList<string?>>> PreviewAsync(int rows)
    {
        var texts = _columns.Select(c => $"CAST(left(toString({c.Sql}), {PreviewBytes}), 'Nullable(String)')");
        var result = await _source.QueryAsync(string.Join(", ", texts), string.Create(CultureInfo.InvariantCulture, $" LIMIT {rows}"), _cancellation);
        return [.. result.Rows.Select(row => row.Select(cell => (string?)cell).ToList())];
    }

    void CheckAllRead()
    {
        if (_read != _total)
        {
            throw new BadFileException(
                RejectCode.CorruptFile, $"The {_source.Format.Title} file counts {_total} rows, but {_read} can be read.");
        }

        _source.Acquit();
    }

    // The last rows of the batch were read now; those with a fault are taken out of it.
    void HandOver(ColumnBatch batch, int rows, IRejectSink rejects)
    {
        var remove = new bool[batch.RowCount];
        var before = batch.RowCount - rows;
        var texts = (NullableColumn)_texts.Elements;
        for (var row = 0; row < rows; row++)
        {
            if (_faults.Values[row] == 0)
            {
                continue;
            }

            remove[before + row] = true;
            var fault = _select!.Faults[(int)_faults.Values[row] - 1];
            var (start, length) = _texts.Row(row);
            var fields = new byte[]?[length];
            for (var i = 0; i < length; i++)
            {
                fields[i] = texts.Mask.Values[start + i] != 0 ? null : ((StringColumn)texts.Inner)[start + i].ToArray();
            }

            var record = _read + row + 1;
            rejects.Add(new RejectedRow(record, record, -1, fault.Column, fault.Code, fault.Message, fields));
        }

        batch.RemoveRows(remove);
    }
}
