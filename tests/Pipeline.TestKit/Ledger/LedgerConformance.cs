using Pipeline.Ledger;
using Xunit;

namespace Pipeline.TestKit.Ledger;

/// <summary>
/// What every ledger must do; a store's own test class inherits it and says how to open the store. The parts: arrows (this file),
/// content, paths, queries, durability, model.
/// </summary>
public abstract partial class LedgerConformance : IAsyncLifetime
{
    static readonly FileState[] s_states = Enum.GetValues<FileState>();

    /// <summary>
    /// From where each verb goes, and to where. What is not here throws. A claim returns false instead and is not in the table.
    /// </summary>
    static readonly Dictionary<string, Dictionary<FileState, FileState>> s_arrows = new(StringComparer.Ordinal)
    {
        ["release"] = new()
        {
            [FileState.Claimed] = FileState.Seen,
            [FileState.Loading] = FileState.Seen,
            [FileState.Publishing] = FileState.Seen,
        },
        ["begin"] = new() { [FileState.Claimed] = FileState.Loading },
        ["replan"] = new() { [FileState.Loading] = FileState.Loading },
        ["publish"] = new() { [FileState.Loading] = FileState.Publishing },
        ["complete"] = new() { [FileState.Loading] = FileState.Loaded, [FileState.Publishing] = FileState.Loaded },
        ["archive"] = new()
        {
            [FileState.Loaded] = FileState.Archived,
            [FileState.Duplicate] = FileState.Duplicate,
            [FileState.Empty] = FileState.Empty,
            [FileState.Undone] = FileState.Undone,
            [FileState.Unpacked] = FileState.Unpacked,
        },
        ["duplicate"] = new() { [FileState.Claimed] = FileState.Duplicate },
        ["empty"] = new() { [FileState.Claimed] = FileState.Empty },
        ["unpack"] = new() { [FileState.Claimed] = FileState.Unpacked },
        ["quarantine"] = new()
        {
            [FileState.Seen] = FileState.Quarantined,
            [FileState.Claimed] = FileState.Quarantined,
            [FileState.Loading] = FileState.Quarantined,
        },
        ["quarantined_at"] = new() { [FileState.Quarantined] = FileState.Quarantined },
        ["undo"] = new() { [FileState.Loaded] = FileState.Undone, [FileState.Archived] = FileState.Undone },
    };

    protected SteppingTime Time { get; } = new();

    protected ILedger Ledger { get; private set; } = null!;

    public static TheoryData<string, FileState> EveryVerbInEveryState()
    {
        var all = new TheoryData<string, FileState>();
        foreach (var verb in s_arrows.Keys)
        {
            foreach (var state in s_states)
            {
                all.Add(verb, state);
            }
        }

        return all;
    }

    public static TheoryData<string> EveryVerb() => [.. s_arrows.Keys.Append("claim")];

    public virtual async Task InitializeAsync() => Ledger = await OpenAsync();

    public virtual async Task DisposeAsync() => await Ledger.DisposeAsync();

    /// <summary>Opens this test's store, with <see cref="Time"/>; after a ledger on it was closed, what that one wrote.</summary>
    protected abstract Task<ILedger> OpenAsync();

    /// <summary>
    /// A second ledger on a copy of the store as it would lie there if the process died now. No verb is under way.
    /// </summary>
    protected abstract Task<ILedger> OpenAfterCrashAsync();

    protected async Task ReopenAsync()
    {
        await Ledger.DisposeAsync();
        Ledger = await OpenAsync();
    }

    [Theory]
    [MemberData(nameof(EveryVerbInEveryState))]
    public async Task Verb_InEachState_FollowsTheArrowOrThrowsAndChangesNothing(string verb, FileState state)
    {
        var before = await Ledger.EntryInAsync(state, "/data/orders/a.csv");
        var original = await Ledger.EntryInAsync(FileState.Archived, "/data/orders/original.csv", content: "original");

        if (s_arrows[verb].TryGetValue(state, out var to))
        {
            await CallAsync(verb, before, original.Key);

            var after = await Ledger.GetAsync(before.Key);
            Assert.Equal(to, after.State);
            Assert.True(after.UpdatedAt > before.UpdatedAt);
            Assert.Equal(after.State is FileState.Claimed or FileState.Loading or FileState.Publishing, after.Owner is not null);
        }
        else
        {
            var error = await Assert.ThrowsAsync<LedgerStateException>(() => CallAsync(verb, before, original.Key));

            Assert.Contains(before.Path, error.Message, StringComparison.Ordinal);
            Assert.Contains(state.ToString(), error.Message, StringComparison.Ordinal);
            Assert.Equal(SomeLedger.Text(before), SomeLedger.Text(await Ledger.GetAsync(before.Key)));
        }
    }

