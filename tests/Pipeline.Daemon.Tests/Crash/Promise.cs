using Pipeline.Ledger;

namespace Pipeline.Daemon.Tests.Crash;

/// <summary>The promise, checked: nothing lost, nothing twice, and every place says the same.</summary>
static class Promise
{
    /// <summary>Each file is loaded once and whole: in the table, the registry, the ledger and the archive.</summary>
    public static Task ShouldHoldAsync(CrashHome home, string table, params SomeFile[] files) => ShouldHoldAsync(home, table, files, ledgerIsWhole: true);

    /// <inheritdoc cref="ShouldHoldAsync(CrashHome, string, SomeFile[])"/>
    /// <param name="ledgerIsWhole">False after the ledger was lost: the one that was rebuilt does not know where files were moved.</param>
    public static async Task ShouldHoldAsync(CrashHome home, string table, SomeFile[] files, bool ledgerIsWhole)
    {
        var stored = (await home.QueryAsync(
                $"""
                SELECT _file_id, count(), uniqExact(_row), sum(id), toInt64(sum(amount) * 100), max(_row) FROM {table} GROUP BY _file_id
                """))
            .ToDictionary(r => (string)r[0]!, r => r[1..].Select(Convert.ToInt64).ToArray());
        var registered = (await home.QueryAsync(
                "SELECT file_id, rows_read, rows_loaded, rows_rejected, rows_skipped, count() OVER (PARTITION BY path) "
                + $"FROM pipeline.files FINAL WHERE state = 'loaded' AND concat(database, '.', table) = 'default.{table}'"))
            .ToDictionary(r => (string)r[0]!, r => r[1..].Select(Convert.ToInt64).ToArray());
        stored.Count.ShouldBe(files.Length, "file ids in the table");
        registered.Count.ShouldBe(files.Length, "lines of pipeline.files");

        var entries = await home.EntriesAsync();
        foreach (var file in files)
        {
            var entry = entries.Where(e => e.Path == Path.Join(home.DataFolder, file.Name) && (ledgerIsWhole || e.State != FileState.Duplicate))
                .ShouldHaveSingleItem();
            entry.State.ShouldBe(FileState.Archived);
            var receipt = entry.Receipt.ShouldNotBeNull();
            long[] rows = [receipt.RowsRead, receipt.RowsLoaded, receipt.RowsRejected, receipt.RowsSkipped];
            rows.ShouldBe([file.Rows + file.Rejected, file.Rows, file.Rejected, 0], file.Name);
            registered[receipt.FileId].ShouldBe([.. rows, 1], file.Name);
            stored[receipt.FileId][..4].ShouldBe([file.Rows, file.Rows, file.IdSum, file.CentSum], file.Name);
            stored[receipt.FileId][4].ShouldBeLessThanOrEqualTo(file.Rows + file.Rejected + 1, "_row");
            ShouldBeArchivedOnce(home, file);
            if (ledgerIsWhole)
            {
                entry.MovedTo.ShouldNotBeNull($"where {file.Name} lies now");
                File.ReadAllBytes(entry.MovedTo).ShouldBe(file.Content, file.Name);
            }

            ShouldHaveRejectsOnce(home, file);
        }

        await ShouldHaveNoStagingAsync(home);
    }

    public static async Task ShouldHaveNoStagingAsync(CrashHome home) => (await home.NumberAsync(
        "SELECT count() FROM system.tables WHERE database = 'pipeline' AND name LIKE 'staging%'")).ShouldBe(0, "staging tables");

    /// <summary>A file that was refused: nothing of it is anywhere but in quarantine, once, with its reason.</summary>
    public static async Task ShouldBeQuarantinedOnceAsync(CrashHome home, string table, SomeFile file)
    {
        var entry = (await home.EntriesAsync()).Where(e => e.Path == Path.Join(home.DataFolder, file.Name)).ShouldHaveSingleItem();
        entry.State.ShouldBe(FileState.Quarantined);
        entry.MovedTo.ShouldNotBeNull();
        File.ReadAllBytes(entry.MovedTo).ShouldBe(file.Content);
        var stem = Path.GetFileNameWithoutExtension(file.FileName);
        CrashHome.FilesIn(home.QuarantineFolder).Select(Path.GetFileName).Where(n => n!.StartsWith(stem, StringComparison.Ordinal))
            .ShouldBe([file.FileName, file.FileName + ".error.json"]);
        CrashHome.FilesIn(home.DataFolder).ShouldNotContain(file.Name);
        VersionsOf(file, home.ArchiveFolder).ShouldBeEmpty();
        (await home.NumberAsync($"SELECT count() FROM system.tables WHERE database = 'default' AND name = '{table}'")).ShouldBe(0, "target table");
        (await home.NumberAsync($"SELECT count() FROM pipeline.files WHERE table = '{table}'")).ShouldBe(0, "lines of pipeline.files");
        await ShouldHaveNoStagingAsync(home);
    }

    static void ShouldBeArchivedOnce(CrashHome home, SomeFile file)
    {
        File.Exists(Path.Join(home.DataFolder, file.Name)).ShouldBeFalse(file.Name);
        VersionsOf(file, home.ArchiveFolder).ShouldHaveSingleItem(file.Name);
    }

    // a.csv and what it would be called were it there before: a (2).csv.
    static IEnumerable<string> VersionsOf(SomeFile file, string folder)
    {
        var stem = Path.GetFileNameWithoutExtension(file.FileName);
        return CrashHome.FilesIn(folder).Where(
            p => p.StartsWith(file.Name[..(file.Name.IndexOf('/', StringComparison.Ordinal) + 1)], StringComparison.Ordinal)
                && (Path.GetFileName(p) == file.FileName || Path.GetFileName(p).StartsWith(stem + " (", StringComparison.Ordinal)));
    }

    static void ShouldHaveRejectsOnce(CrashHome home, SomeFile file)
    {
        var found = CrashHome.FilesIn(home.QuarantineFolder)
            .Where(p => Path.GetFileName(p).StartsWith(file.FileName, StringComparison.Ordinal) && p.EndsWith(".csv", StringComparison.Ordinal)).ToList();
        if (file.Rejected == 0)
        {
            found.ShouldBeEmpty(file.Name);
            return;
        }

        var rejects = found.ShouldHaveSingleItem(file.Name);
        File.ReadAllLines(Path.Join(home.QuarantineFolder, rejects)).Length.ShouldBe((int)file.Rejected + 1, rejects);
    }
}
