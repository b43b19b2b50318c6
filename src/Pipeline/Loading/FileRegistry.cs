using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Pipeline.ClickHouse;
using Pipeline.Ledger;

namespace Pipeline.Loading;

/// <summary>
/// The table <c>pipeline.files</c> at the destination: one line per load, the last version counts. It tells anyone with SQL where rows came
/// from, and a ledger that was lost is rebuilt from it.
/// </summary>
sealed class FileRegistry(ClickHouseClient client)
{
    /// <summary>A receipt is JSON inside of JSON: with every quote as six bytes it is twice as long.</summary>
    static readonly JsonWriterOptions s_plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static TableName Table { get; } = new("pipeline", "files");

    // A megabyte for some hundred loads, which the next ones need again.
    ArrayBufferWriter<byte>? _spare;

    /// <summary>Creates database and table where they are missing. Idempotent.</summary>
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        await client.ExecuteAsync("CREATE DATABASE IF NOT EXISTS pipeline", null, cancellationToken);
        await client.ExecuteAsync(
            $"""
            CREATE TABLE IF NOT EXISTS {Table}
            (
                file_id String COMMENT 'Value of _file_id in the target table',
                version UInt64 COMMENT 'The highest version of a file_id counts',
                state LowCardinality(String) COMMENT 'loaded or undone',
                dataset LowCardinality(String),
                database LowCardinality(String),
                table LowCardinality(String),
                path String COMMENT 'Where the file was found',
                name String,
                format LowCardinality(String),
                bytes UInt64 COMMENT 'Size of the file as it lay there',
                content_hash String COMMENT 'SHA-256 of the decompressed bytes',
                rows_read UInt64,
                rows_loaded UInt64,
                rows_rejected UInt64,
                rows_skipped UInt64,
                loaded_at DateTime64(3, 'UTC'),
                receipt String COMMENT 'The whole receipt as JSON'
            )
            ENGINE = ReplacingMergeTree(version) ORDER BY file_id
            SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1
            COMMENT 'Files loaded by Pipeline'
            """,
            null,
            cancellationToken);
    }

    /// <summary>Writes one line per load. Safe to repeat: the same load is the same line.</summary>
    public async Task WriteAsync(IReadOnlyList<(string Path, Receipt Receipt, bool Undone)> loads, CancellationToken cancellationToken)
    {
        var body = Interlocked.Exchange(ref _spare, null) ?? new ArrayBufferWriter<byte>();
        body.ResetWrittenCount();
        body.Write(Encoding.UTF8.GetBytes($"INSERT INTO {Table} FORMAT JSONEachRow\n"));
        using var json = new Utf8JsonWriter(body, s_plain);
        foreach (var (path, receipt, undone) in loads)
        {
            JsonSerializer.Serialize(json, RegistryRow.From(path, receipt, undone), LoadingJson.Default.RegistryRow);
            json.Flush();
            json.Reset();
            body.Write("\n"u8);
        }

        await client.ExecuteAsync(
            body.WrittenMemory,
            new QueryOptions { Settings = new Dictionary<string, string> { ["async_insert"] = "0" } },
            cancellationToken);
        _spare = body;
    }

    /// <summary>Every load that is registered and not undone: what a lost ledger is rebuilt from.</summary>
    public async IAsyncEnumerable<(string Path, Receipt Receipt)> ReadAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var rows = await client.QueryRowsAsync(
            $"SELECT path, receipt FROM {Table} FINAL WHERE state = 'loaded' ORDER BY loaded_at", null, cancellationToken);
        foreach (var row in rows.Rows)
        {
            yield return ((string)row[0]!, JsonSerializer.Deserialize((string)row[1]!, LoadingJson.Default.Receipt)!);
        }
    }

    /// <summary>File ids of rows in any table that no line here accounts for. Reads one column of every table with provenance.</summary>
    public async Task<IReadOnlyList<string>> UnregisteredAsync(CancellationToken cancellationToken)
    {
        var tables = await client.QueryRowsAsync(
            $"""
            SELECT database, table FROM system.columns
            WHERE name = '{ProvenanceColumns.FileId}' AND database NOT IN ('system', '{StagedLoad.Database}')
                AND (database, table) IN (SELECT database, name FROM system.tables WHERE endsWith(engine, 'MergeTree'))
            """,
            null,
            cancellationToken);
        var ids = new HashSet<string>();
        foreach (var row in tables.Rows)
        {
            var found = await client.QueryRowsAsync(
                $"""
                SELECT DISTINCT toString({ProvenanceColumns.FileId}) FROM {new TableName((string)row[0]!, (string)row[1]!)}
                WHERE {ProvenanceColumns.FileId} NOT IN (SELECT file_id FROM {Table} FINAL WHERE state = 'loaded')
                """,
                null,
                cancellationToken);
            ids.UnionWith(found.Rows.Select(r => (string)r[0]!));
        }

        return [.. ids];
    }
}

/// <summary>A line of <c>pipeline.files</c>; the property names in snake_case are its columns.</summary>
sealed record RegistryRow(
    string FileId,
    ulong Version,
    string State,
    string Dataset,
    string Database,
    string Table,
    string Path,
    string Name,
    string Format,
    long Bytes,
    string ContentHash,
    long RowsRead,
    long RowsLoaded,
    long RowsRejected,
    long RowsSkipped,
    string LoadedAt,
    string Receipt)
{
    public static RegistryRow From(string path, Receipt receipt, bool undone) => new(
        receipt.FileId,
        (ulong)receipt.LoadedAt.ToUnixTimeMilliseconds() * 2 + (undone ? 1UL : 0UL),
        undone ? "undone" : "loaded",
        receipt.Dataset,
        receipt.Database,
        receipt.Table,
        path,
        System.IO.Path.GetFileName(path),
        receipt.Format,
        receipt.Bytes,
        receipt.ContentHash,
        receipt.RowsRead,
        receipt.RowsLoaded,
        receipt.RowsRejected,
        receipt.RowsSkipped,
        receipt.LoadedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture),
        JsonSerializer.Serialize(receipt, LoadingJson.Default.Receipt));
}
