using System.Diagnostics;
using System.Text;
using ExcelDataReader;
using Pipeline.Benchmarks.Machine;
using Pipeline.TestKit.Generators;

namespace Pipeline.Benchmarks.EndToEnd;

/// <summary>The wide table as CSV without a contract: against the engine's own reader with the types given, and against ready-made Native blocks.</summary>
sealed class WideCsvCase : FileLoadCase
{
    public override string Name => "csv-wide";

    public override string Description => "CSV, 3,000,000 rows × 18 typed columns, 356 MB, no contract";

    protected override Task<LoadableFile> WriteAsync(EndToEndOptions options, string folder, CancellationToken cancellation)
    {
        var rows = Scaled(3_000_000, options);
        var path = Path.Combine(folder, "wide.csv");
        WideTable.WriteFile(path, rows);
        WideTable.WriteFile(Native(folder), rows, WideFormat.Native);
        return Task.FromResult(new LoadableFile(path, rows, WideTable.Columns, $"file('{Native(folder)}', 'Native')", "order_date"));
    }

    protected override IEnumerable<Side> References(string folder, CancellationToken cancellation) =>
    [
        Engine(
            "engine, CSV",
            "`INSERT … SELECT … FROM file(…, CSVWithNames, …)`, types given",
            $"file('{File.Path}', 'CSVWithNames', '{WideTable.Structure.Replace("'", "\\'", StringComparison.Ordinal)}')",
            (2.0, 2.5),
            cancellation),
        Engine(
            "engine, Native",
            "the same rows as Native blocks: no text is read. The floor of 0.63 × its speed is at most 1.6 × its time",
            $"file('{Native(folder)}', 'Native')",
            (1 / 1.6, 1 / 1.25),
            cancellation),
    ];

    static string Native(string folder) => Path.Combine(folder, "wide.native");
}

/// <summary>Quoted text with separators, doubled quotes and line breaks inside: finding the fields is the work.</summary>
sealed class TextCsvCase : FileLoadCase
{
    static readonly string s_structure = TextHeavyCsv.Structure.Replace("'", "\\'", StringComparison.Ordinal);

    public override string Name => "csv-text";

    public override string Description => "CSV, mostly quoted text with line breaks, 2,100,000 rows, 1 GB";

    protected override Task<LoadableFile> WriteAsync(EndToEndOptions options, string folder, CancellationToken cancellation)
    {
        var rows = Scaled(2_100_000, options);
        var path = Path.Combine(folder, "letters.csv");
        TextHeavyCsv.WriteFile(path, rows);
        IReadOnlyList<WideColumn> columns = [.. TextHeavyCsv.Structure.Split(", ").Select(c => new WideColumn(c.Split(' ')[0], c.Split(' ')[1]))];
        return Task.FromResult(new LoadableFile(path, rows, columns, Source(path), "posted_at"));
    }

    protected override IEnumerable<Side> References(string folder, CancellationToken cancellation) =>
        [Engine("engine, CSV", "`INSERT … SELECT … FROM file(…, CSVWithNames, …)`, types given", Source(File.Path), (1.5, 2), cancellation)];

    static string Source(string path) => $"file('{path}', 'CSVWithNames', '{s_structure}')";
}

/// <summary>JSON lines with objects in objects and arrays.</summary>
sealed class NdjsonCase : FileLoadCase
{
    public override string Name => "ndjson";

    public override string Description => "NDJSON, 1,000,000 rows, nested objects and arrays, 290 MB";

    protected override Task<LoadableFile> WriteAsync(EndToEndOptions options, string folder, CancellationToken cancellation)
    {
        var rows = Scaled(1_000_000, options);
        var path = Path.Combine(folder, "orders.ndjson");
        NestedNdjson.WriteFile(path, rows);
        return Task.FromResult(new LoadableFile(path, rows, NestedNdjson.Columns, Source(path), "at"));
    }

    protected override IEnumerable<Side> References(string folder, CancellationToken cancellation) =>
    [
        Engine(
            "engine, JSONEachRow",
            "`INSERT … SELECT … FROM file(…, JSONEachRow, …)`, types given, the array of objects as text",
            Source(File.Path),
            (1.5, 2.5),
            cancellation),
    ];

    static string Source(string path) =>
        $"(SELECT {NestedNdjson.Flattened} FROM file('{path}', 'JSONEachRow', '{NestedNdjson.Structure.Replace("'", "\\'", StringComparison.Ordinal)}') "
        + "SETTINGS date_time_input_format = 'best_effort')";
}

/// <summary>The wide table as Parquet, written by the engine.</summary>
sealed class ParquetCase : FileLoadCase
{
    public override string Name => "parquet";

    public override string Description => "Parquet, the 3,000,000 rows of the wide table";