    [Theory]
    [MemberData(nameof(EveryVerb))]
    public async Task Verb_UnknownKey_Throws(string verb)
    {
        var original = await Ledger.EntryInAsync(FileState.Archived, "/data/orders/original.csv");

        await Assert.ThrowsAsync<LedgerStateException>(() => CallAsync(verb, original with { Key = 987_654 }, original.Key));
    }

    [Fact]
    public async Task Claim_InEachState_OnlySeenIsTaken()
    {
        foreach (var state in s_states)
        {
            var before = await Ledger.EntryInAsync(state, $"/data/orders/{state}.csv");

            var taken = await Ledger.ClaimAsync(before.Key, "worker 2");

            var after = await Ledger.GetAsync(before.Key);
            Assert.Equal(state == FileState.Seen, taken);
            Assert.Equal(
                taken
                    ? SomeLedger.Text(
                        before with { State = FileState.Claimed, Owner = "worker 2", Attempts = 1, UpdatedAt = after.UpdatedAt })
                    : SomeLedger.Text(before),
                SomeLedger.Text(after));
        }
    }

    [Fact]
    public async Task Take_InEachState_IsSeenAndClaimedAtOnce()
    {
        foreach (var state in s_states)
        {
            var path = $"/data/orders/{state}.csv";
            var before = await Ledger.EntryInAsync(state, path);

            var taken = await Ledger.TakeAsync(path, before.Dataset, before.Bytes, before.ModifiedAt, before.AfterLoad, "worker 2");

            var after = await Ledger.GetAsync(taken.Key);
            if (taken.Key != before.Key)
            {
                // The file at the path was settled: this is another one.
                Assert.Equal(0, taken.Attempts);
            }
            else if (state != FileState.Seen)
            {
                Assert.Equal(SomeLedger.Text(before with { Owner = null }), SomeLedger.Text(taken));
                Assert.Equal(SomeLedger.Text(before), SomeLedger.Text(after));
                continue;
            }

            Assert.Equal(FileState.Seen, taken.State);
            Assert.Equal((FileState.Claimed, "worker 2", taken.Attempts + 1), (after.State, after.Owner, after.Attempts));
        }
    }

    [Fact]
    public async Task Take_AfterRelease_TellsTheAttemptsBefore()
    {
        var first = await Ledger.TakeAsync("/data/orders/a.csv", "orders", 10, Time.GetUtcNow(), AfterLoad.Move, "worker 1");
        await Ledger.ReleaseAsync(first.Key);

        var second = await Ledger.TakeAsync("/data/orders/a.csv", "orders", 12, Time.GetUtcNow(), AfterLoad.Move, "worker 2");

        Assert.Equal((first.Key, 1, 12L), (second.Key, second.Attempts, second.Bytes));
        Assert.Equal((FileState.Claimed, 2), ((await Ledger.GetAsync(first.Key)).State, (await Ledger.GetAsync(first.Key)).Attempts));
    }

    [Fact]
    public async Task Claim_ManyOwnersRace_EachEntryHasOneWinner()
    {
        for (var file = 0; file < 20; file++)
        {
            var entry = await Ledger.SeeSomeAsync($"/data/orders/{file}.csv");

            var wins = await Task.WhenAll(Enumerable.Range(0, 16).Select(owner => Task.Run(async () =>
                (Owner: $"worker {owner}", Won: await Ledger.ClaimAsync(entry.Key, $"worker {owner}")))));

            Assert.Equal(Assert.Single(wins, win => win.Won).Owner, (await Ledger.GetAsync(entry.Key)).Owner);
        }
    }

    [Fact]
    public async Task Release_AfterLoading_IsSeenWithoutTraceOfTheLoadAndClaimableAgain()
    {
        var loading = await Ledger.EntryInAsync(FileState.Publishing, "/data/orders/a.csv");

        await Ledger.ReleaseAsync(loading.Key);

        var seen = await Ledger.GetAsync(loading.Key);
        Assert.Equal((null, null, null, null, null), (seen.Owner, seen.ContentHash, seen.FileId, seen.Plan, seen.Partitions));
        Assert.True(await Ledger.ClaimAsync(loading.Key, "worker 2"));
        Assert.Equal(2, (await Ledger.GetAsync(loading.Key)).Attempts);
    }

