using Pipeline.Ledger;
using Xunit;

namespace Pipeline.TestKit.Ledger;

/// <summary>One open entry per path; what a path may hold.</summary>
public abstract partial class LedgerConformance
{
    /// <summary>
    /// Odd but possible, some on one system only; the last five differ only where UTF-8 cannot say so, or where text may end
    /// early.
    /// </summary>
    static readonly string[] s_strangeNames =
    [
        "with space.csv", "it's \"quoted\".csv", "line\nbreak.csv", "😀.csv", "ü.csv", "u\u0308.csv", "back\\slash.csv",
        "%s $key ?1 --.csv",
        new('n', 255), "\ud800.csv", "\udfff.csv", "\ufffd.csv", "nul\0one.csv", "nul\0two.csv",
    ];

    [Theory]
    [InlineData(FileState.Seen, AfterLoad.Move, true)]
    [InlineData(FileState.Claimed, AfterLoad.Move, true)]
    [InlineData(FileState.Loading, AfterLoad.Move, true)]
    [InlineData(FileState.Publishing, AfterLoad.Move, true)]
    [InlineData(FileState.Loaded, AfterLoad.Move, true)]
    [InlineData(FileState.Loaded, AfterLoad.Keep, true)]
    [InlineData(FileState.Archived, AfterLoad.Move, false)]
    [InlineData(FileState.Archived, AfterLoad.Keep, false)]
    [InlineData(FileState.Duplicate, AfterLoad.Move, true)]
    [InlineData(FileState.Duplicate, AfterLoad.Keep, false)]
    [InlineData(FileState.Empty, AfterLoad.Move, true)]
    [InlineData(FileState.Empty, AfterLoad.Keep, false)]
    [InlineData(FileState.Unpacked, AfterLoad.Move, true)]
    [InlineData(FileState.Unpacked, AfterLoad.Keep, false)]
    [InlineData(FileState.Quarantined, AfterLoad.Move, true)]
    [InlineData(FileState.Quarantined, AfterLoad.Keep, false)]
    [InlineData(FileState.Undone, AfterLoad.Move, true)]
    [InlineData(FileState.Undone, AfterLoad.Keep, false)]
    public async Task See_PathAgain_GivesTheOpenEntryOrANewOne(FileState state, AfterLoad afterLoad, bool open)
    {
        var entry = await Ledger.EntryInAsync(state, "/data/orders/a.csv", afterLoad);

        var again = await Ledger.SeeSomeAsync(entry.Path, afterLoad);

        Assert.Equal(open, again.Key == entry.Key);
        Assert.Equal(open ? SomeLedger.Text(entry) : SomeLedger.Text(await Ledger.GetAsync(again.Key)), SomeLedger.Text(again));
        Assert.Equal(open && state != FileState.Seen, (await Ledger.UnfinishedAsync()).Any(one => one.Key == entry.Key));
        if (!open)
        {
            Assert.True(again.Key > entry.Key);
            Assert.Equal((FileState.Seen, 0, null, null), (again.State, again.Attempts, again.Problem, again.MovedTo));
        }
    }

    [Theory]
    [InlineData(FileState.Loaded, "/archive/a.csv")]
    [InlineData(FileState.Loaded, null)]
    [InlineData(FileState.Duplicate, "/archive/a.csv")]
    [InlineData(FileState.Duplicate, null)]
    [InlineData(FileState.Empty, "/archive/a.csv")]
    [InlineData(FileState.Unpacked, "/archive/a.csv")]
    [InlineData(FileState.Undone, "/archive/a.csv")]
    [InlineData(FileState.Quarantined, "/quarantine/a.csv")]
    [InlineData(FileState.Quarantined, null)]
    public async Task See_PathAfterItsFileWasSettled_IsANewEntry(FileState state, string? movedTo)
    {
        var entry = await Ledger.EntryInAsync(state, "/data/orders/a.csv");

        await (state == FileState.Quarantined
            ? Ledger.QuarantinedAtAsync(entry.Key, movedTo)
            : Ledger.ArchiveAsync(entry.Key, movedTo));

        Assert.Equal(movedTo, (await Ledger.GetAsync(entry.Key)).MovedTo);
        Assert.DoesNotContain(await Ledger.UnfinishedAsync(), one => one.Key == entry.Key);
        var again = await Ledger.SeeSomeAsync(entry.Path);
        Assert.True(again.Key > entry.Key);
        Assert.True(await Ledger.ClaimAsync(again.Key, "worker 1"));
    }

