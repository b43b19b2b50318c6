using Microsoft.Win32.SafeHandles;
using Pipeline.Columnar;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Native;

namespace Pipeline.Ingestion;

/// <summary>
/// Where blocks lie for an engine of this machine to read them itself: a file costs both sides less than a connection does (docs/benchmarks.md), the
/// batches are free again at once, and the file id need not be known yet. The files live for seconds: they seldom reach the disk.
/// </summary>
/// <param name="temporaryFolder">Of the same disk as the engine's store.</param>
/// <param name="disk">That disk.</param>
sealed class BlockSpool(string temporaryFolder, DiskSpeed disk)
{
    /// <summary>What a killed process left behind is known by this suffix.</summary>
    public const string Suffix = ".blocks";

    // LZ4 makes 0.35 to 0.6 of a load's bytes, and takes 500 to 700 MB/s of them on one core (docs/benchmarks.md): above this rate writing the rest costs
    // less than compressing. With 1.1 GB of text: at 270 MB/s faster compressed, at 435 as fast, above that faster as it is.
    const double FastBytesPerSecond = 300e6;

    readonly string _folder = PlainPath.FolderFor(temporaryFolder);

    /// <summary>Whether the disk takes the bytes of a load faster than the engine compresses them.</summary>
    public async Task<bool> IsOnFastDiskForAsync(long loadBytes) => await disk.MeasureAsync(loadBytes) >= FastBytesPerSecond;

    /// <exception cref="IOException">The folder cannot be written to.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written to.</exception>
    public SpooledRows Create() => new(Path.Combine(_folder, Guid.NewGuid().ToString("N") + Suffix));

    /// <summary>Removes what an earlier process left. For a start, when no file is being read.</summary>
    public static void RemoveLeftovers(string temporaryFolder) => PlainPath.RemoveLeftovers(temporaryFolder, Suffix);
}

/// <summary>
/// Batches of one load in a file of Native blocks, which the engine inserts as one. Of the provenance columns <c>_row</c> is with them,
/// <c>_file_id</c> is not. Filled by one task, then handed to another; giving it back deletes the file.
/// </summary>
sealed class SpooledRows : BatchRows
{
    readonly SafeFileHandle _file;
    long _count;
    long _bytes;

    public SpooledRows(string path)
    {
        FilePath = path;
        _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
    }

    public string FilePath { get; }

    public override long Count => _count;

    public override long Bytes => _bytes;

    /// <summary>Columns of the blocks.</summary>
    public IReadOnlyList<ColumnDefinition> Columns { get; private set; } = [];

    /// <summary>Appends a block of the same columns as those before it. When it fails the file holds what it held.</summary>
    /// <exception cref="IOException">The disk is full, or cannot be written to.</exception>
    public void Append(IReadOnlyList<NamedColumn> block)
    {
        try
        {
            var output = new FileBlockWriter(_file, _bytes);
            NativeBlockWriter.Write(output, block);
            _bytes = output.Flush();
            _count += block[0].Column.Count;
            Columns = [.. block.Select(c => new ColumnDefinition(c.Name, c.Column.Type))];
        }
        catch (IOException)
        {
            RandomAccess.SetLength(_file, _bytes);
            throw;
        }
    }

    /// <summary>No batch follows.</summary>
    public void Complete() => _file.Dispose();

    public override void GiveBack()
    {
        _file.Dispose();
        File.Delete(FilePath);
    }
}
