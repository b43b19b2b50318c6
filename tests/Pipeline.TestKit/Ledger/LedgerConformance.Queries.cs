using Pipeline.Ledger;
using Xunit;

namespace Pipeline.TestKit.Ledger;

/// <summary>Lists, counts, what a restart looks at.</summary>
public abstract partial class LedgerConformance
{
    [Fact]
    public async Task Find_Unknown_IsNull()
    {
        Assert.Null(await Ledger.FindAsync(1));
        Assert.Null(await Ledger.FindByFileIdAsync(FileId.Of(s_content, "orders", 0)));
        Assert.Empty(await Ledger.CountAsync());
        Assert.Empty(await Ledger.UnfinishedAsync());
        Assert.Empty(await Ledger.ListAsync());
    }

    [Fact]
    public async Task List_ByDatasetAndState_PagesNewestFirst()
    {
        var entries = new List<LedgerEntry>();
        for (var file = 0; file < 24; file++)
        {
            var dataset = file % 2 == 0 ? "orders" : "invoices";
            var entry = file % 3 == 0
                ? await Ledger.ClaimedAsync($"/{file}.csv", dataset: dataset)
                : await Ledger.SeeSomeAsync($"/{file}.csv", dataset: dataset);
            entries.Insert(0, entry);
        }

        foreach (var dataset in new[] { null, "orders", "invoices", "nothing" })
        {
            foreach (var state in new FileState?[] { null, FileState.Seen, FileState.Claimed, FileState.Loaded })
            {
                var wanted = entries
                    .Where(e => (dataset is null || e.Dataset == dataset) && (state is null || e.State == state))
                    .Select(e => e.Key).ToList();
                Assert.Equal(wanted, (await Ledger.ListAsync(dataset, state)).Select(e => e.Key));
                Assert.Equal(wanted.Take(3), (await Ledger.ListAsync(dataset, state, limit: 3)).Select(e => e.Key));
                if (wanted.Count > 3)
                {
                    var next = await Ledger.ListAsync(dataset, state, limit: 3, beforeKey: wanted[2]);
                    Assert.Equal(wanted.Skip(3).Take(3), next.Select(e => e.Key));
                }
            }
        }
    }

    [Fact]
    public async Task Count_AfterEveryKindOfChange_EqualsTheEntries()
    {
        foreach (var state in s_states)
        {
            await Ledger.EntryInAsync(state, $"/{state}.csv");
            await AssertCountsAsync();
        }

        await Ledger.SeeAsync("/Seen.csv", "invoices", 7, SomeLedger.Modified, AfterLoad.Move);
        await AssertCountsAsync();
        await Ledger.RestoreAsync("/r.csv", SomeLedger.Receipt(FileId.Of(s_content, "restored", 0).Hex, s_content, "restored"));
        await AssertCountsAsync();
        Assert.Contains(new LedgerCount("restored", FileState.Archived, 1, 7, 2, 100), await Ledger.CountAsync());
    }

    [Fact]
    public async Task Unfinished_EntryInEachState_OpenOnesOldestFirst()
    {
        var expected = new List<long>();
        foreach (var state in s_states)
        {
            var entry = await Ledger.EntryInAsync(state, $"/{state}.csv");
            if (state is not (FileState.Seen or FileState.Archived))
            {
                expected.Add(entry.Key);
            }
        }

        Assert.Equal(expected, (await Ledger.UnfinishedAsync()).Select(entry => entry.Key));
    }

    // A publish carries its receipt along; its rows count once it is loaded.
    static Receipt? LoadOf(LedgerEntry entry) => entry.State == FileState.Publishing ? null : entry.Receipt;

    protected async Task AssertCountsAsync()
    {
        var expected = (await Ledger.ListAsync(limit: int.MaxValue))
            .GroupBy(entry => (entry.Dataset, entry.State))
            .Select(group => new LedgerCount(
                group.Key.Dataset, group.Key.State, group.Count(), group.Sum(e => LoadOf(e)?.RowsLoaded ?? 0),
                group.Sum(e => LoadOf(e)?.RowsRejected ?? 0), group.Sum(e => e.Bytes)));

        Assert.Equal(
            expected.Select(one => one.ToString()).Order(StringComparer.Ordinal),
            (await Ledger.CountAsync()).Select(one => one.ToString()).Order(StringComparer.Ordinal));
    }
}
