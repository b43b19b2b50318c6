using System.Text;
using Pipeline.Discovery;

namespace Pipeline.Tests.Discovery;

public sealed class DatasetNamingTests
{
    [Theory]
    [InlineData("orders/2025/a.csv", "orders")]
    [InlineData("Orders 2025/a.csv", "orders_2025")]
    [InlineData("été/x.csv", "été")]
    [InlineData("---/x.csv", "data")]
    [InlineData("2024/x.csv", "_2024")]
    [InlineData("orders.csv", "orders")]
    public void Of_Path_IsTheFirstFolderElseTheName(string path, string dataset) => DatasetNaming.Of(path).ShouldBe(dataset);

    [Theory]
    [InlineData("orders_2025-01-31.csv", "orders")]
    [InlineData("orders.20250131.001.csv.gz", "orders")]
    [InlineData("orders-2025-01-31T10:15:00Z.csv", "orders")]
    [InlineData("orders_20250131_101500.csv", "orders")]
    [InlineData("orders_20250131T101500.123Z.json", "orders")]
    [InlineData("orders_31-01-2025.csv", "orders")]
    [InlineData("orders 1.2.2025.csv", "orders")]
    [InlineData("orders_31-Jan-2025.csv", "orders")]
    [InlineData("Sales January 2025.xlsx", "sales")]
    [InlineData("sales_2025-W05.csv", "sales")]
    [InlineData("sales_2025Q1.csv", "sales")]
    [InlineData("sales-Q1-2025.csv", "sales")]
    [InlineData("sales_2024_europe.csv", "sales_europe")]
    [InlineData("2025-01-31_orders.csv", "orders")]
    [InlineData("20250131-orders.csv", "orders")]
    [InlineData("events_1735689600.ndjson", "events")]
    [InlineData("events_1735689600123.ndjson.zst", "events")]
    [InlineData("export-0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f.csv", "export")]
    public void OfFileName_Date_IsNotPartOfTheDataset(string name, string dataset) => DatasetNaming.OfFileName(name).ShouldBe(dataset);

    [Theory]
    [InlineData("report (1).csv", "report")]
    [InlineData("report (1) (2).csv", "report")]
    [InlineData("report - Copy.csv", "report")]
    [InlineData("report - Copy (2).csv", "report")]
    [InlineData("Copy of report.xlsx", "report")]
    [InlineData("report_001.csv", "report")]
    [InlineData("report-7.csv", "report")]
    [InlineData("report_000123.csv", "report")]
    [InlineData("report_part2.csv", "report")]
    [InlineData("report_1_of_3.csv", "report")]
    [InlineData("001_report.csv", "report")]
    [InlineData("part-00001.csv", "part")]
    [InlineData("orders.csv.rejects.csv", "orders")]
    public void OfFileName_SequenceOrCopy_IsNotPartOfTheDataset(string name, string dataset) =>
        DatasetNaming.OfFileName(name).ShouldBe(dataset);

    [Theory]
    [InlineData("form_1099.csv", "form_1099")]
    [InlineData("covid_19_cases.csv", "covid_19_cases")]
    [InlineData("top500.csv", "top500")]
    [InlineData("q1.csv", "q1")]
    [InlineData("100_best_books.csv", "_100_best_books")]
    [InlineData("mayor_list.csv", "mayor_list")]
    [InlineData("Sales Report Jan.xlsx", "sales_report_jan")]
    [InlineData("codes_12345678.csv", "codes_12345678")]
    public void OfFileName_NumberWithMeaning_IsKept(string name, string dataset) => DatasetNaming.OfFileName(name).ShouldBe(dataset);

    [Theory]
    [InlineData("salesReport.csv", "sales_report")]
    [InlineData("HTTPLog.csv", "http_log")]
    [InlineData("Kunden-Übersicht.CSV", "kunden_übersicht")]
    [InlineData("заказы_2025-01.csv", "заказы")]
    [InlineData("注文.csv", "注文")]
    [InlineData("a__b  c--d.csv", "a_b_c_d")]
    [InlineData("_private_.csv", "private")]
    [InlineData("we're \"here\"\n.csv", "we_re_here")]
    [InlineData("🐘.csv", "data")]
    [InlineData("no extension", "no_extension")]
    [InlineData("export.foo", "export")]
    [InlineData("archive.tar.gz", "archive")]
    public void OfFileName_AnyText_IsASafeIdentifier(string name, string dataset) => DatasetNaming.OfFileName(name).ShouldBe(dataset);

    [Theory]
    [InlineData("01-22-2020.csv")]
    [InlineData("20250131.csv")]
    [InlineData("2025-01-31T10:15:00Z.csv")]
    [InlineData("001.csv")]
    [InlineData("(1).csv")]
    [InlineData(".csv")]
    [InlineData("..")]
    [InlineData("")]
    public void OfFileName_NothingToGoBy_IsData(string name) => DatasetNaming.OfFileName(name).ShouldBe(DatasetNaming.Fallback);

    [Fact]
    public void OfFileName_LongNames_StayApartWithinTheLimit()
    {
        foreach (var letter in new[] { "n", "数", "ж" })
        {
            var long1 = DatasetNaming.OfFileName(string.Concat(Enumerable.Repeat(letter, 80)) + "a" + string.Concat(Enumerable.Repeat(letter, 80)));
            var long2 = DatasetNaming.OfFileName(string.Concat(Enumerable.Repeat(letter, 80)) + "b" + string.Concat(Enumerable.Repeat(letter, 80)));

            long1.ShouldNotBe(long2);
            long1.Sum(c => char.IsAscii(c) ? 1 : 3 * Encoding.UTF8.GetByteCount(c.ToString())).ShouldBeLessThanOrEqualTo(DatasetNaming.MaxEscapedBytes);
            DatasetNaming.Identifier(long1).ShouldBe(long1);
        }
    }

    [Fact]
    public void Identifier_RandomText_IsSafeAndStable()
    {
        var random = new Random(20260314);
        for (var i = 0; i < 20_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => RandomRune(random).ToString()));
            foreach (var name in new[] { DatasetNaming.Identifier(text), DatasetNaming.OfFileName(text), DatasetNaming.Of("x/" + text) })
            {
                name.ShouldNotBeEmpty();
                name.ShouldNotContain('/');
                name.ShouldNotContain('.');
                name.ShouldNotContain('\0');
                char.IsDigit(name[0]).ShouldBeFalse();
                DatasetNaming.Identifier(name).ShouldBe(name);
            }
        }
    }

    static Rune RandomRune(Random random)
    {
        while (true)
        {
            var value = random.Next(4) switch { 0 => random.Next(0x80), 1 => random.Next(0x500), 2 => random.Next(0x10000), _ => "_-. 0129aZ/"[random.Next(11)] };
            if (Rune.IsValid(value))
            {
                return new Rune(value);
            }
        }
    }
}
