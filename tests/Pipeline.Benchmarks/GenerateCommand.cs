using Pipeline.TestKit.Generators;

namespace Pipeline.Benchmarks;

/// <summary>Writes deterministic data to a file or folder.</summary>
static class GenerateCommand
{
    public static int Run(string kind, long rows, string path)
    {
        var began = TimeProvider.System.GetTimestamp();
        long? bytes = kind switch
        {
            "csv" => WideTable.WriteFile(path, rows),
            "csv.gz" => WideTable.WriteFile(path, rows, gzip: true),
            "ndjson" => WideTable.WriteFile(path, rows, WideFormat.Ndjson),
            "ndjson.gz" => WideTable.WriteFile(path, rows, WideFormat.Ndjson, gzip: true),
            "native" => WideTable.WriteFile(path, rows, WideFormat.Native),
            "text" => TextHeavyCsv.WriteFile(path, rows),
            "nested" => NestedNdjson.WriteFile(path, rows),
            "xlsx" => SalesWorkbook.WriteFile(path, path + ".tsv", checked((int)rows)),
            "mixed" => Mixed(path, rows),
            "small" => Small(path, rows),
            _ => null,
        };
        if (bytes is not { } written)
        {
            Console.Error.WriteLine($"'{kind}' is not a kind of data: see the usage.");
            return 2;
        }

        var seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        Console.WriteLine($"{path}: {rows:N0} {(kind is "mixed" or "small" ? "files" : "rows")}, {written:N0} bytes, {written / 1e6 / seconds:F0} MB/s");
        return 0;
    }

    static long Small(string folder, long files)
    {
        Directory.CreateDirectory(folder);
        return Enumerable.Range(0, checked((int)files)).Sum(i => ReadingFiles.WriteFile(folder, i, rows: 100));
    }

    static long Mixed(string folder, long files)
    {
        var written = MixedFiles.Write(folder, checked((int)files));
        foreach (var group in written.GroupBy(f => f.Outcome).OrderBy(g => g.Key))
        {
            Console.WriteLine($"{group.Count(),7:N0} {group.Key}: {group.Sum(f => f.Rows):N0} rows, {group.Sum(f => f.Rejected):N0} rejected");
        }

        return written.Sum(f => new FileInfo(Path.Combine(folder, f.Path)).Length);
    }
}
