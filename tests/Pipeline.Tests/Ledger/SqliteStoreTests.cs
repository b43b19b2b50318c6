using System.Globalization;
using Pipeline.Ledger;
using Pipeline.TestKit.Ledger;

namespace Pipeline.Tests.Ledger;

/// <summary>What is particular to SQLite: readers, damage, versions, full disks, torn logs.</summary>
public sealed class SqliteStoreTests : IDisposable
{
    readonly SqliteFolder _folder = new();

    [Fact]
    public void SqliteVersion_SaysVersionAndOrigin() =>
        SqliteLedger.SqliteVersion.ShouldMatch(@"^3\.\d+\.\d+ \((system libsqlite3\..+|bundled)\)$");

    [SkippableFact]
    public void SqliteVersion_SystemLibraryPresent_IsPreferred()
    {
        Skip.IfNot(File.Exists("/usr/lib/x86_64-linux-gnu/libsqlite3.so.0"), "no system SQLite at Debian's place");

        SqliteLedger.SqliteVersion.ShouldContain("system libsqlite3.so.0");
    }

    [Fact]
    public async Task OpenReadOnly_WhileWritten_SeesEachCommittedVerbAndRefusesVerbs()
    {
        await using var ledger = await SqliteLedger.OpenAsync(_folder.Ledger);
        await using var reader = await SqliteLedger.OpenReadOnlyAsync(_folder.Ledger);

        foreach (var state in Enum.GetValues<FileState>())
        {
            var entry = await ledger.EntryInAsync(state, $"/data/{state}.csv");
            SomeLedger.Text(await reader.FindAsync(entry.Key)).ShouldBe(SomeLedger.Text(entry));
        }

        (await reader.CountAsync()).Sum(count => count.Files).ShouldBe((await ledger.ListAsync()).Count);
        var error = await Should.ThrowAsync<InvalidOperationException>(async () => await reader.SeeSomeAsync("/data/a.csv"));
        error.Message.ShouldContain("reading only");
    }

    [Fact]
    public async Task OpenReadOnly_AfterTheWriterClosedOrDied_ReadsWhatIsThere()
    {
        var ledger = await SqliteLedger.OpenAsync(_folder.Ledger);
        var entry = await ledger.EntryInAsync(FileState.Archived, "/data/a.csv");
        var crashed = _folder.CopyAsIfKilled(_folder.Ledger, "crashed");
        await ledger.DisposeAsync();

        foreach (var path in new[] { _folder.Ledger, crashed })
        {
            await using var reader = await SqliteLedger.OpenReadOnlyAsync(path);
            SomeLedger.Text(await reader.FindAsync(entry.Key)).ShouldBe(SomeLedger.Text(entry));
        }
    }

    [Fact]
    public async Task OpenReadOnly_NoFile_SaysMissingAndCreatesNothing()
    {
        var error = await Should.ThrowAsync<LedgerException>(() => SqliteLedger.OpenReadOnlyAsync(_folder.PathOf("none.db")));

        error.Fault.ShouldBe(LedgerFault.Missing);
        error.Message.ShouldContain("pipeline run");
        File.Exists(_folder.PathOf("none.db")).ShouldBeFalse();
    }

    [Fact]
    public async Task Dispose_LastConnection_LeavesOneFile()
    {
        var ledger = await SqliteLedger.OpenAsync(_folder.Ledger);
        await ledger.EntryInAsync(FileState.Archived, "/data/a.csv");
        await ledger.CountAsync();

        await ledger.DisposeAsync();

        Directory.GetFiles(Path.GetDirectoryName(_folder.Ledger)!).ShouldBe([_folder.Ledger]);
    }

    [Fact]
    public async Task BeginLoad_TwoLedgersOnOneFile_OneStarts()
    {
        await using var daemon = await SqliteLedger.OpenAsync(_folder.Ledger);
        await using var other = await SqliteLedger.OpenAsync(_folder.Ledger);
        for (var round = 0; round < 10; round++)
        {
            var content = SomeLedger.Content(round);
            var first = await daemon.ClaimedAsync($"/data/{round}a.csv");
            var second = await other.ClaimedAsync($"/data/{round}b.csv");

            var decisions = await Task.WhenAll(
                Task.Run(async () => await daemon.BeginLoadAsync(first.Key, content, SomeLedger.Plan)),
                Task.Run(async () => await other.BeginLoadAsync(second.Key, content, SomeLedger.Plan)));

            decisions.Count(decision => decision is LoadDecision.Started).ShouldBe(1);
            decisions.Count(decision => decision is LoadDecision.InFlight).ShouldBe(1);
        }
    }

    [Theory]
    [InlineData("this is not a database, but it is long enough to look at: it has more bytes than the header of one has, 100 so")]
    [InlineData("SQLite format 3\0 and then nothing that a database has: no page size, no version, only more than 100 bytes of it")]
    public async Task Open_FileIsNoDatabase_SaysDamagedAndWhatToDo(string text)
    {
        await File.WriteAllTextAsync(_folder.Ledger, text);

        var error = await Should.ThrowAsync<LedgerException>(() => SqliteLedger.OpenAsync(_folder.Ledger));

        error.Fault.ShouldBe(LedgerFault.Damaged);
        error.Message.ShouldContain(_folder.Ledger);
        error.Message.ShouldContain("start it again");
        error = await Should.ThrowAsync<LedgerException>(() => SqliteLedger.OpenReadOnlyAsync(_folder.Ledger));
        error.Fault.ShouldBe(LedgerFault.Damaged);
        (await File.ReadAllTextAsync(_folder.Ledger)).ShouldBe(text);
    }

