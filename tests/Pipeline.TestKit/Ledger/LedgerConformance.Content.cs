using Pipeline.Ledger;
using Xunit;

namespace Pipeline.TestKit.Ledger;

/// <summary>Duplicates, generations, forced and repeated loads, restored loads.</summary>
public abstract partial class LedgerConformance
{
    static readonly ContentHash s_content = SomeLedger.Content("the same bytes");

    [Fact]
    public async Task BeginLoad_NewContent_StartsUnderTheIdOfContentAndDataset()
    {
        var entry = await Ledger.ClaimedAsync("/data/orders/a.csv");

        var started = await BeginAsync<LoadDecision.Started>(entry.Key);

        Assert.Equal(FileId.Of(s_content, SomeLedger.Dataset, 0), started.FileId);
        var loading = await Ledger.GetAsync(entry.Key);
        Assert.Equal(
            (s_content, started.FileId, 0, SomeLedger.Plan),
            (loading.ContentHash, loading.FileId, loading.Generation, loading.Plan));
    }

    [Fact]
    public async Task BeginLoad_SameContentByManyTasks_OneStartsAndTheOthersAreToldWhich()
    {
        var keys = new List<long>();
        for (var file = 0; file < 40; file++)
        {
            keys.Add((await Ledger.ClaimedAsync($"/data/orders/{file}.csv")).Key);
        }

        var decisions = await Task.WhenAll(keys.Select(key => Task.Run(async () =>
            (Key: key, Decision: await Ledger.BeginLoadAsync(key, s_content, SomeLedger.Plan)))));

        var winner = Assert.Single(decisions, one => one.Decision is LoadDecision.Started);
        Assert.All(
            decisions.Where(one => one != winner),
            one => Assert.Equal(winner.Key, Assert.IsType<LoadDecision.InFlight>(one.Decision).By.Key));
        Assert.Equal(39, (await Ledger.ListAsync(state: FileState.Claimed)).Count);
    }

    [Theory]
    [InlineData(FileState.Loading)]
    [InlineData(FileState.Publishing)]
    public async Task BeginLoad_ContentInFlight_NamesTheEntryAlsoWhenForced(FileState state)
    {
        var other = await Ledger.EntryInAsync(state, "/data/orders/a.csv", content: "the same bytes");
        var entry = await Ledger.ClaimedAsync("/data/orders/b.csv");

        foreach (var force in new[] { false, true })
        {
            var inFlight = await BeginAsync<LoadDecision.InFlight>(entry.Key, force);
            Assert.Equal(SomeLedger.Text(other), SomeLedger.Text(inFlight.By));
        }

        Assert.Equal(SomeLedger.Text(entry), SomeLedger.Text(await Ledger.GetAsync(entry.Key)));
        await Ledger.ReleaseAsync(other.Key);
        await BeginAsync<LoadDecision.Started>(entry.Key);
    }

    [Theory]
    [InlineData(FileState.Loaded)]
    [InlineData(FileState.Archived)]
    public async Task BeginLoad_ContentLoaded_NamesTheEntryUnlessForced(FileState state)
    {
        var other = await Ledger.EntryInAsync(state, "/data/orders/a.csv", content: "the same bytes");
        var entry = await Ledger.ClaimedAsync("/data/orders/b.csv");

        var loaded = await BeginAsync<LoadDecision.AlreadyLoaded>(entry.Key);
        Assert.Equal(SomeLedger.Text(other), SomeLedger.Text(loaded.By));

        var forced = await BeginAsync<LoadDecision.Started>(entry.Key, force: true);
        Assert.Equal((FileId.Of(s_content, SomeLedger.Dataset, 1), 1), (forced.FileId, forced.Generation));
    }

    [Fact]
    public async Task BeginLoad_SameContentInAnotherDataset_Starts()
    {
        await Ledger.EntryInAsync(FileState.Archived, "/data/orders/a.csv", content: "the same bytes");
        var entry = await Ledger.ClaimedAsync("/data/invoices/a.csv", dataset: "invoices");

        var started = await BeginAsync<LoadDecision.Started>(entry.Key);

        Assert.Equal(FileId.Of(s_content, "invoices", 0), started.FileId);
    }

    [Theory]
    [InlineData(FileState.Duplicate)]
    [InlineData(FileState.Empty)]
    [InlineData(FileState.Quarantined)]
    public async Task BeginLoad_ContentOnlyEndedWithoutRows_StartsUnderTheFirstGeneration(FileState state)
    {
        var other = await Ledger.EntryInAsync(state, "/data/orders/a.csv",
            content: state == FileState.Duplicate ? "other" : "the same bytes");
        if (state == FileState.Duplicate)
        {
            var second = await Ledger.ClaimedAsync("/data/orders/c.csv");
            await Ledger.DuplicateAsync(second.Key, s_content, other.Key);
        }

        var entry = await Ledger.ClaimedAsync("/data/orders/b.csv");

        Assert.Equal(0, (await BeginAsync<LoadDecision.Started>(entry.Key)).Generation);
    }

