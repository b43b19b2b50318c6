using System.Buffers;
using System.Text;
using System.Text.Json;
using Pipeline.Formats;
using Pipeline.Formats.Records;

namespace Pipeline.Quarantine;

/// <summary>
/// Collects the refused rows of one file as CSV (RFC 4180, UTF-8 with a byte order mark so that spreadsheets read it right): the original
/// columns with their original bytes, then <c>_line,_column,_code,_message</c>. A quoted field stays quoted, so that empty text and no
/// value stay apart. It grows in the folder for temporary files; <see cref="CommitAsync"/> brings it into quarantine, disposing without
/// that removes it. One task uses it at a time.
/// </summary>
public sealed class RejectsWriter : IAsyncDisposable
{
    const string TemporarySuffix = ".rejects.tmp";

    static readonly SearchValues<byte> s_needQuotes = SearchValues.Create(",\"\r\n;\t|"u8);

    readonly FileStream _file;
    readonly string[] _columns;
    readonly long? _maxRows;
    readonly ArrayBufferWriter<byte> _row = new(4096);
    readonly ArrayBufferWriter<byte> _last = new(256);
    int _fields;
    bool _lastQuoted;
    bool _rowStarted;
    bool _committed;

    RejectsWriter(string path, IReadOnlyList<string> columns, long? maxRows)
    {
        _file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 64 << 10);
        _columns = [.. columns];
        _maxRows = maxRows;
    }

    /// <summary>Rows written.</summary>
    public long Rows { get; private set; }

    /// <summary>Rows beyond the limit: counted and said in the link file, not kept.</summary>
    public long RowsOmitted { get; private set; }

    /// <param name="temporaryFolder">Made when missing.</param>
    /// <param name="columns">Names as the file has them.</param>
    /// <param name="maxRows">Null: every row is kept.</param>
    public static RejectsWriter Create(string temporaryFolder, IReadOnlyList<string> columns, long? maxRows = null)
    {
        Directory.CreateDirectory(temporaryFolder);
        var writer = new RejectsWriter(Path.Join(temporaryFolder, Guid.NewGuid().ToString("N") + TemporarySuffix), columns, maxRows);
        writer.WriteHeader();
        return writer;
    }

    /// <summary>Removes what a crash left in the folder for temporary files. Call it before the first writer is made.</summary>
    public static void RemoveLeftovers(string temporaryFolder)
    {
        foreach (var path in Directory.Exists(temporaryFolder) ? Directory.EnumerateFiles(temporaryFolder, "*" + TemporarySuffix) : [])
        {
            File.Delete(path);
        }
    }

    /// <summary>Adds a row of a block. Fields that the block had to cut are not in it: use <see cref="AddField"/> where they are known.</summary>
    public void Append(FieldBlock block, int row, string? column, RejectCode code, string message)
    {
        for (var i = 0; i < block.ColumnCount; i++)
        {
            var field = block.Column(i)[row];
            AddField(field.Kind == FieldKind.Null ? default : block.Bytes(field), field.Kind is FieldKind.Quoted or FieldKind.String);
        }

        EndRow(block.Lines[row], column, code, message);
    }

    /// <summary>Adds the next field of the row. More fields than columns become part of the last one, with commas between.</summary>
    public void AddField(ReadOnlySpan<byte> text, bool quoted)
    {
        if (_fields < _columns.Length - 1)
        {
            WriteField(text, quoted);
        }
        else
        {
            if (_fields >= _columns.Length)
            {
                _last.Write(","u8);
            }

            _last.Write(text);
            _lastQuoted |= quoted;
        }

        _fields++;
    }

    /// <param name="line">1-based line on which the row starts.</param>
    /// <param name="column">Name of the column at fault; null when it is the row.</param>
    /// <param name="code">Why.</param>
    /// <param name="message">What and where, without cell contents.</param>
    public void EndRow(long line, string? column, RejectCode code, string message)
    {
        while (_fields < _columns.Length - 1)
        {
            AddField(default, false);
        }

        if (_columns.Length > 0)
        {
            WriteField(_last.WrittenSpan, _lastQuoted);
        }

        WriteText(line.ToString());
        WriteText(column ?? "");
        WriteText(code.Name());
        WriteText(message);
        if (_maxRows is { } max && Rows >= max)
        {
            RowsOmitted++;
            ClearRow();
        }
        else
        {
            Rows++;
            FlushRow();
        }
    }

    /// <summary>
    /// Brings the rows into quarantine, durably, with a link file beside them: <c>&lt;file name&gt;.rejects.csv</c> and
    /// <c>.rejects.json</c>. Committing again for the same file id (a load that was repeated after a crash) replaces the former.
    /// Returns where the rows lie.
    /// </summary>
    public async Task<string> CommitAsync(
        string quarantineFolder, string fileName, DateOnly date, RejectsLink link, CancellationToken cancellationToken = default)
    {
        await _file.FlushAsync(cancellationToken);
        RandomAccess.FlushToDisk(_file.SafeFileHandle);
        var folder = FileArchive.FolderOf(quarantineFolder, link.Dataset, date);
        DurableFiles.CreateFolder(folder);
        var filled = link with { File = fileName, Columns = _columns, Rows = Rows, RowsOmitted = RowsOmitted };
        var json = JsonSerializer.SerializeToUtf8Bytes(filled, QuarantineJson.Options);
        var plain = FileNames.WithSuffix(FileNames.Require(fileName, "file name"), "", QuarantineStore.MaxNameBytes - RejectsFile.Suffix.Length);
        foreach (var name in FileNames.Candidates(plain + RejectsFile.Suffix, QuarantineStore.MaxNameBytes))
        {
            var target = Path.Join(folder, name);
            var linkPath = RejectsFile.LinkPath(target);
            var isOurs = QuarantineJson.TryRead<RejectsLink>(linkPath)?.FileId == link.FileId;
            if ((!isOurs && Path.Exists(target)) || !await DurableFiles.WriteAsync(linkPath, json, isOurs, cancellationToken))
            {
                continue;
            }

            if (isOurs)
            {
                File.Delete(target);
            }

            if (await DurableFiles.MoveAsync(_file.Name, target, cancellationToken) == MoveResult.Moved)
            {
                _committed = true;
                return target;
            }
        }

        throw new System.Diagnostics.UnreachableException();
    }

    public async ValueTask DisposeAsync()
    {
        await _file.DisposeAsync();
        if (!_committed)
        {
            File.Delete(_file.Name);
        }
    }

    void WriteHeader()
    {
        _file.Write("\uFEFF"u8);
        foreach (var name in _columns.Concat(RejectsFile.AddedColumns))
        {
            WriteText(name);
        }

        FlushRow();
    }

    void WriteText(string text) => WriteField(Encoding.UTF8.GetBytes(text), false);

    void WriteField(ReadOnlySpan<byte> text, bool quoted)
    {
        if (_rowStarted)
        {
            _row.Write(","u8);
        }

        _rowStarted = true;
        if (!quoted && !NeedsQuotes(text))
        {
            _row.Write(text);
            return;
        }

        _row.Write("\""u8);
        for (var quote = text.IndexOf((byte)'"'); quote >= 0; quote = text.IndexOf((byte)'"'))
        {
            _row.Write(text[..(quote + 1)]);
            _row.Write("\""u8);
            text = text[(quote + 1)..];
        }

        _row.Write(text);
        _row.Write("\""u8);
    }

    // Other delimiters and outer spaces are quoted too: spreadsheets and detectors take them for structure.
    static bool NeedsQuotes(ReadOnlySpan<byte> text) =>
        text.IndexOfAny(s_needQuotes) >= 0 || (text.Length > 0 && (text[0] == ' ' || text[^1] == ' '));

    void FlushRow()
    {
        _row.Write("\r\n"u8);
        _file.Write(_row.WrittenSpan);
        ClearRow();
    }

    void ClearRow()
    {
        _row.ResetWrittenCount();
        _last.ResetWrittenCount();
        _fields = 0;
        _lastQuoted = false;
        _rowStarted = false;
    }
}
