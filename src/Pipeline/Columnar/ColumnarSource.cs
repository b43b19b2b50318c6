using System.Globalization;
using Pipeline.ClickHouse;
using Pipeline.Formats.Columnar;
using Pipeline.Formats.Native;
using Pipeline.Ingestion;

namespace Pipeline.Columnar;

/// <summary>
/// One file at the engine: statements about it, and their faults as faults of the file. Owns the path and the place at the engine.
/// </summary>
sealed class ColumnarSource(
    ColumnarReader reader, ClickHouseClient client, FileContent content, PlainPath path, ColumnarFormat format, ColumnarRepair? repair, IDisposable pass)
    : IDisposable
{
    /// <summary>A pass over the null masks of a file of terabytes takes this long at most; a hung engine is found by it.</summary>
    static readonly TimeSpan s_longest = TimeSpan.FromHours(1);

    const string LacksArrowType = "Native Arrow IPC reader does not support";

    /// <summary>
    /// One thread hands on the blocks in the order of the file; another reads ahead within it. Nothing is remembered between files: the engine's caches
    /// know a file by path and time only.
    /// </summary>
    static readonly Dictionary<string, string> s_settings = new()
    {
        ["max_threads"] = "1",
        ["max_parsing_threads"] = "2",
        ["parallelize_output_from_storages"] = "0",
        ["input_format_parquet_preserve_order"] = "1",

        // Rows and bytes that the engine decodes at once: the figures are in docs/formats/columnar.md.
        ["max_block_size"] = "65536",
        ["input_format_parquet_max_block_size"] = "65536",
        ["input_format_parquet_prefer_block_bytes"] = "8388608",
        ["input_format_parquet_memory_low_watermark"] = "2097152",
        ["input_format_parquet_memory_high_watermark"] = "134217728",

        // What a file may cost that decodes to far more than it is, or holds a batch that cannot be read in parts (Arrow).
        ["max_memory_usage"] = "4294967296",

        ["schema_inference_use_cache_for_file"] = "0",
        ["use_cache_for_count_from_files"] = "0",
        ["use_parquet_metadata_cache"] = "0",

        // A footer may count other rows than there are; the rows count.
        ["optimize_count_from_files"] = "0",

        // Types are the file's own, so a null is only ever put into a list or a structure, which ClickHouse has not as nullable types.
        ["input_format_null_as_default"] = "1",

        // No value becomes another one, no column is left out.
        ["date_time_overflow_behavior"] = "throw",
        ["input_format_parquet_allow_missing_columns"] = "0",
        ["input_format_orc_allow_missing_columns"] = "0",
        ["input_format_arrow_allow_missing_columns"] = "0",
        ["input_format_parquet_allow_geoparquet_parser"] = "0",
        ["input_format_parquet_enable_json_parsing"] = "0",

        // A folder named key=value would give the file a column that is not in it.
        ["use_hive_partitioning"] = "0",
        ["print_pretty_type_names"] = "0",
        ["session_timezone"] = "UTC",
    };

    /// <summary>Where the order of the rows is of no consequence: two threads.</summary>
    static readonly Dictionary<string, string> s_unordered = new(s_settings)
    {
        ["max_threads"] = "2",
        ["parallelize_output_from_storages"] = "1",
        ["input_format_parquet_preserve_order"] = "0",
    };

    /// <summary>
    /// Where the engine inserts what it reads: rows carry their own numbers, so threads need no order, and blocks are as large as the engine likes
    /// them. Rows are equal by chance only in a table without provenance; none of them is a repetition.
    /// </summary>
    static readonly Dictionary<string, string> s_inserting = new(s_unordered)
    {
        ["max_insert_threads"] = "2",
        ["async_insert"] = "0",
        ["insert_deduplicate"] = "0",
    };

    bool _usesArrowLibrary = repair?.HasNullStructures == true;

    public ColumnarFormat Format => format;

    /// <summary>Size on disk.</summary>
    public long Bytes => content.Bytes;

    // What the engine is told of the columns; null: nothing, it asks the file.
    string? _structure;

    // As DESCRIBE had them, but for integers that are ticks.
    IReadOnlyList<(string Name, string Type)> _declared = [];

    string Table => $"file({SqlText.Quote(path.Text)}, {format.EngineName}, {SqlText.Quote(_structure ?? "auto")}, 'none')";

    /// <summary>The columns as the engine derives them from the file.</summary>
    public async Task<IReadOnlyList<ColumnarColumn>> DescribeAsync(CancellationToken cancellationToken)
    {
        var result = await GuardAsync(async () =>
        {
            try
            {
                return await client.QueryRowsAsync($"DESCRIBE TABLE {Table}", Call, cancellationToken);
            }
            catch (ClickHouseException e) when (!_usesArrowLibrary && e.Error.Message.Contains(LacksArrowType, StringComparison.Ordinal))
            {
                // The engine's own reader of Arrow (26.7) lacks some types, that of nulls alone among them; the older one, by Arrow's library, has them.
                _usesArrowLibrary = true;
                return await client.QueryRowsAsync($"DESCRIBE TABLE {Table}", Call, cancellationToken);
            }
        });
        _declared = [.. Enumerable.Range(0, result.Rows.Count).Select(i => (result.Get<string>(i, 0)!, Declared(result.Get<string>(i, 0)!, result.Get<string>(i, 1)!)))];
        return [.. _declared.Select(column => ColumnarColumn.Of(column.Name, column.Type, repair))];
    }

    string Declared(string name, string type) => repair is null || !repair.Ticks.TryGetValue(name, out var scale) ? type
        : string.Create(CultureInfo.InvariantCulture, $"{(type.StartsWith("Nullable(", StringComparison.Ordinal) ? $"Nullable(DateTime64({scale}))" : $"DateTime64({scale})")}");

    /// <summary>From now on columns are read as what they store, where that may be more than their type holds.</summary>
    /// <param name="columns">All of the columns, in the order of <see cref="DescribeAsync"/>.</param>
    public void ReadAs(IReadOnlyList<ColumnarColumn> columns) => _structure = columns.All(c => c.Stored?.ReadAs is null) && repair is not { Ticks.Count: > 0 } ? null
        : string.Join(", ", columns.Zip(_declared).Select(c => $"{Identifier.Quote(c.Second.Name)} {c.First.Stored?.ReadAs ?? c.Second.Type}"));

    /// <summary>A small result, whole. <paramref name="select"/> is what stands before FROM, <paramref name="rest"/> what stands behind it.</summary>
    public Task<QueryResult> QueryAsync(string select, string rest, CancellationToken cancellationToken) =>
        GuardAsync(() => client.QueryRowsAsync($"SELECT {select} FROM {Table}{rest}", Call, cancellationToken));

    /// <summary>Sums over all rows: one row.</summary>
    public Task<QueryResult> SumAsync(string select, CancellationToken cancellationToken) =>
        GuardAsync(() => client.QueryRowsAsync($"SELECT {select} FROM {Table}", Call with { Settings = Settings(s_unordered) }, cancellationToken));

    /// <summary>All rows, as Native blocks in the order of the file.</summary>
    public Task<QueryStream> StreamAsync(string select, CancellationToken cancellationToken) =>
        GuardAsync(() => client.QueryStreamAsync($"SELECT {select} FROM {Table}", "Native", Call, cancellationToken));

    /// <summary>Whether the rows can be inserted by <see cref="InsertAsync"/>: only Parquet tells the number of a row on any number of threads.</summary>
    public bool CanInsert => reader.IsDestination && format == ColumnarFormat.Parquet;

    /// <summary>Has the engine insert what it reads. Null, or why it did not.</summary>
    /// <param name="into">The statement up to its SELECT.</param>
    /// <param name="select">What stands before FROM.</param>
    /// <param name="call">Id and further settings of the insert.</param>
    public async Task<ClickHouseError?> InsertAsync(string into, string select, QueryOptions call, CancellationToken cancellationToken)
    {
        var settings = new Dictionary<string, string>(s_inserting);
        foreach (var (name, value) in call.Settings)
        {
            settings[name] = value;
        }

        try
        {
            await client.ExecuteAsync($"{into} SELECT {select} FROM {Table}", call with { Settings = settings, Timeout = s_longest }, cancellationToken);
            return null;
        }
        catch (ClickHouseException e) when (!ColumnarReader.IsLost(e.Error))
        {
            return e.Error;
        }
        catch (ClickHouseException e)
        {
            throw reader.Explain(e, content, format, repair);
        }
    }

    /// <summary>Does something that reads from the engine; its faults are thrown as those of the file.</summary>
    public async Task<T> GuardAsync<T>(Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (ClickHouseException e)
        {
            throw reader.Explain(e, content, format, repair);
        }
        catch (NativeFormatException e)
        {
            throw EngineReason.Of(e);
        }
    }

    /// <summary>The file was read to its end.</summary>
    public void Acquit() => reader.Acquit(content);

    public void Dispose()
    {
        path.Dispose();
        pass.Dispose();
    }

    QueryOptions Call => new() { Settings = Settings(s_settings), Timeout = s_longest };

    Dictionary<string, string> Settings(Dictionary<string, string> settings) =>
        _usesArrowLibrary ? new(settings) { ["input_format_arrow_use_native_reader"] = "0" } : settings;
}