    [Fact]
    public async Task See_SeenFileHasGrown_BytesTimeDatasetAndAfterLoadFollow()
    {
        var entry = await Ledger.SeeSomeAsync("/data/orders/a.csv");

        var grown = await Ledger.SeeAsync(entry.Path, "invoices", 200, SomeLedger.Modified.AddSeconds(1), AfterLoad.Keep);

        Assert.Equal(
            (entry.Key, "invoices", 200, SomeLedger.Modified.AddSeconds(1), AfterLoad.Keep),
            (grown.Key, grown.Dataset, grown.Bytes, grown.ModifiedAt, grown.AfterLoad));
        Assert.True(grown.UpdatedAt > entry.UpdatedAt);
        Assert.Equal(SomeLedger.Text(grown), SomeLedger.Text(await Ledger.GetAsync(entry.Key)));
    }

    [Fact]
    public async Task See_SamePathByManyTasks_IsOneEntry()
    {
        var entries = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ =>
            Task.Run(async () => await Ledger.SeeSomeAsync("/data/orders/a.csv"))));

        Assert.Single(entries.Select(entry => entry.Key).Distinct());
    }

    [Fact]
    public async Task Path_WithStrangeName_ComesBackAsItWasAndIsNoOther()
    {
        foreach (var name in s_strangeNames)
        {
            var entry = await Ledger.EntryInAsync(FileState.Loaded, "/data/" + name,
                content: "content " + Array.IndexOf(s_strangeNames, name));
            await Ledger.ArchiveAsync(entry.Key, "/archive/" + name);
        }

        for (var i = 0; i < s_strangeNames.Length; i++)
        {
            var (path, movedTo) = ("/data/" + s_strangeNames[i], "/archive/" + s_strangeNames[i]);
            var kept = await Ledger.GetAsync(i + 1);
            Assert.Equal(path, kept.Path);
            Assert.Equal(movedTo, kept.MovedTo);
            foreach (var text in new[] { path, Path.GetFileName(path), movedTo })
            {
                Assert.Equal([kept.Key], (await Ledger.FindByPathAsync(text)).Select(one => one.Key));
            }
        }
    }

    [Fact]
    public async Task FindByPath_SeveralEntries_NewestFirst()
    {
        var first = await Ledger.EntryInAsync(FileState.Archived, "/data/orders/a.csv");
        var elsewhere = await Ledger.SeeSomeAsync("/data/invoices/a.csv");
        var second = await Ledger.SeeSomeAsync("/data/orders/a.csv");
        await Ledger.SeeSomeAsync("/data/orders/A.csv");

        Assert.Equal([second.Key, first.Key], (await Ledger.FindByPathAsync("/data/orders/a.csv")).Select(one => one.Key));
        Assert.Equal([second.Key, elsewhere.Key, first.Key], (await Ledger.FindByPathAsync("a.csv")).Select(one => one.Key));
        Assert.Empty(await Ledger.FindByPathAsync("b.csv"));
    }

    [Fact]
    public async Task Times_FinerThanAMicrosecond_AreRoundedDown()
    {
        var late = new DateTimeOffset(2025, 1, 31, 12, 0, 0, TimeSpan.FromHours(2)).AddTicks(19);
        var early = DateTimeOffset.UnixEpoch.AddTicks(-1);

        var first = await Ledger.SeeAsync("/1.csv", "orders", 1, late, AfterLoad.Move);
        var second = await Ledger.SeeAsync("/2.csv", "orders", 1, early, AfterLoad.Move);

        Assert.Equal(new DateTimeOffset(2025, 1, 31, 10, 0, 0, TimeSpan.Zero).AddTicks(10), first.ModifiedAt);
        Assert.Equal(DateTimeOffset.UnixEpoch.AddTicks(-10), second.ModifiedAt);
        Assert.Equal(first.ModifiedAt, (await Ledger.GetAsync(first.Key)).ModifiedAt);
        Assert.Equal(second.ModifiedAt, (await Ledger.GetAsync(second.Key)).ModifiedAt);
        Assert.Equal(first.UpdatedAt, (await Ledger.SeeAsync("/1.csv", "orders", 1, late, AfterLoad.Move)).UpdatedAt);
    }
}