    [Fact]
    public async Task Complete_SeveralLoads_AllOrNone()
    {
        var first = await Ledger.EntryInAsync(FileState.Loading, "/data/orders/1.csv");
        var second = await Ledger.EntryInAsync(FileState.Publishing, "/data/orders/2.csv");
        var claimed = await Ledger.ClaimedAsync("/data/orders/3.csv");

        await Assert.ThrowsAsync<LedgerStateException>(async () => await Ledger.CompleteAsync(
            [(first.Key, SomeLedger.Receipt(first)), (second.Key, SomeLedger.Receipt(second)),
                (claimed.Key, SomeLedger.Receipt(first))]));
        Assert.Equal(FileState.Loading, (await Ledger.GetAsync(first.Key)).State);
        Assert.Equal(FileState.Publishing, (await Ledger.GetAsync(second.Key)).State);

        await Ledger.CompleteAsync([(first.Key, SomeLedger.Receipt(first)), (second.Key, SomeLedger.Receipt(second))]);
        foreach (var entry in new[] { first, second })
        {
            var loaded = await Ledger.GetAsync(entry.Key);
            Assert.Equal(FileState.Loaded, loaded.State);
            Assert.Equal(SomeLedger.Text(SomeLedger.Receipt(entry)), SomeLedger.Text(loaded.Receipt));
        }
    }

    [Fact]
    public async Task Complete_ReceiptOfAnotherFileOrAgainstTheRowLaw_IsRefused()
    {
        var entry = await Ledger.EntryInAsync(FileState.Loading, "/data/orders/1.csv");
        var other = await Ledger.EntryInAsync(FileState.Loading, "/data/orders/2.csv");
        var receipt = SomeLedger.Receipt(entry);

        Receipt[] wrongOnes = [SomeLedger.Receipt(other), receipt with { RowsSkipped = 0 }, receipt with { Dataset = "invoices" }];
        foreach (var wrong in wrongOnes)
        {
            await Assert.ThrowsAsync<ArgumentException>(async () => await Ledger.CompleteAsync([(entry.Key, wrong)]));
        }

        Assert.Equal(FileState.Loading, (await Ledger.GetAsync(entry.Key)).State);
    }

    [Fact]
    public async Task Verbs_OneOfManyAtOnceFails_TheOthersAreKept()
    {
        var entries = new List<LedgerEntry>();
        for (var file = 0; file < 60; file++)
        {
            entries.Add(await Ledger.EntryInAsync(file % 3 == 0 ? FileState.Loaded : FileState.Loading,
                $"/data/orders/{file}.csv"));
        }

        var failed = await Task.WhenAll(entries.Select(entry => Task.Run(async () =>
        {
            try
            {
                await Ledger.BeginPublishAsync(entry.Key, SomeLedger.Partitions, SomeLedger.Receipt("0", SomeLedger.Content("a")));
                return false;
            }
            catch (LedgerStateException)
            {
                return true;
            }
        })));

        for (var file = 0; file < entries.Count; file++)
        {
            Assert.Equal(file % 3 == 0, failed[file]);
            Assert.Equal(file % 3 == 0 ? FileState.Loaded : FileState.Publishing,
                (await Ledger.GetAsync(entries[file].Key)).State);
        }
    }

    async Task CallAsync(string verb, LedgerEntry entry, long original)
    {
        var key = entry.Key;
        var content = SomeLedger.Content("content of " + verb);
        await (verb switch
        {
            "claim" => Ledger.ClaimAsync(key, "worker 2").AsTask(),
            "release" => Ledger.ReleaseAsync(key).AsTask(),
            "begin" => Ledger.BeginLoadAsync(key, content, SomeLedger.Plan).AsTask(),
            "replan" => Ledger.ReplanAsync(key, SomeLedger.Plan with { StagingTable = "orders_staging_2" }).AsTask(),
            "publish" => Ledger.BeginPublishAsync(key, SomeLedger.Partitions, SomeLedger.Receipt("0", content)).AsTask(),
            "complete" => Ledger.CompleteAsync([(key, SomeLedger.Receipt(
                (entry.FileId ?? FileId.Of(content, entry.Dataset, 0)).Hex, entry.ContentHash ?? content))]).AsTask(),
            "archive" => Ledger.ArchiveAsync(key, "/archive/a.csv").AsTask(),
            "duplicate" => Ledger.DuplicateAsync(key, content, original).AsTask(),
            "empty" => Ledger.EmptyAsync(key, content).AsTask(),
            "unpack" => Ledger.UnpackAsync(key).AsTask(),
            "quarantine" => Ledger.QuarantineAsync(key, SomeLedger.Problem, content).AsTask(),
            "quarantined_at" => Ledger.QuarantinedAtAsync(key, "/quarantine/a.csv").AsTask(),
            "undo" => Ledger.UndoAsync(key).AsTask(),
            _ => throw new ArgumentOutOfRangeException(nameof(verb), verb, "unknown verb"),
        });
    }
}
