using System.Diagnostics;
using System.Text;
using System.Text.Unicode;
using CsvHelper;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Delimited;

/// <summary>
/// Cuts delimited text into blocks. Each block gets a chunk of the file in its own buffer: 1. take bytes (what the last block
/// gave back
/// first), 2. let CsvHelper cut them in place, 3. keep the records that are whole, 4. give the rest back to the source.
/// A record is whole when its line break lies inside the chunk, or the file ends with it. Fields point into the chunk; those with
/// doubled
/// quotes are decoded behind it. The size of a chunk depends on the rows before it only, so blocks are the same however reads are
/// cut.
/// </summary>
sealed partial class DelimitedReader : RecordReader
{
    /// <summary>Byte offsets of a transcoded file would be those of its UTF-8 form: they are not given.</summary>
    public const long NoPosition = -1;

    /// <summary>
    /// Room behind the chunk for decoded fields; enough for all but heavily quoted files, which grow the buffer.
    /// </summary>
    const int ScratchBytes = 4096;

    readonly DelimitedSource _source;
    readonly FormatOptions _options;
    readonly string[] _names;
    readonly List<FormatWarning> _warnings = [];

    // Where the next chunk starts in the file.
    long _record = 1;
    long _line = 1;
    long _position;

    // The chunk being cut.
    CsvReaderOptions? _csvOptions;
    RecordCutter? _cutter;
    CsvMalformedReason? _malformed;
    byte[] _scratch = [];
    int _scratchLength;
    int _decodedEnd; // In the text of the block, behind the chunk.
    int _chunkBytes;
    long _skippedRecords;

    // What is known of the encoding.
    TextEncoding _encoding = TextEncoding.Utf8;
    bool _isEncodingOpen;

    public DelimitedReader(DelimitedSource source, IReadOnlyList<string> names, FormatOptions options)
    {
        _source = source;
        _options = options;
        _names = [.. names];
        _chunkBytes = options.FirstBlockBytes;
    }

    public override IReadOnlyList<string> ColumnNames => _names;

    public override Dialect Dialect => new(
        Format.Delimiter, Format.Quote?.ToString(), (Format.Escape ?? Format.Quote)?.ToString(), HasHeader, SkipLines, LineEnding);

    public override string Encoding => _source.EncodingName;

    public override IReadOnlyList<FormatWarning> Warnings => _warnings;

    public override long SkippedRecords => _skippedRecords;

    public required DelimitedDialect Format { get; init; }

    /// <summary>The header as it stands in the file: lines that repeat it are no records. Empty where there is none.</summary>
    public required byte[] HeaderLine { get; init; }

    public required TextEncoding Encodes
    {
        init
        {
            _encoding = value;
            _isEncodingOpen = value.IsOpen;
        }
    }

    public required bool HasHeader { get; init; }

    public required int SkipLines { get; init; }

    /// <summary>Records of so many fields and more are whole: the columns behind them hold nothing. 0 where short ones are faults.</summary>
    public int ShortRecord { get; init; }

    /// <summary>
    /// The last column holds nothing in most records: one that fills it, and has an empty field behind it, has a delimiter too many in front of it.
    /// </summary>
    public bool LastIsEmpty { get; init; }

    public required string LineEnding { get; init; }

    public required long FirstLine
    {
        init => _line = value;
    }

    public required long FirstByte
    {
        init => _position = value;
    }

    /// <summary>All that is left to read, where that is known: no more room is taken for it. One byte more, so that its end shows in the same take.</summary>
    public int? RestBytes
    {
        init => _chunkBytes = Math.Clamp(value + 1 ?? _options.FirstBlockBytes, Math.Min(64, _options.BlockBytes), _options.FirstBlockBytes);
    }

    public required IReadOnlyList<FormatWarning> OpeningWarnings
    {
        init => _warnings.AddRange(value);
    }

