using Microsoft.Win32.SafeHandles;
using Pipeline.Columnar;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Native;
using Pipeline.Formats.Parts;
using Pipeline.Ledger;
using Pipeline.Loading;

namespace Pipeline.Ingestion;

/// <summary>
/// Where blocks lie for an engine of this machine to read them itself: a file costs both sides less than a connection does (docs/performance-log.md), the
/// batches are free again at once, and the file id need not be known yet. The files live for seconds: they seldom reach the disk.
/// </summary>
/// <param name="temporaryFolder">Of the same disk as the engine's store.</param>
/// <param name="disk">That disk.</param>
/// <param name="time">Says when rows were loaded.</param>
sealed class BlockSpool(string temporaryFolder, DiskSpeed disk, TimeProvider time)
{
    /// <summary>What a killed process left behind is known by this suffix.</summary>
    public const string Suffix = ".blocks";

    /// <summary>
    /// LZ4 makes 0.35 to 0.6 of a load's bytes, and takes 500 to 700 MB/s of them on one core, as measured: above this rate of the disk, in bytes a
    /// second, writing the rest costs less than compressing. With 1.1 GB of text: at 270 MB/s faster compressed, at 435 as fast, above that faster as it is.
    /// </summary>
    public const double FastBytesPerSecond = 300e6;

    /// <summary>Below this rate a disk takes nothing that is not compressed.</summary>
    public const double SlowBytesPerSecond = 100e6;

    readonly string _folder = PlainPath.FolderFor(temporaryFolder);

    /// <inheritdoc cref="DiskSpeed.MeasureAsync"/>
    public Task<double> MeasureDiskAsync(long loadBytes) => disk.MeasureAsync(loadBytes);

    /// <exception cref="IOException">The folder cannot be written to.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written to.</exception>
    public SpooledBlocks Create(bool withRowNumbers) => new(NewPath(_folder), withRowNumbers);

    /// <param name="form">Of the parts of the load.</param>
    /// <param name="fileId">Null: it is not known yet.</param>
    /// <inheritdoc cref="Create"/>
    public SpooledPart CreatePart(PartForm form, FileId? fileId) => new(NewPath(temporaryFolder), form, fileId, time);

    static string NewPath(string folder) => Path.Combine(folder, Guid.NewGuid().ToString("N") + Suffix);

    /// <summary>Removes what an earlier process left. For a start, when no file is being read.</summary>
    public static void RemoveLeftovers(string temporaryFolder)
    {
        PlainPath.RemoveLeftovers(temporaryFolder, Suffix);
        foreach (var part in Directory.Exists(temporaryFolder) ? Directory.EnumerateDirectories(temporaryFolder, "*" + Suffix) : [])
        {
            Directory.Delete(part, recursive: true);
        }
    }
}

/// <summary>Batches of one load on disk, of which the engine makes one part. Filled by one task, then handed to another; giving them back deletes them.</summary>
abstract class SpooledRows : BatchRows
{
    /// <summary>Appends a batch of the same columns as those before it. When it fails they are what they were.</summary>
    /// <exception cref="IOException">The disk is full, or cannot be written to.</exception>
    public abstract void Append(ColumnBatch batch);

    /// <summary>No batch follows.</summary>
    public abstract void Complete();
}

/// <summary>A file of Native blocks, which the engine inserts as one. Of the provenance columns <c>_row</c> is with them, <c>_file_id</c> is not.</summary>
sealed class SpooledBlocks(string path, bool withRowNumbers) : SpooledRows
{
    readonly SafeFileHandle _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
    long _count;
    long _bytes;

    public string FilePath { get; } = path;

    public override long Count => _count;

    public override long Bytes => _bytes;

    /// <summary>Columns of the blocks.</summary>
    public IReadOnlyList<ColumnDefinition> Columns { get; private set; } = [];

    public override void Append(ColumnBatch batch)
    {
        var block = withRowNumbers ? NativeBlockWriter.WithRowNumbers(batch) : NativeBlockWriter.Columns(batch);
        try
        {
            var output = new FileBlockWriter(_file, _bytes);
            NativeBlockWriter.Write(output, block);
            _bytes = output.Flush();
            _count += batch.RowCount;
            if (Columns.Count == 0)
            {
                Columns = [.. block.Select(c => new ColumnDefinition(c.Name, c.Column.Type))];
            }
        }
        catch (IOException)
        {
            RandomAccess.SetLength(_file, _bytes);
            throw;
        }
    }

    public override void Complete() => _file.Dispose();

    public override void GiveBack()
    {
        _file.Dispose();
        File.Delete(FilePath);
    }
}

/// <summary>A part that is written here: the engine only attaches it.</summary>
sealed class SpooledPart(string folder, PartForm form, FileId? fileId, TimeProvider time) : SpooledRows
{
    /// <summary>Completed by whoever attaches it.</summary>
    public PartWriter Writer { get; } = new(folder, form.KeyColumn, fileId?.Hex);

    public PartForm Form => form;

    public override long Count => Writer.Rows;

    public override long Bytes => Writer.Bytes;

    /// <summary>Whether the rows are in the order of the key, and none comes before those that were appended.</summary>
    public bool Follows(ColumnBatch batch) => Writer.Follows(NativeBlockWriter.Columns(batch));

    public override void Append(ColumnBatch batch) => Writer.Append(form.GranuleOf(batch, fileId, time.GetUtcNow()));

    public override void Complete() => Writer.EndRows();

    public override void GiveBack()
    {
        Writer.Dispose();
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
