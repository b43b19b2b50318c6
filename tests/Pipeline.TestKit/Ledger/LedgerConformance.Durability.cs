using Pipeline.Ledger;
using Xunit;

namespace Pipeline.TestKit.Ledger;

/// <summary>What was answered stays: after closing, after a killed process, at shutdown.</summary>
public abstract partial class LedgerConformance
{
    [Fact]
    public async Task Reopen_AfterEveryVerb_TheEntriesAreTheSame()
    {
        foreach (var state in s_states)
        {
            var path = $"/data/orders/{state}.csv";
            var entry = await Ledger.EntryInAsync(state, path);
            var before = await EverythingAsync(Ledger);

            await ReopenAsync();

            Assert.Equal(before, await EverythingAsync(Ledger));
            Assert.Contains(SomeLedger.Text(entry), before, StringComparison.Ordinal);
        }

        var last = await Ledger.SeeSomeAsync("/data/orders/last.csv");
        Assert.Equal(last.Key, (await Ledger.ListAsync(limit: 1))[0].Key);
    }

    [Fact]
    public async Task Crash_AfterManyConcurrentVerbs_EveryAnsweredOneIsThere()
    {
        foreach (var state in s_states)
        {
            await Ledger.EntryInAsync(state, $"/data/orders/{state}.csv");
        }

        await Task.WhenAll(Enumerable.Range(0, 64).Select(file => Task.Run(() =>
            Ledger.EntryInAsync(s_states[file % s_states.Length], $"/data/orders/{file}.csv"))));

        await using var survivor = await OpenAfterCrashAsync();

        Assert.Equal(await EverythingAsync(Ledger), await EverythingAsync(survivor));
        var next = await survivor.EntryInAsync(FileState.Archived, "/data/orders/after.csv");
        Assert.Equal(FileState.Archived, next.State);
        Assert.Null(await Ledger.FindAsync(next.Key));
    }

    [Fact]
    public async Task Dispose_VerbsUnderWay_AcceptedOnesAreKeptAndLaterOnesAreRefused()
    {
        var verbs = Enumerable.Range(0, 100).Select(file => Ledger.SeeSomeAsync($"/data/orders/{file}.csv").AsTask()).ToList();
        await Ledger.DisposeAsync();

        var answered = 0;
        foreach (var verb in verbs)
        {
            try
            {
                await verb;
                answered++;
            }
            catch (ObjectDisposedException)
            {
                // Came after the door was closed: counted as not answered.
            }
        }

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Ledger.SeeSomeAsync("/data/orders/late.csv"));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Ledger.CountAsync());
        Ledger = await OpenAsync();
        Assert.Equal(answered, (await Ledger.ListAsync(limit: 1000)).Count);
        Assert.True(answered > 0);
    }

    /// <summary>Everything a ledger tells, as one text.</summary>
    protected static async Task<string> EverythingAsync(ILedger ledger) => string.Join(
        '\n',
        [
            .. (await ledger.ListAsync(limit: int.MaxValue)).Select(SomeLedger.Text),
            .. (await ledger.CountAsync()).Select(count => count.ToString()).Order(StringComparer.Ordinal),
            SomeLedger.Text((await ledger.UnfinishedAsync()).Select(entry => entry.Key)),
        ]);
}