    public override async ValueTask<bool> ReadAsync(FieldBlock block, CancellationToken cancellationToken)
    {
        if (block.ColumnCount != _names.Length)
        {
            throw new ArgumentException(
                $"The block has {block.ColumnCount} columns; the file has {_names.Length}.", nameof(block));
        }

        block.Reset(_record);
        var bytes = _chunkBytes;
        while (_names.Length > 0 && !_source.Ended)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var text = block.RentText(CsvText.GuardBytes + bytes + ScratchBytes);
            int length;
            try
            {
                length = await _source.TakeAsync(text.AsMemory(CsvText.GuardBytes, bytes), cancellationToken);
            }
            catch (DecoderFallbackException e)
            {
                throw NotInEncoding(_source.EncodingName, e);
            }

            if (length == 0)
            {
                break;
            }

            var chunk = new Chunk(_line, _position, _skippedRecords, CsvText.GuardBytes + length, _source.Ended, bytes >= LongestChunk);
            var consumed = Cut(block, chunk) - CsvText.GuardBytes;
            Debug.Assert(consumed >= 0 && consumed <= length, $"consumed {consumed} of {length}");
            if (_isEncodingOpen && IsOtherEncoding(block.Text.AsSpan(CsvText.GuardBytes, consumed), out var at))
            {
                _source.GiveBack(block.Text.AsSpan(CsvText.GuardBytes, length));
                await DecideEncodingAsync(at, chunk, cancellationToken);
                block.Reset(_record);
                continue;
            }

            _source.GiveBack(block.Text.AsSpan(CsvText.GuardBytes + consumed, length - consumed));
            if (block.RowCount > 0)
            {
                FinishBlock(block, consumed);
                return true;
            }

            if (consumed == 0)
            {
                bytes = Grow(bytes, block.Text.AsSpan(CsvText.GuardBytes, length));
            }
        }

        if (_source.TakeLinesLeftOut() is > 0 and var lines)
        {
            SkipRemarks(lines, _line);
        }

        return false;
    }

    public override ValueTask DisposeAsync() => _source.DisposeAsync();

    public static BadFileException NotInEncoding(string encoding, DecoderFallbackException e) => new(
        RejectCode.CorruptFile,
        $"The file starts with the byte order mark of {encoding}, but holds bytes that are not {encoding} ({e.Message}). "
            + $"Export it again, as UTF-8 if possible.");

    /// <summary>Checks the bytes of the rows, and plans the size of the next chunk.</summary>
    void FinishBlock(FieldBlock block, int consumed)
    {
        var bytes = block.Text.AsSpan(CsvText.GuardBytes, consumed);
        if (!Utf8Text.IsValid(bytes))
        {
            Utf8Check.AddFaults(block, _names);
        }

        if (_encoding.Replaces && bytes.IndexOf("\uFFFD"u8) >= 0)
        {
            Utf8Check.AddReplacements(block, _names, _encoding.Name);
        }

        if (bytes.IndexOf((byte)0) >= 0)
        {
            NoteNul(block);
        }

        LongFields.AddFaults(block, _names, consumed, _options.Limits);

        _record += block.RowCount;

        // Take about as much as fills the next block, so that little is given back; at least a sixteenth for files that change.
        var wanted = ((long)consumed * block.MaxRows * 9 / 8 / block.RowCount) + 256;
        _chunkBytes =
            (int)Math.Clamp(wanted, Math.Min(_options.BlockBytes, Math.Max(64, _options.BlockBytes / 16)), _options.BlockBytes);
    }

    void NoteNul(FieldBlock block)
    {
        for (var row = 0; row < block.RowCount; row++)
        {
            for (var column = 0; column < block.ColumnCount; column++)
            {
                if (block.Bytes(block.Column(column)[row]).IndexOf((byte)0) >= 0)
                {
                    WarnOnce(
                        "nul_byte", $"Column \"{_names[column]}\" holds NUL bytes; the file may be damaged. They were kept.",
                        block.Lines[row]);
                    return;
                }
            }
        }
    }

    /// <summary>A whole record never needs more than its limit and a line break.</summary>
    int LongestChunk => _options.Limits.MaxRecordBytes + 2;

    int Grow(int bytes, ReadOnlySpan<byte> text)
    {
        if (bytes >= LongestChunk)
        {
            throw LongRecord.Refuse(text, Format, _names, _options.Limits, _line, _position == NoPosition ? null : _position);
        }

        return (int)Math.Min(LongestChunk, bytes * 2L);
    }

    void WarnOnce(string code, string message, long line)
    {
        if (!_warnings.Exists(w => w.Code == code))
        {
            _warnings.Add(new FormatWarning(code, message, line));
        }
    }

    /// <summary>The state before a chunk and what it is: <c>text[GuardBytes..End]</c>.</summary>
    readonly record struct Chunk(long Line, long Position, long Skipped, int End, bool IsLast, bool IsLongest);

    static int BlankEnd(byte[] text, int from, int end, bool isLast) =>
        !isLast && end > from && text[end - 1] == (byte)'\r' ? end - 1 : end;
}
