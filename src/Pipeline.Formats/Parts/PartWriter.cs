using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Native;

namespace Pipeline.Formats.Parts;

/// <summary>
/// Writes a part of a MergeTree table, as a server attaches it from the folder <c>detached</c>: compact, without compression, each batch a granule.
/// The form is the one of servers before 25, which later ones read (<c>docs/decisions/0008</c>):
/// <code>
/// data.bin       frames: granule after granule, in each column after column, in each what a Native block has, but for arrays
/// data.mrk3      for each granule: where each column starts, number of rows; then a mark that ends the last one
/// primary.idx    of a table with a key: its value at the start of each granule, and in the last row
/// columns.txt    names and types
/// count.txt      number of rows
/// checksums.txt  size and hash of each of these files but columns.txt
/// </code>
/// What rows have in common, the id of their file, may be known at the end only: its place is left open until then. Where it is known before, the checksums
/// are computed as the rows are written. Filled by one task, then handed to another, which completes it. Owns the folder until it is completed.
/// </summary>
public sealed class PartWriter : IDisposable
{
    const string Data = "data.bin";
    const string Marks = "data.mrk3";
    const string Index = "primary.idx";
    const string Count = "count.txt";

    // Prefix, flags, number of values, the empty text, the length of the next: where the text of a ConstantColumn stands in its data.
    const int ConstantTextAt = 8 + 8 + 8 + 1 + 1;

    readonly SafeFileHandle _file;
    readonly FrameWriter _frames;

    // Of the column that is being written.
    readonly NativeLayout _layout = new() { WithLengths = true };
    readonly SyncBehind _sync;
    readonly string? _keyColumn;
    readonly byte[]? _text;

    // For each granule: for each column where it starts and 0, which is within its frame; then the number of rows.
    readonly List<long> _marks = [];

    // Written, not on the disk yet.
    readonly List<SafeFileHandle> _small = [];

    // Frames with the text that is filled in at the end, as indexes of all frames.
    readonly List<int> _openFrames = [];
    IReadOnlyList<ColumnDefinition> _columns = [];
    PartKey? _key;
    int _openTextBytes;

    /// <param name="folder">Is created; must not exist.</param>
    /// <param name="keyColumn">Column that the table is sorted by; null: it has no key.</param>
    /// <param name="text">Of all constant columns; null: it is known at the end.</param>
    public PartWriter(string folder, string? keyColumn, string? text)
    {
        Folder = folder;
        _keyColumn = keyColumn;
        _text = text is null ? null : Encoding.UTF8.GetBytes(text);
        Directory.CreateDirectory(folder);
        _file = File.OpenHandle(Path.Join(folder, Data), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read);
        _frames = new FrameWriter(_file, hashes: text is not null);
        _sync = new SyncBehind(_file);
    }

    public string Folder { get; }

    public long Rows { get; private set; }

    /// <summary>Bytes of <c>data.bin</c>.</summary>
    public long Bytes => _frames.Position;

    /// <summary>Bytes that were appended and that the disk does not have yet.</summary>
    public long UnsyncedBytes => _sync.LeftBytes;

    /// <summary>Whether the rows of a batch are in the order of the key, and none comes before those that were appended.</summary>
    public bool Follows(IReadOnlyList<NamedColumn> columns)
    {
        if (_keyColumn is null)
        {
            return true;
        }

        var column = KeyOf(columns);
        _key ??= PartKey.For(column);
        return _key is not null && _key.Follows(column);
    }

    /// <summary>Appends a granule. When it fails the part holds what it held.</summary>
    /// <param name="columns">
    /// The same as those before, at least one row, in order (<see cref="Follows"/>). A <see cref="ConstantColumn"/> has the text of all of them, or one as long as
    /// that which is to be given to <see cref="CompleteAsync"/>.
    /// </param>
    /// <exception cref="ArgumentException">A constant column has another text.</exception>
    /// <exception cref="IOException">The disk is full, or cannot be written to.</exception>
    public void Append(IReadOnlyList<NamedColumn> columns)
    {
        var (frames, position, marks, open) = (_frames.Frames.Count, _frames.Position, _marks.Count, _openFrames.Count);
        var rows = columns[0].Column.Count;
        try
        {
            foreach (var (_, column) in columns)
            {
                _marks.AddRange([_frames.Position, 0]);
                if (column is ConstantColumn constant && IsOpen(constant))
                {
                    _openFrames.Add(_frames.Frames.Count);
                    _openTextBytes = constant.Value.Length;
                }

                Write(column);
            }

            _marks.Add(rows);
            _frames.Flush();
        }
        catch (IOException)
        {
            _frames.ReturnTo(frames, position);
            _marks.RemoveRange(marks, _marks.Count - marks);
            _openFrames.RemoveRange(open, _openFrames.Count - open);
            throw;
        }

        Rows += rows;
        _sync.Wrote(Bytes);
        if (_keyColumn is not null)
        {
            _key!.Append(KeyOf(columns));
        }

        if (_columns.Count == 0)
        {
            _columns = [.. columns.Select(c => new ColumnDefinition(c.Name, c.Column.Type))];
        }
    }

    /// <summary>No granule follows: brings the rows to the disk while other things are done, so that little is left for <see cref="CompleteAsync"/>.</summary>
    public void EndRows() => _ = _sync.EndAsync();

