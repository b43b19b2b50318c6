using System.Text;
using Pipeline.Ingestion;

namespace Pipeline.Daemon.Tests.Crash;

/// <summary>A column whose type changes long after the sample: the whole file is read again with types that fit all of it.</summary>
[Collection(CrashChains.One)]
public sealed class WideningTests : IAsyncLifetime
{
    const int Rows = 60_000;

    /// <summary>Line of the first zip code that is no number: the header is line 1.</summary>
    const int OddLine = 25_001;

    readonly CrashHome _home = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _home.DisposeAsync();

    [Fact]
    public async Task ZipCode_LeadingZeroFarBehindTheSample_WholeColumnIsText()
    {
        await _home.StartAsync();
        _home.Drop(Zips());
        await _home.SettledAsync();

        await ShouldBeRightAsync();
    }

    // The first time a table is made for the numbers, the second time for the texts.
    [Theory]
    [InlineData("after_loading_before_insert", 1)]
    [InlineData("after_staging_created", 1)]
    [InlineData("after_first_insert", 2)]
    [InlineData("after_staging_created", 2)]
    [InlineData("after_publishing_before_attach", 1)]
    [InlineData("after_first_attach", 1)]
    public async Task ZipCode_KilledAroundTheRestart_WholeColumnIsTextOnce(string point, int times)
    {
        _home.Configure("ingest:\n  max_batch_rows: 4096\n  max_batch_bytes: 64KiB\n");
        _home.Drop(Zips());
        await _home.DieAtAsync(Enum.GetValues<FaultPoint>().Single(p => Faults.Name(p) == point), times);

        await _home.StartAsync();
        await _home.SettledAsync();

        await ShouldBeRightAsync();
    }

    static SomeFile Zips()
    {
        var text = new StringBuilder("id,zip\n");
        for (var line = 2; line <= Rows + 1; line++)
        {
            text.Append(line - 1).Append(',').Append(line == OddLine ? "00501" : (10_000 + line).ToString()).Append('\n');
        }

        return new SomeFile("zips/zips.csv", Encoding.UTF8.GetBytes(text.ToString()), Rows, 0, 0, 0);
    }

    async Task ShouldBeRightAsync()
    {
        var row = (await _home.QueryAsync(
            $"""
            SELECT count(), uniqExact(_row), sum(id), any(toTypeName(zip)), countIf(zip = '00501'), countIf(id = {OddLine - 1} AND zip = '00501'),
                countIf(zip = toString(10001 + id)), uniqExact(_file_id)
            FROM zips
            """))[0];
        row[3].ShouldBeOfType<string>().ShouldContain("String");
        row.Where((_, i) => i != 3).Select(Convert.ToInt64).ShouldBe([Rows, Rows, (long)Rows * (Rows + 1) / 2, 1, 1, Rows - 1, 1]);
        (await _home.NumberAsync("SELECT count() FROM pipeline.files FINAL WHERE state = 'loaded'")).ShouldBe(1);
        await Promise.ShouldHaveNoStagingAsync(_home);
    }
}
