using Pipeline.TestKit.Generators;

namespace Pipeline.Benchmarks.EndToEnd;

/// <summary>The wide table as CSV, without a contract, against the engine's own reader with the types given.</summary>
sealed class WideCsvCase : EndToEndCase
{
    const string ReferenceTable = "default.wide_reference";
    string _path = "";
    long _rows;
    TableChecksum? _expected;

    public override string Name => "csv-wide";

    public override string Description => "CSV, 18 typed columns, no contract";

    public override string Reference => "INSERT … SELECT … FROM file(…, CSVWithNames), types given";

    public override long DefaultRows => 3_000_000;

    public override double Floor => 1.0;

    public override async Task<long> PrepareAsync(Bench bench, long rows, CancellationToken cancellation)
    {
        _rows = rows;
        _path = Path.Combine(bench.Folder, "wide.csv");
        var bytes = WideTable.WriteFile(_path, rows);

        // The Native form of the same rows passes through no text reader: what it loads is what the others must load.
        const string Table = "default.wide_expected";
        var native = Path.Combine(bench.Folder, "wide.native");
        WideTable.WriteFile(native, rows, WideFormat.Native);
        await CreateTableAsync(bench, Table, cancellation);
        await using (var data = File.OpenRead(native))
        {
            await bench.Engine.InsertAsync($"INSERT INTO {Table} FORMAT Native", data, cancellation);
        }

        _expected = await TableChecksum.OfAsync(bench.Engine, Table, WideTable.Columns, cancellation);
        await bench.Engine.QueryAsync($"DROP TABLE {Table} SYNC", cancellation);
        File.Delete(native);
        return bytes;
    }

    public override async Task<Measurement> RunOursAsync(Bench bench, CancellationToken cancellation)
    {
        // A registry that remembers the file would make the second run a duplicate.
        await bench.Engine.QueryAsync("DROP DATABASE IF EXISTS pipeline SYNC", cancellation);
        var (line, measurement) = await bench.IngestAsync(_path, cancellation);
        if (line.Outcome != "loaded" || line.RowsRead != _rows || line.RowsLoaded != _rows)
        {
            throw new WrongLoadException($"{line.Outcome}: {line.RowsRead} rows read, {line.RowsLoaded} loaded, of {_rows}.");
        }

        await CheckAndDropAsync(bench, line.Table, floatsByValue: true, "pipeline", cancellation);
        return measurement;
    }

    public override async Task<Measurement> RunReferenceAsync(Bench bench, CancellationToken cancellation)
    {
        await CreateTableAsync(bench, ReferenceTable, cancellation);
        var structure = WideTable.Structure.Replace("'", "\\'", StringComparison.Ordinal);
        var measurement = await bench.MeasureStatementAsync(
            $"INSERT INTO {ReferenceTable} SELECT * FROM file('{_path}', 'CSVWithNames', '{structure}')",
            cancellation);
        await CheckAndDropAsync(bench, ReferenceTable, floatsByValue: false, "the engine", cancellation);
        return measurement;
    }

    /// <summary>Ordered as we order a table that nobody declared: by its first date.</summary>
    static Task<string> CreateTableAsync(Bench bench, string table, CancellationToken cancellation) => bench.Engine.QueryAsync(
        $"CREATE TABLE {table} ({WideTable.Structure}) ENGINE = MergeTree ORDER BY order_date",
        cancellation);

    async Task CheckAndDropAsync(Bench bench, string table, bool floatsByValue, string who, CancellationToken cancellation)
    {
        var actual = await TableChecksum.OfAsync(bench.Engine, table, WideTable.Columns, cancellation);
        actual.MustEqual(_expected!, WideTable.Columns, floatsByValue, who);
        await bench.Engine.QueryAsync($"DROP TABLE {table} SYNC", cancellation);
    }
}
