using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Pipeline.TestKit.Generators;

namespace Pipeline.Tests.Generators;

/// <summary>
/// The data of tests and benchmarks is the same everywhere: a changed hash means that no figure measured before can be compared.
/// </summary>
public sealed class GeneratorTests : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pipeline-generators-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(WideFormat.Csv, "e921ccc05715850089cbb116a2561d65e5b9e0b806866d0d5c24da48b78e41ee")]
    [InlineData(WideFormat.Ndjson, "9e7c37c76314bef7e78baeb77185ad05c470302e7a3645fd2f9ff84c224e3eea")]
    [InlineData(WideFormat.Native, "8e3065aaa499f184e46d171ee022da34926a0409adbd3b23ea0d72e824ed278f")]
    public void WideTable_SameSeed_SameBytes(WideFormat format, string sha256)
    {
        using var stream = new MemoryStream();

        var written = WideTable.Write(stream, 1000, format);

        written.ShouldBe(stream.Length);
        Sha256(stream.ToArray()).ShouldBe(sha256);
    }

    [Fact]
    public void TextHeavyCsv_SameSeed_SameBytes()
    {
        using var stream = new MemoryStream();

        TextHeavyCsv.Write(stream, 100);

        Sha256(stream.ToArray()).ShouldBe("e58c89df8853bbcc701052e63aadbbcf7494eb278993431798b9eec4d676b109");
    }

    [Fact]
    public void NestedNdjson_SameSeed_SameBytes()
    {
        using var stream = new MemoryStream();

        NestedNdjson.Write(stream, 100);

        Sha256(stream.ToArray()).ShouldBe("a1777993b6e7e1dc1424be3eb65f1374dbfc12abd0c0a19177946fcde7079d20");
    }

    [Fact]
    public void NestedNdjson_EveryLine_IsJsonWithTheObjectsOfTheStructure()
    {
        using var stream = new MemoryStream();
        NestedNdjson.Write(stream, 100);

        foreach (var line in Encoding.UTF8.GetString(stream.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var row = JsonDocument.Parse(line);
            row.RootElement.GetProperty("customer").GetProperty("address").GetProperty("city").GetString().ShouldNotBeNullOrEmpty();
            row.RootElement.GetProperty("items").GetArrayLength().ShouldBeLessThan(4);
        }
    }

    [Fact]
    public void ReadingFiles_SameNumber_SameBytes()
    {
        using var stream = new MemoryStream();

        ReadingFiles.Write(stream, number: 7, rows: 100);

        Sha256(stream.ToArray()).ShouldBe("f7ee62e440fae451d920f2ed50dce0702997393d86be2c351f36529b06e0087e");
    }

    [Fact]
    public void SalesWorkbook_SameSeed_SameCellsAndTwin()
    {
        var (path, twin) = (Path.Combine(_folder.FullName, "sales.xlsx"), Path.Combine(_folder.FullName, "sales.tsv"));

        SalesWorkbook.WriteFile(path, twin, 50);

        using var zip = ZipFile.OpenRead(path);
        using var sheet = zip.GetEntry("xl/worksheets/sheet1.xml")!.Open();
        using var cells = new MemoryStream();
        sheet.CopyTo(cells);
        Sha256(cells.ToArray()).ShouldBe("d6266824197bfa7cd039ed95c3c3614475235b8b9d902e82754dd80b4b460b79");
        Sha256(File.ReadAllBytes(twin)).ShouldBe("0491731b11ce4090e93bd6639d77cef8370b90965fbcb1aa9b13503a03dd4022");
    }

    [Fact]
    public void MixedFiles_SameSeed_SameNamesAndBytes()
    {
        var files = MixedFiles.Write(_folder.FullName, 200);

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files.Where(f => f.Kind != "truncated gzip"))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{file.Path}\n"));
            hash.AppendData(File.ReadAllBytes(Path.Combine(_folder.FullName, file.Path)));
        }

        Convert.ToHexStringLower(hash.GetHashAndReset()).ShouldBe("23666166f43bcb89f02eef6f95c357aee5f85ee866a7b6bb4f14d1274ac47931");
    }

    [Fact]
    public void WideTable_OtherSeed_OtherBytes()
    {
        using var first = new MemoryStream();
        using var second = new MemoryStream();

        WideTable.Write(first, 10, seed: 1);
        WideTable.Write(second, 10, seed: 2);

        second.ToArray().ShouldNotBe(first.ToArray());
    }

    [Fact]
    public void WideTable_ManyRows_BytesPerRowOfTheBenchmark()
    {
        using var stream = new MemoryStream();

        WideTable.Write(stream, 20_000);

        (stream.Length / 20_000.0).ShouldBeInRange(116.5, 119.5);
    }

    [Fact]
    public void WideTable_Gzip_DecompressesToThePlainBytes()
    {
        var path = Path.Combine(_folder.FullName, "wide.csv.gz");
        using var plain = new MemoryStream();
        WideTable.Write(plain, 500);

        WideTable.WriteFile(path, 500, gzip: true).ShouldBe(plain.Length);

        using var unzipped = new MemoryStream();
        using (var gzip = new GZipStream(File.OpenRead(path), CompressionMode.Decompress))
        {
            gzip.CopyTo(unzipped);
        }

        unzipped.ToArray().ShouldBe(plain.ToArray());
    }

    [Fact]
    public void WideTable_Ndjson_SameValuesAsCsv()
    {
        using var csv = new MemoryStream();
        using var json = new MemoryStream();
        WideTable.Write(csv, 3000);
        WideTable.Write(json, 3000, WideFormat.Ndjson);

        var rows = Encoding.UTF8.GetString(csv.ToArray()).Split('\n')[1..^1];
        var objects = Encoding.UTF8.GetString(json.ToArray()).Split('\n')[..^1];

        objects.Length.ShouldBe(rows.Length);
        objects.Select(ToCsv).ShouldBe(rows);
    }

    [Fact]
    public void WideTable_Float_ValueIsTheNearestToItsDigits()
    {
        using var csv = new MemoryStream();
        using var native = new MemoryStream();
        WideTable.Write(csv, 5000);
        WideTable.Write(native, 5000, WideFormat.Native);
        var texts = Encoding.UTF8.GetString(csv.ToArray()).Split('\n')[1..^1].Select(row => row.Split(',')[6]).ToList();

        // The column's bytes follow its name and type.
        var head = "\u0005score\u0007Float64"u8;
        var at = native.ToArray().AsSpan().IndexOf(head) + head.Length;
        var values = Enumerable.Range(0, 5000).Select(i => BitConverter.ToDouble(native.GetBuffer(), at + (8 * i))).ToList();

        values.ShouldBe(texts.Select(double.Parse));
        texts.ShouldContain(t => t.Contains("e-"));
    }

    [Fact]
    public void MixedFiles_Thousand_EveryFateAndTheRowLaw()
    {
        var files = MixedFiles.Write(_folder.FullName, 1000);

        files.Select(f => f.Path).Distinct().Count().ShouldBe(1000);
        files.Count(f => f.Outcome == MixedOutcome.Loaded).ShouldBe(750);
        files.Count(f => f.Outcome == MixedOutcome.Duplicate).ShouldBe(100);
        files.Count(f => f.Outcome == MixedOutcome.Empty).ShouldBe(80);
        files.Count(f => f.Outcome == MixedOutcome.Quarantined).ShouldBe(70);
        foreach (var file in files.Where(f => f.Outcome == MixedOutcome.Loaded))
        {
            file.Rejected.ShouldBeLessThanOrEqualTo(file.Rows / 20, file.Path);
            if (file.Kind != "open quote")
            {
                CountRecords(file).ShouldBe(file.Rows, file.Path);
            }
        }
    }

    [Fact]
    public void MixedFiles_Contents_OnlyTwinsAreEqualWithinADataset()
    {
        var files = MixedFiles.Write(_folder.FullName, 1000);

        var equal = files
            .Where(f => f.Kind != "no bytes")
            .GroupBy(f => (f.Dataset, Sha256(File.ReadAllBytes(Path.Combine(_folder.FullName, f.Path)))))
            .Where(g => g.Count() > 1)
            .ToList();

        equal.ShouldNotBeEmpty();
        equal.ShouldAllBe(g => g.Count(f => f.TwinOf == null) == 1);
        equal.Sum(g => g.Count(f => f.TwinOf != null)).ShouldBe(files.Count(f => f.Outcome == MixedOutcome.Duplicate));
    }

    int CountRecords(MixedFile file) =>
        File.ReadAllText(Path.Combine(_folder.FullName, file.Path)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length - 1;

    static string ToCsv(string json)
    {
        using var document = JsonDocument.Parse(json);
        return string.Join(',', document.RootElement.EnumerateObject().Select(p => p.Value.ValueKind switch
        {
            JsonValueKind.Null => "",
            JsonValueKind.String => Quote(p.Value.GetString()!),
            _ => p.Value.GetRawText(),
        }));
    }

    static string Quote(string text) => text.AsSpan().ContainsAny(",\"") ? $"\"{text.Replace("\"", "\"\"")}\"" : text;

    static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