    [Fact]
    public async Task BeginLoad_AfterUndoAndForce_NoGenerationComesTwice()
    {
        var generations = new List<int>();
        for (var round = 0; round < 3; round++)
        {
            var first = await Ledger.EntryInAsync(FileState.Archived, $"/data/orders/{round}.csv", content: "the same bytes");
            var forced = await Ledger.EntryInAsync(FileState.Archived, $"/data/orders/{round}f.csv", force: true,
                content: "the same bytes");
            generations.AddRange([first.Generation, forced.Generation]);
            await Ledger.UndoAsync(round % 2 == 0 ? first.Key : forced.Key);
            await Ledger.UndoAsync(round % 2 == 0 ? forced.Key : first.Key);
        }

        Assert.Equal([0, 1, 2, 3, 4, 5], generations);
    }

    [Fact]
    public async Task Quarantine_WithoutHash_KeepsTheOneOfTheLoad()
    {
        var loading = await Ledger.EntryInAsync(FileState.Loading, "/data/orders/a.csv");

        await Ledger.QuarantineAsync(loading.Key, SomeLedger.Problem, content: null);

        var entry = await Ledger.GetAsync(loading.Key);
        Assert.Equal((loading.ContentHash, SomeLedger.Problem), (entry.ContentHash, entry.Problem));
        Assert.Equal(loading.Key, (await Ledger.FindByFileIdAsync(loading.FileId!.Value))?.Key);
    }

    [Fact]
    public async Task Restore_UnknownLoad_IsArchivedAndKnownToDuplicateDetection()
    {
        var id = FileId.Of(s_content, SomeLedger.Dataset, 3);
        var receipt = SomeLedger.Receipt(id.Hex, s_content);

        Assert.True(await Ledger.RestoreAsync("/data/orders/lost.csv", receipt));
        Assert.False(await Ledger.RestoreAsync("/data/orders/lost.csv", receipt));

        var restored = await Ledger.FindByFileIdAsync(id);
        Assert.NotNull(restored);
        Assert.Equal((FileState.Archived, 3, "/data/orders/lost.csv"), (restored.State, restored.Generation, restored.Path));
        Assert.Equal(SomeLedger.Text(receipt), SomeLedger.Text(restored.Receipt));
        var entry = await Ledger.ClaimedAsync("/data/orders/lost.csv");
        Assert.NotEqual(restored.Key, entry.Key);
        await BeginAsync<LoadDecision.AlreadyLoaded>(entry.Key);
        await Ledger.UndoAsync(restored.Key);
        Assert.Equal(4, (await BeginAsync<LoadDecision.Started>(entry.Key)).Generation);
    }

    [Theory]
    [InlineData(FileState.Loading, false)]
    [InlineData(FileState.Publishing, false)]
    [InlineData(FileState.Loaded, false)]
    [InlineData(FileState.Archived, false)]
    [InlineData(FileState.Undone, false)]
    [InlineData(FileState.Quarantined, true)]
    public async Task Restore_FileIdInALedgerThatIsBehind_OnlyWhereNoLoadIsKnown(FileState state, bool restored)
    {
        var entry = await Ledger.EntryInAsync(state, "/data/orders/a.csv", content: "the same bytes");
        var receipt = SomeLedger.Receipt(FileId.Of(s_content, SomeLedger.Dataset, 0).Hex, s_content);

        Assert.Equal(restored, await Ledger.RestoreAsync(entry.Path, receipt));

        Assert.Equal(SomeLedger.Text(entry), SomeLedger.Text(await Ledger.GetAsync(entry.Key)));
    }

    [Fact]
    public async Task Restore_FileIdMadeInAnotherWay_TakesTheNextFreeGeneration()
    {
        await Ledger.RestoreAsync("/a.csv", SomeLedger.Receipt(new string('a', 32), s_content));
        await Ledger.RestoreAsync("/b.csv", SomeLedger.Receipt(new string('b', 32), s_content));

        var all = await Ledger.ListAsync();

        Assert.Equal([1, 0], all.Select(entry => entry.Generation));
    }

    [Fact]
    public async Task Duplicate_OfAnUnknownEntry_IsRefused()
    {
        var entry = await Ledger.ClaimedAsync("/data/orders/a.csv");

        await Assert.ThrowsAsync<LedgerStateException>(async () => await Ledger.DuplicateAsync(entry.Key, s_content, 987_654));

        Assert.Equal(SomeLedger.Text(entry), SomeLedger.Text(await Ledger.GetAsync(entry.Key)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0123")]
    [InlineData("E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855")]
    public async Task BeginLoad_MalformedHash_IsRefused(string hex)
    {
        var entry = await Ledger.ClaimedAsync("/data/orders/a.csv");

        await Assert.ThrowsAsync<ArgumentException>(async () =>
            await Ledger.BeginLoadAsync(entry.Key, new ContentHash(hex), SomeLedger.Plan));

        Assert.Equal(FileState.Claimed, (await Ledger.GetAsync(entry.Key)).State);
    }

    async Task<T> BeginAsync<T>(long key, bool force = false)
        where T : LoadDecision => Assert.IsType<T>(await Ledger.BeginLoadAsync(key, s_content, SomeLedger.Plan, force));
}