    /// <summary>Fills in the text of the constant columns, writes what is left and syncs all files; what is left to be synced is the folder.</summary>
    /// <exception cref="ArgumentException">The text is longer or shorter than its place, or not the one that stands there.</exception>
    /// <exception cref="IOException">The disk is full, or cannot be written to.</exception>
    public async Task CompleteAsync(string text)
    {
        EndRows();
        try
        {
            WriteSmallFiles(text);

            // Half a dozen files are on their way to the disk at once: it takes them in little more time than one.
            await Task.WhenAll([.. _small.Select(file => Task.Run(() => RandomAccess.FlushToDisk(file))), _sync.EndAsync()]);
        }
        finally
        {
            _small.ForEach(file => file.Dispose());
            _small.Clear();
        }

        if (_openFrames.Count > 0)
        {
            RandomAccess.FlushToDisk(_file);
        }

        Dispose();
    }

    // All but the data, of which what was left open is filled in.
    void WriteSmallFiles(string text)
    {
        var checksums = new PartChecksums();
        var (all, content) = CompleteData(Encoding.UTF8.GetBytes(text));
        checksums.Add(Data, all, content);

        checksums.Add(Marks, Write(Marks, MemoryMarshal.AsBytes<long>([.. _marks, .. _columns.SelectMany(_ => new[] { Bytes, 0 }), 0])));
        checksums.Add(Count, Write(Count, Rows.ToString(CultureInfo.InvariantCulture)));
        if (_key is not null)
        {
            var index = new ArrayBufferWriter<byte>();
            _key.WriteTo(index);
            checksums.Add(Index, Write(Index, index.WrittenSpan));
        }

        Write("columns.txt", ColumnsText());
        Write("default_compression_codec.txt", "CODEC(NONE)");
        Write("checksums.txt", checksums.Text());
    }

    /// <summary>Ends the writing; the folder stays.</summary>
    public void Dispose()
    {
        if (!_file.IsClosed)
        {
            _file.Dispose();
            _frames.Dispose();
        }
    }

    Column KeyOf(IReadOnlyList<NamedColumn> columns) => columns.First(c => c.Name == _keyColumn).Column;

    void Write(Column column)
    {
        var codec = NativeCodec.For(column);
        _layout.Clear();
        codec.LayOutPrefix(column, _layout);
        codec.LayOutData(column, _layout);
        _layout.Complete();
        for (var part = 0; part < _layout.Count; part++)
        {
            for (var from = 0; from >= 0;)
            {
                from = _layout.WriteSlice(_frames, part, from);
                _frames.EndSlice();
            }
        }

        _frames.EndFrame();
    }

    // Whether its text is filled in at the end.
    bool IsOpen(ConstantColumn column)
    {
        if (_text is not null && !column.Value.SequenceEqual(_text))
        {
            throw new ArgumentException("The text of a constant column is not the one of all of them.", nameof(column));
        }

        return _text is null;
    }

    (FileHash All, FileHash Content) CompleteData(ReadOnlySpan<byte> text)
    {
        if (_text is not null && !text.SequenceEqual(_text))
        {
            throw new ArgumentException("The text is not the one that was written.", nameof(text));
        }

        if (_frames.Hashes is { } written)
        {
            return written;
        }

        if (_openFrames.Count > 0 && text.Length != _openTextBytes)
        {
            throw new ArgumentException($"A text of {text.Length} bytes, where {_openTextBytes} were left open.", nameof(text));
        }

        var all = new FileHash();
        var content = new FileHash();
        var buffer = ArrayPool<byte>.Shared.Rent(_frames.Frames.Max());
        long at = 0;
        var open = 0;
        for (var i = 0; i < _frames.Frames.Count; i++)
        {
            var frame = buffer.AsSpan(0, _frames.Frames[i]);
            ReadAll(frame, at);
            if (open < _openFrames.Count && _openFrames[open] == i)
            {
                open++;
                text.CopyTo(frame[(FrameWriter.HeaderBytes + ConstantTextAt)..]);
                FrameWriter.WriteHeader(frame);
                RandomAccess.Write(_file, frame[..(FrameWriter.HeaderBytes + ConstantTextAt + text.Length)], at);
            }

            all.Append(frame);
            content.Append(frame[FrameWriter.HeaderBytes..]);
            at += frame.Length;
        }

        ArrayPool<byte>.Shared.Return(buffer);
        return (all, content);
    }

    void ReadAll(Span<byte> frame, long at)
    {
        for (var read = 0; read < frame.Length;)
        {
            var more = RandomAccess.Read(_file, frame[read..], at + read);
            read += more > 0 ? more : throw new IOException($"{Path.Join(Folder, Data)} ends at {at + read}, within a frame that was written.");
        }
    }

    FileHash Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    FileHash Write(string name, ReadOnlySpan<byte> bytes)
    {
        var file = File.OpenHandle(Path.Join(Folder, name), FileMode.Create, FileAccess.Write);
        _small.Add(file);
        RandomAccess.Write(file, bytes, 0);
        var hash = new FileHash();
        hash.Append(bytes);
        return hash;
    }

    string ColumnsText()
    {
        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"columns format version: 1\n{_columns.Count} columns:\n"));
        foreach (var (name, type) in _columns)
        {
            text.Append('`').Append(name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("`", "\\`", StringComparison.Ordinal)).Append("` ")
                .Append(type.Name).Append('\n');
        }

        return text.ToString();
    }
}
