using System.Collections.Concurrent;
using Pipeline.ClickHouse;
using Pipeline.Formats;
using Pipeline.Formats.Columnar;
using Pipeline.Formats.Records;
using Pipeline.Ingestion;

namespace Pipeline.Columnar;

/// <summary>
/// Reads columnar files through the engine: it knows their layouts, this program knows their rows. The engine is asked for when the first such file
/// comes. An engine that dies while it reads a file is started again by its supervisor: the file is then read once more, alone, and refused when the
/// engine dies again. Any task.
/// </summary>
/// <param name="engine">A local engine: it opens files of this machine. The client is not disposed here.</param>
/// <param name="temporaryFolder">For links to files and for decompressed ones.</param>
/// <param name="time">For the wait until an engine is back.</param>
/// <param name="isDestination">Whether that engine is also where rows are loaded: then it can insert what it reads.</param>
public sealed class ColumnarReader(
    Func<CancellationToken, Task<ClickHouseClient>> engine, string temporaryFolder, TimeProvider time, bool isDestination = false) : IDisposable
{
    /// <summary>How long an engine that died may take to come back.</summary>
    static readonly TimeSpan s_restartPatience = TimeSpan.FromSeconds(60);

    static readonly TimeSpan s_pingPause = TimeSpan.FromMilliseconds(100);

    readonly SoloGate _gate = new();

    // Paths of files during whose reading the engine was lost, until they are read or refused.
    readonly ConcurrentDictionary<string, byte> _suspects = new(StringComparer.Ordinal);

    /// <summary>Opens a file and asks what columns it has.</summary>
    /// <exception cref="BadFileException">It is damaged, encrypted, or of a kind that cannot be read.</exception>
    /// <exception cref="ReadInterruptedException">The engine was lost: read it once more.</exception>
    internal async Task<ColumnarRows> OpenAsync(FileContent content, ColumnarFormat format, CancellationToken cancellationToken)
    {
        var pass = await _gate.EnterAsync(alone: _suspects.ContainsKey(content.Path), cancellationToken);
        PlainPath? path = null;
        try
        {
            path = await PlainPath.CreateAsync(content, temporaryFolder, cancellationToken);
            var repair = await CheckAsync(path, format, cancellationToken);
            var client = await engine(cancellationToken);
            await WaitForEngineAsync(client, cancellationToken);
            return await ColumnarRows.OpenAsync(new ColumnarSource(this, client, content, path, format, repair, pass), cancellationToken);
        }
        catch
        {
            path?.Dispose();
            pass.Dispose();
            throw;
        }
    }

    /// <summary>Removes what a killed process left in the temporary folder. For a start, when no file is being read.</summary>
    public static void RemoveLeftovers(string temporaryFolder) => PlainPath.RemoveLeftovers(temporaryFolder);

    /// <summary>The engine gave no answer: it ended, or hangs.</summary>
    internal static bool IsLost(ClickHouseError error) => error is { Code: 0, Name: "TRANSPORT" or "TIMEOUT" };

    /// <summary>What a fault of the engine means for the file that it was reading.</summary>
    internal Exception Explain(ClickHouseException e, FileContent content, ColumnarFormat format, ColumnarRepair? repair)
    {
        if (EngineReason.IsOfTheWorld(e.Error))
        {
            return new ReadInterruptedException($"the engine could not go on with the file: {e.Error.Name}", e);
        }

        if (!IsLost(e.Error))
        {
            return repair?.Encrypted is { } column
                ? new BadFileException(
                    RejectCode.EncryptedFile, $"Column {column} of the {format.Title} file is encrypted, though its footer is not. Write the file without encryption.",
                    column: column)
                : EngineReason.Of(format, e.Error);
        }

        var how = e.Error.Name == "TIMEOUT" ? "did not answer any more" : "ended";
        if (_suspects.TryAdd(content.Path, 0))
        {
            return new ReadInterruptedException($"the engine {how} while it read the file; it is read once more, alone", e);
        }

        _suspects.TryRemove(content.Path, out _);
        return new BadFileException(
            RejectCode.EngineCrashed,
            $"The engine {how} twice while it read this {format.Title} file, the second time while no other file was being read. "
                + "It was started again; other files are not affected.");
    }

    internal bool IsDestination => isDestination;

    /// <summary>The file was read to its end: it is above suspicion.</summary>
    internal void Acquit(FileContent content) => _suspects.TryRemove(content.Path, out _);

    public void Dispose() => _gate.Dispose();

    // What can be told without the engine, and what the engine must not see.
    static async Task<ColumnarRepair?> CheckAsync(PlainPath path, ColumnarFormat format, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(path.Text);
        ColumnarTail.Check(format, file);
        var repair = format == ColumnarFormat.Parquet ? ParquetFooter.Examine(file)
            : format == ColumnarFormat.Avro ? AvroSchema.Examine(file)
            : format == ColumnarFormat.Arrow || format == ColumnarFormat.ArrowStream ? ArrowSchema.Examine(format, file) : null;
        if (repair is { Patches.Count: > 0 })
        {
            await path.PatchAsync(file, repair.Patches, cancellationToken);
        }

        if (repair?.Footer is { } footer)
        {
            await path.RepairAsync(file, repair.DataLength, footer, cancellationToken);
        }

        return repair;
    }

    // Asked before the file is named, so that an engine that is just being started again is not held against the file.
    async Task WaitForEngineAsync(ClickHouseClient client, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (await client.PingAsync(cancellationToken) is { } error)
        {
            if (time.GetElapsedTime(started) > s_restartPatience)
            {
                throw new BadFileException(RejectCode.EngineCrashed, $"The engine that reads such files does not answer: {error.Message}");
            }

            await Task.Delay(s_pingPause, time, cancellationToken);
        }
    }
}