    [Fact]
    public async Task Open_PagesOverwritten_SaysDamaged()
    {
        var ledger = await SqliteLedger.OpenAsync(_folder.Ledger);
        for (var file = 0; file < 50; file++)
        {
            await ledger.EntryInAsync(FileState.Archived, $"/data/{file}.csv");
        }

        await ledger.DisposeAsync();
        var bytes = await File.ReadAllBytesAsync(_folder.Ledger);
        const int PageBytes = 4096;
        Array.Fill(bytes, (byte)0x5A, PageBytes, bytes.Length - PageBytes);
        await File.WriteAllBytesAsync(_folder.Ledger, bytes);

        var error = await Should.ThrowAsync<LedgerException>(() => SqliteLedger.OpenAsync(_folder.Ledger));

        error.Fault.ShouldBe(LedgerFault.Damaged);
    }

    [Fact]
    public async Task Verb_PageDamagedWhileOpen_SaysDamaged()
    {
        await using var ledger = await SqliteLedger.OpenAsync(_folder.Ledger);
        await ledger.SeeSomeAsync("/data/a.csv");

        // A root page out of range: the next statement that has to read the schema again meets it.
        SqliteFolder.Run(_folder.Ledger,
            "PRAGMA writable_schema = 1; UPDATE sqlite_master SET rootpage = 999999 WHERE name = 'entries_open'");
        SqliteFolder.Run(_folder.Ledger, "PRAGMA writable_schema = 1; CREATE TABLE schema_change (x)");

        var error = await Should.ThrowAsync<LedgerException>(async () => await ledger.SeeSomeAsync("/data/b.csv"));

        error.Fault.ShouldBe(LedgerFault.Damaged);
    }

    [Fact]
    public async Task Open_PathCannotBeAFile_SaysUnavailable()
    {
        await File.WriteAllTextAsync(_folder.PathOf("file"), "");
        Directory.CreateDirectory(_folder.PathOf("folder.db"));

        foreach (var path in new[] { "folder.db", "file/ledger.db" })
        {
            var error = await Should.ThrowAsync<LedgerException>(() => SqliteLedger.OpenAsync(_folder.PathOf(path)));
            error.Fault.ShouldBe(LedgerFault.Unavailable);
            error.IsTransient.ShouldBeTrue();
        }
    }

    [Fact]
    public async Task Verbs_StoreIsFull_NothingIsKeptAndItGoesOnWhenThereIsSpace()
    {
        using var connection = LedgerConnection.OpenWriter(_folder.Ledger, LedgerSchema.Steps);
        await using var writer = new LedgerWriter(connection, _folder.Ledger, TimeProvider.System);
        var pages = await writer.RunAsync(_ => connection.First("PRAGMA page_count", row => row.GetInt64(0)), flush: true);
        await writer.RunAsync(_ => SetMaxPages(connection, pages + 1), flush: true);

        var longPath = "/data/" + new string('n', 20_000);
        var verbs = Enumerable.Range(0, 20).Select(file => writer
            .RunAsync(verb => verb.See($"{longPath}{file}.csv", "orders", 1, SomeLedger.Modified, AfterLoad.Move),
                flush: true).AsTask()).ToList();

        foreach (var verb in verbs)
        {
            var error = await Should.ThrowAsync<LedgerException>(verb);
            error.IsTransient.ShouldBeTrue();
            error.Message.ShouldContain("no space");
        }

        await writer.RunAsync(_ => SetMaxPages(connection, 1_000_000), flush: true);
        var entry = await writer.RunAsync(verb => verb.See($"{longPath}.csv", "orders", 1, SomeLedger.Modified, AfterLoad.Move),
            flush: true);
        entry.Key.ShouldBe(1);
    }

    [Fact]
    public async Task Open_LogTornAnywhere_KeepsAPrefixOfTheCommits()
    {
        const int Files = 12;
        await using (var ledger = await SqliteLedger.OpenAsync(_folder.Ledger))
        {
            for (var file = 0; file < Files; file++)
            {
                await ledger.EntryInAsync(FileState.Archived, $"/data/{file}.csv");
            }

            var bytes = new FileInfo(_folder.Ledger + "-wal").Length;
            var seen = new List<long>();
            for (var cut = 0; cut <= 40; cut++)
            {
                var copy = _folder.CopyAsIfKilled(_folder.Ledger, string.Create(CultureInfo.InvariantCulture, $"torn{cut}"),
                    bytes * cut / 40);
                await using var torn = await SqliteLedger.OpenAsync(copy);
                var entries = await torn.ListAsync(limit: 1000);

                // Verbs ran one after the other: only the newest entry can be under way.
                entries.Skip(1).ShouldAllBe(entry => entry.State == FileState.Archived);
                entries.Select(entry => entry.Key).ShouldBe(Enumerable.Range(1,
                    entries.Count).Reverse().Select(key => (long)key));
                (await torn.CountAsync()).Sum(count => count.Files).ShouldBe(entries.Count);
                seen.Add(entries.Count);
            }

            seen.ShouldBeInOrder(SortDirection.Ascending);
            seen.Distinct().Count().ShouldBeGreaterThan(3);
            seen[^1].ShouldBe(Files);
        }
    }

    public void Dispose() => _folder.Dispose();

    static bool SetMaxPages(LedgerConnection connection, long pages) =>
        connection.First(string.Create(CultureInfo.InvariantCulture, $"PRAGMA max_page_count = {pages}"),
            row => row.GetInt64(0)) == pages;
}
