using System.Globalization;
using Pipeline.Ledger;
using Pipeline.TestKit.Ledger;

namespace Pipeline.Tests.Ledger;

public sealed class LedgerSchemaTests : IDisposable
{
    static readonly string[] s_withAnotherStep = [.. LedgerSchema.Steps, "ALTER TABLE entries ADD COLUMN note TEXT"];

    static readonly string s_version = LedgerSchema.Steps.Count.ToString(CultureInfo.InvariantCulture);
    static readonly string s_nextVersion = s_withAnotherStep.Length.ToString(CultureInfo.InvariantCulture);

    readonly SqliteFolder _folder = new();

    [Fact]
    public async Task Ddl_NewLedger_IsTheApprovedOne()
    {
        await (await SqliteLedger.OpenAsync(_folder.Ledger)).DisposeAsync();
        var ddl = SqliteFolder.Query(_folder.Ledger, "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type DESC, name");
        var actual = string.Join(";\n\n", ddl) + ";\n";
        actual += $"PRAGMA user_version = {SqliteFolder.Query(_folder.Ledger, "PRAGMA user_version").Single()};\n";

        var approved = Path.Combine(RepositoryRoot(), "tests", "Pipeline.Tests", "Ledger", "ledger.approved.sql");
        if (string.Equals(Environment.GetEnvironmentVariable("PIPELINE_UPDATE_GOLDEN"), "1", StringComparison.Ordinal))
        {
            await File.WriteAllTextAsync(approved, actual);
        }

        (await File.ReadAllTextAsync(approved)).ShouldBe(
            actual,
            "A released step is never edited: add one. If the new tables are meant, approve them with PIPELINE_UPDATE_GOLDEN=1.");
    }

    [Fact]
    public async Task Open_OlderSchema_IsBroughtForwardWithItsEntries()
    {
        LedgerEntry entry;
        await using (var ledger = await SqliteLedger.OpenAsync(_folder.Ledger))
        {
            entry = await ledger.EntryInAsync(FileState.Archived, "/data/a.csv");
        }

        await using (var ledger = await SqliteLedger.OpenAsync(_folder.Ledger, s_withAnotherStep, time: null))
        {
            SomeLedger.Text(await ledger.FindAsync(entry.Key)).ShouldBe(SomeLedger.Text(entry));
        }

        SqliteFolder.Query(_folder.Ledger, "PRAGMA user_version").ShouldBe([s_nextVersion]);
        SqliteFolder.Query(_folder.Ledger,
            "SELECT name FROM pragma_table_info('entries') WHERE name = 'note'").ShouldBe(["note"]);
    }

    [Fact]
    public async Task Open_Version1_KeepsEntriesCountsAndReceiptsAndGoesOn()
    {
        var entries = new List<LedgerEntry>();
        IReadOnlyList<LedgerCount> counts;
        await using (var ledger = await SqliteLedger.OpenAsync(_folder.Ledger))
        {
            foreach (var state in Enum.GetValues<FileState>())
            {
                entries.Add(await ledger.EntryInAsync(state, $"/data/{state}.csv"));
                entries.Add(await ledger.EntryInAsync(state, $"/data/kept-{state}.csv", AfterLoad.Keep));
            }

            counts = await ledger.CountAsync();
        }

        // As version 1 wrote them: receipts in the entries, all entries in the counts, by its triggers.
        var old = _folder.PathOf("old.db");
        SqliteFolder.Run(old, string.Create(CultureInfo.InvariantCulture, $"""
            {LedgerSchema.Steps[0]};
            PRAGMA application_id = {LedgerSchema.ApplicationId};
            PRAGMA user_version = 1;
            ATTACH '{_folder.Ledger}' AS new;
            INSERT INTO entries SELECT * FROM new.entries;
            UPDATE entries SET receipt = (SELECT receipt FROM new.receipts AS r WHERE r.key = entries.key);
            """));

        await using (var ledger = await SqliteLedger.OpenAsync(old))
        {
            foreach (var entry in entries)
            {
                SomeLedger.Text(await ledger.FindAsync(entry.Key)).ShouldBe(SomeLedger.Text(entry));
                (await ledger.ListAsync(SomeLedger.Dataset, entry.State)).ShouldContain(e => e.Key == entry.Key);
                (await ledger.ListAsync(state: entry.State)).ShouldContain(e => e.Key == entry.Key);
            }

            (await ledger.CountAsync()).ShouldBe(counts, ignoreOrder: true);

            var publishing = entries.First(e => e.State == FileState.Publishing);
            var receipt = publishing.Receipt! with { Seconds = 42 };
            await ledger.CompleteAsync([(publishing.Key, receipt)]);
            SomeLedger.Text((await ledger.GetAsync(publishing.Key)).Receipt).ShouldBe(SomeLedger.Text(receipt));
            await ledger.ArchiveAsync(publishing.Key, "/archive/p.csv");
            var released = entries.Last(e => e.State == FileState.Publishing);
            await ledger.ReleaseAsync(released.Key);
            (await ledger.GetAsync(released.Key)).Receipt.ShouldBeNull();
            long FilesIn(FileState state) => counts.Where(c => c.State == state).Sum(c => c.Files);
            var after = await ledger.CountAsync();
            after.Single(c => c.State == FileState.Archived).Files.ShouldBe(FilesIn(FileState.Archived) + 1);
            after.ShouldNotContain(c => c.State == FileState.Publishing);
            after.Single(c => c.State == FileState.Seen).Files.ShouldBe(FilesIn(FileState.Seen) + 1);
        }
    }

