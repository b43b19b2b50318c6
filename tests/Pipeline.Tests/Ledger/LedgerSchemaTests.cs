using Pipeline.Ledger;
using Pipeline.TestKit.Ledger;

namespace Pipeline.Tests.Ledger;

public sealed class LedgerSchemaTests : IDisposable
{
    static readonly string[] s_withSecondStep = [.. LedgerSchema.Steps, "ALTER TABLE entries ADD COLUMN note TEXT"];

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

        await using (var ledger = await SqliteLedger.OpenAsync(_folder.Ledger, s_withSecondStep, time: null))
        {
            SomeLedger.Text(await ledger.FindAsync(entry.Key)).ShouldBe(SomeLedger.Text(entry));
        }

        SqliteFolder.Query(_folder.Ledger, "PRAGMA user_version").ShouldBe(["2"]);
        SqliteFolder.Query(_folder.Ledger,
            "SELECT name FROM pragma_table_info('entries') WHERE name = 'note'").ShouldBe(["note"]);
    }

    [Fact]
    public async Task Open_StepFails_LeavesTheOlderSchemaAsItWas()
    {
        await (await SqliteLedger.OpenAsync(_folder.Ledger)).DisposeAsync();
        string[] failing = [.. s_withSecondStep, "ALTER TABLE nothing ADD COLUMN x"];

        await Should.ThrowAsync<LedgerException>(() => SqliteLedger.OpenAsync(_folder.Ledger, failing, time: null));

        SqliteFolder.Query(_folder.Ledger, "PRAGMA user_version").ShouldBe(["1"]);
        SqliteFolder.Query(_folder.Ledger, "SELECT name FROM pragma_table_info('entries') WHERE name = 'note'").ShouldBeEmpty();
        await (await SqliteLedger.OpenAsync(_folder.Ledger)).DisposeAsync();
    }

    [Fact]
    public async Task Open_NewerSchema_IsRefusedForWritingAndReading()
    {
        await (await SqliteLedger.OpenAsync(_folder.Ledger, s_withSecondStep, time: null)).DisposeAsync();

        Func<Task>[] both = [() => SqliteLedger.OpenAsync(_folder.Ledger), () => SqliteLedger.OpenReadOnlyAsync(_folder.Ledger)];
        foreach (var open in both)
        {
            var error = await Should.ThrowAsync<LedgerException>(open);
            error.Fault.ShouldBe(LedgerFault.NewerVersion);
            error.Message.ShouldContain("version 2");
        }

        SqliteFolder.Query(_folder.Ledger, "PRAGMA user_version").ShouldBe(["2"]);
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
