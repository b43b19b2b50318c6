using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Pipeline.Ledger;

namespace Pipeline.TestKit.Ledger;

/// <summary>Values for tests of the ledger, and the shortest way of an entry into each state.</summary>
public static class SomeLedger
{
    public const string Dataset = "orders";

    public static readonly DateTimeOffset Modified = new(2025, 1, 31, 12, 30, 15, 123, 456, TimeSpan.Zero);

    public static LoadPlan Plan { get; } = new("default", Dataset, "orders_staging_1", "v1");

    public static FileProblem Problem { get; } =
        new("bad_quotes", "read", "A quote in line 7 is never closed.", "Close it and drop the file again.", 7, "amount", 1234);

    public static IReadOnlyList<PartitionCount> Partitions { get; } = [new("202501", 3), new("202502", 4)];

    public static ContentHash Content(int number) => Content(number.ToString(CultureInfo.InvariantCulture));

    public static ContentHash Content(string text) =>
        new(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));

    public static Receipt Receipt(string fileId, ContentHash content, string dataset = Dataset) => new()
    {
        FileId = fileId,
        ContentHash = content.Hex,
        Dataset = dataset,
        Database = "default",
        Table = dataset,
        Format = "csv",
        Compression = "gzip",
        Bytes = 100,
        RowsRead = 10,
        RowsLoaded = 7,
        RowsRejected = 2,
        RowsSkipped = 1,
        Seconds = 0.25,
        LoadedAt = Modified,
        Columns = [new ColumnReceipt("zip", "String", "because line 25001 is \"00501\"", 0)],
        Warnings = ["encoding_guessed"],
    };

    /// <summary>The receipt of an entry that is loading or publishing.</summary>
    public static Receipt Receipt(LedgerEntry entry) => Receipt(entry.FileId!.Value.Hex, entry.ContentHash!.Value, entry.Dataset);

    /// <summary>Equal texts mean equal entries (records with lists in them compare the lists by reference).</summary>
    public static string Text(object? value) => JsonSerializer.Serialize(value);

    public static ValueTask<LedgerEntry> SeeSomeAsync(
        this ILedger ledger, string path, AfterLoad afterLoad = AfterLoad.Move, string dataset = Dataset) =>
        ledger.SeeAsync(path, dataset, 100, Modified, afterLoad);

    public static async Task<LedgerEntry> ClaimedAsync(
        this ILedger ledger, string path, AfterLoad afterLoad = AfterLoad.Move, string dataset = Dataset)
    {
        var entry = await ledger.SeeSomeAsync(path, afterLoad, dataset);
        if (!await ledger.ClaimAsync(entry.Key, "worker 1"))
        {
            throw new InvalidOperationException($"{path} was not seen.");
        }

        return await ledger.GetAsync(entry.Key);
    }

    public static async Task<LedgerEntry> GetAsync(this ILedger ledger, long key) =>
        await ledger.FindAsync(key) ?? throw new InvalidOperationException($"No entry {key}.");

    /// <summary>
    /// A new entry in this state; the content is made from the path. For a duplicate, the original is loaded first, from
    /// <c>PATH.original</c>.
    /// </summary>
    public static async Task<LedgerEntry> EntryInAsync(
        this ILedger ledger, FileState state, string path, AfterLoad afterLoad = AfterLoad.Move, bool force = false,
        string? content = null)
    {
        if (state == FileState.Seen)
        {
            return await ledger.SeeSomeAsync(path, afterLoad);
        }

        var key = (await ledger.ClaimedAsync(path, afterLoad)).Key;
        var hash = Content(content ?? path);
        switch (state)
        {
            case FileState.Claimed:
                break;
            case FileState.Duplicate:
                var original = await ledger.EntryInAsync(FileState.Archived, path + ".original", content: content ?? path);
                await ledger.DuplicateAsync(key, hash, original.Key);
                break;
            case FileState.Empty:
                await ledger.EmptyAsync(key, hash);
                break;
            case FileState.Unpacked:
                await ledger.UnpackAsync(key);
                break;
            case FileState.Quarantined:
                await ledger.QuarantineAsync(key, Problem, hash);
                break;
            default:
                await LoadAsync(ledger, key, hash, state, force);
                break;
        }

        return await ledger.GetAsync(key);
    }

    static async Task LoadAsync(ILedger ledger, long key, ContentHash content, FileState state, bool force)
    {
        if (await ledger.BeginLoadAsync(key, content, Plan, force) is not LoadDecision.Started)
        {
            throw new InvalidOperationException($"The load of entry {key} did not start.");
        }

        if (state == FileState.Loading)
        {
            return;
        }

        await ledger.BeginPublishAsync(key, Partitions, Receipt(await ledger.GetAsync(key)));
        if (state == FileState.Publishing)
        {
            return;
        }

        await ledger.CompleteAsync([(key, Receipt(await ledger.GetAsync(key)))]);
        if (state == FileState.Archived)
        {
            await ledger.ArchiveAsync(key, "/archive/" + key);
        }
        else if (state == FileState.Undone)
        {
            await ledger.UndoAsync(key);
        }
    }
}