    [Fact]
    public async Task Open_StepFails_LeavesTheOlderSchemaAsItWas()
    {
        await (await SqliteLedger.OpenAsync(_folder.Ledger)).DisposeAsync();
        string[] failing = [.. s_withAnotherStep, "ALTER TABLE nothing ADD COLUMN x"];

        await Should.ThrowAsync<LedgerException>(() => SqliteLedger.OpenAsync(_folder.Ledger, failing, time: null));

        SqliteFolder.Query(_folder.Ledger, "PRAGMA user_version").ShouldBe([s_version]);
        SqliteFolder.Query(_folder.Ledger, "SELECT name FROM pragma_table_info('entries') WHERE name = 'note'").ShouldBeEmpty();
        await (await SqliteLedger.OpenAsync(_folder.Ledger)).DisposeAsync();
    }

    [Fact]
    public async Task Open_NewerSchema_IsRefusedForWritingAndReading()
    {
        await (await SqliteLedger.OpenAsync(_folder.Ledger, s_withAnotherStep, time: null)).DisposeAsync();

        Func<Task>[] both = [() => SqliteLedger.OpenAsync(_folder.Ledger), () => SqliteLedger.OpenReadOnlyAsync(_folder.Ledger)];
        foreach (var open in both)
        {
            var error = await Should.ThrowAsync<LedgerException>(open);
            error.Fault.ShouldBe(LedgerFault.NewerVersion);
            error.Message.ShouldContain($"version {s_nextVersion}");
        }

        SqliteFolder.Query(_folder.Ledger, "PRAGMA user_version").ShouldBe([s_nextVersion]);
    }

    [Fact]
    public async Task OpenReadOnly_OlderSchema_IsRefusedAndNotChanged()
    {
        SqliteFolder.Run(_folder.Ledger, $"PRAGMA journal_mode = WAL; PRAGMA application_id = {LedgerSchema.ApplicationId}");

        var error = await Should.ThrowAsync<LedgerException>(() => SqliteLedger.OpenReadOnlyAsync(_folder.Ledger));

        error.Fault.ShouldBe(LedgerFault.OlderVersion);
        SqliteFolder.Query(_folder.Ledger, "PRAGMA user_version").ShouldBe(["0"]);
    }

    [Theory]
    [InlineData("CREATE TABLE theirs (x)")]
    [InlineData("PRAGMA application_id = 42; PRAGMA user_version = 1")]
    public async Task Open_DatabaseOfAnotherProgram_IsRefusedAndNotChanged(string theirs)
    {
        SqliteFolder.Run(_folder.Ledger, theirs);
        var before = await File.ReadAllBytesAsync(_folder.Ledger);

        var error = await Should.ThrowAsync<LedgerException>(() => SqliteLedger.OpenAsync(_folder.Ledger));

        error.Fault.ShouldBe(LedgerFault.NotALedger);
        (await File.ReadAllBytesAsync(_folder.Ledger)).AsSpan().SequenceEqual(before).ShouldBeTrue();
    }

    public void Dispose() => _folder.Dispose();

    static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Pipeline.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException($"No Pipeline.sln above {AppContext.BaseDirectory}.");
        }

        return folder.FullName;
    }
}