    protected override async Task<LoadableFile> WriteAsync(EndToEndOptions options, string folder, CancellationToken cancellation)
    {
        var rows = Scaled(3_000_000, options);
        var native = Path.Combine(folder, "wide.native");
        var path = Path.Combine(folder, "wide.parquet");
        WideTable.WriteFile(native, rows, WideFormat.Native);
        await Daemon.Engine.QueryAsync($"INSERT INTO FUNCTION file('{path}', 'Parquet') SELECT * FROM file('{native}', 'Native')", cancellation);
        return new LoadableFile(path, rows, WideTable.Columns, $"file('{native}', 'Native')", "order_date");
    }

    protected override IEnumerable<Side> References(string folder, CancellationToken cancellation) =>
        [Engine("engine, Parquet", "`INSERT … SELECT … FROM file(…, Parquet)`", $"file('{File.Path}', 'Parquet')", (0.7, 1.0), cancellation)];
}

/// <summary>The wide table as gzipped CSV, against a program that only decompresses.</summary>
sealed class GzipCsvCase : FileLoadCase
{
    public override string Name => "csv-gzip";

    public override string Description => "the CSV of the wide table, 3,000,000 rows, gzipped";

    protected override Task<LoadableFile> WriteAsync(EndToEndOptions options, string folder, CancellationToken cancellation)
    {
        var rows = Scaled(3_000_000, options);
        var native = Path.Combine(folder, "wide.native");
        var path = Path.Combine(folder, "wide.csv.gz");
        WideTable.WriteFile(native, rows, WideFormat.Native);
        WideTable.WriteFile(path, rows, gzip: true);
        return Task.FromResult(new LoadableFile(path, rows, WideTable.Columns, $"file('{native}', 'Native')", "order_date"));
    }

    protected override IEnumerable<Side> References(string folder, CancellationToken cancellation) =>
    [
        new("gzip", "`gzip -dc FILE > /dev/null`: decompresses and does nothing else", async _ =>
        {
            var cpu = ProcessMeter.EndedChildrenCpuSeconds();
            var measurement = await Daemon.MeasureAsync(File.Rows, Size(File.Path), async () =>
            {
                using var gzip = Process.Start("sh", ["-c", $"gzip -dc '{File.Path}' > /dev/null"]);
                await gzip.WaitForExitAsync(cancellation);
                if (gzip.ExitCode != 0)
                {
                    throw new WrongLoadException($"gzip ended with code {gzip.ExitCode}.");
                }
            });
            return measurement with
            {
                DaemonCpuSeconds = ProcessMeter.EndedChildrenCpuSeconds() - cpu,
                DaemonPeakBytes = 0,
                EngineCpuSeconds = 0,
                EnginePeakBytes = 0,
            };
        }, (0.8, 1.0)),
    ];
}

/// <summary>A workbook, against the library that reads every cell of it and does nothing with them.</summary>
sealed class WorkbookCase : FileLoadCase
{
    public override string Name => "xlsx";

    public override string Description => "XLSX, 200,000 rows × 20 columns";

    protected override Task<LoadableFile> WriteAsync(EndToEndOptions options, string folder, CancellationToken cancellation)
    {
        var rows = (int)Scaled(200_000, options);
        var path = Path.Combine(folder, "sales.xlsx");
        var twin = Path.Combine(folder, "sales.tsv");
        SalesWorkbook.WriteFile(path, twin, rows);
        var structure = string.Join(", ", SalesWorkbook.Columns.Select(c => $"{c.Name} {c.Type}")).Replace("'", "\\'", StringComparison.Ordinal);
        var truth = $"(SELECT * FROM file('{twin}', 'TabSeparatedWithNames', '{structure}') SETTINGS precise_float_parsing = 1)";
        return Task.FromResult(new LoadableFile(path, rows, SalesWorkbook.Columns, truth, "ordered_on"));
    }

    protected override IEnumerable<Side> References(string folder, CancellationToken cancellation) =>
    [
        new("ExcelDataReader", "reads every cell in a warm process, types and loads nothing", async _ =>
        {
            Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
            var cpu = ProcessMeter.CpuSeconds(Environment.ProcessId);
            ProcessMeter.ResetPeak(Environment.ProcessId);
            var measurement = await Daemon.MeasureAsync(File.Rows, Size(File.Path), () =>
            {
                var cells = ReadEveryCell(File.Path);
                return cells == (File.Rows + 1) * File.Columns.Count
                    ? Task.CompletedTask
                    : throw new WrongLoadException($"ExcelDataReader read {cells} cells.");
            });
            return measurement with
            {
                DaemonCpuSeconds = ProcessMeter.CpuSeconds(Environment.ProcessId) - cpu,
                DaemonPeakBytes = ProcessMeter.PeakResidentBytes(Environment.ProcessId),
                EngineCpuSeconds = 0,
                EnginePeakBytes = 0,
            };
        }, (0.85, 0.95)),
    ];

    static long ReadEveryCell(string path)
    {
        using var stream = System.IO.File.OpenRead(path);
        using var reader = ExcelReaderFactory.CreateOpenXmlReader(stream);
        long cells = 0;
        while (reader.Read())
        {
            for (var i = 0; i < reader.FieldCount; i++)
            {
                _ = reader.GetValue(i);
                cells++;
            }
        }

        return cells;
    }
}
