using System.Diagnostics.CodeAnalysis;
using Pipeline.Formats.Columns;
using Pipeline.Loading;

namespace Pipeline.Ingestion;

/// <summary>
/// Batches of one attempt that are filled and not sent. The first waits in memory: it may be the only one, and then goes straight into the target.
/// From the second on they go to disk where the engine reads them itself, several to an insert: each insert is a part, which is merged later.
/// Elsewhere, or when the disk takes no more, they stay in memory, one to an insert. One task.
/// </summary>
/// <param name="load">The load they belong to; batches that are on disk go back to its pool.</param>
/// <param name="fileBytes">Bytes of the file, as it lies.</param>
/// <param name="spool">Where the engine reads them itself; null: they stay in memory.</param>
/// <param name="parts">How they stand in parts that are written here, which the engine only attaches; null: it inserts them.</param>
/// <param name="limits">How large a batch is.</param>
/// <param name="spoolFailed">Told once, when the disk takes no more.</param>
sealed class HeldBatches(FileLoad load, long fileBytes, BlockSpool? spool, PartForm? parts, IngestionLimits limits, Action<Exception> spoolFailed)
{
    /// <summary>Bytes of a file to those of its batch, from which on it has surely more than one.</summary>
    const int SurelyMany = 8;

    /// <summary>
    /// Inserts of one load at least, where there is enough for them: parts are merged at once where together they are five times the largest of them
    /// (ClickHouse, <c>merge_selector_base</c>). Batches are a little larger than they need to be: seven would be enough.
    /// </summary>
    const int InsertsMergedAtOnce = 8;

    /// <summary>Inserts that may wait on disk while others are under way: the reading goes on where the engine waits for its disk.</summary>
    const int AheadInserts = 8;

    /// <summary>
    /// A part at most: what is left of it for the disk when the load ends is little however large it is, each is eight files, and publishing takes 0.5 ms more for each.
    /// </summary>
    const long MaxPartBytes = 64 << 20;

    /// <summary>Bytes of parts that may wait for the disk: half a second of one that takes 270 MB/s.</summary>
    const long MaxUnsyncedBytes = 128 << 20;

    readonly Queue<BatchRows> _ready = new();
    BlockSpool? _spool = spool;
    PartForm? _parts = parts;
    ColumnBatch? _first;
    SpooledRows? _open;
    bool _areGranules = parts is not null;
    long _openBytes;
    long _spooledBytes;
    long _mostSpooledBytes = limits.MaxSpooledBytes;
    bool _isComplete;

    // Bytes of all that were ever added, and how much of the file they are.
    long _added;
    double _share;

    // Bytes a second of the disk, asked for with the first batches that go there: known when the content hash is, or before.
    Task<double>? _disk;

    // Closed parts on their way to the disk.
    readonly List<SpooledPart> _unsynced = [];

    /// <summary>Where the first batch will wait: in memory while it may be all of the file.</summary>
    public BatchPlace FirstPlace => fileBytes < SurelyMany * limits.MaxBatchBytes ? BatchPlace.Memory : NextPlace;

    /// <summary>Where the next will wait, by where the last went. Another task may ask.</summary>
    public BatchPlace NextPlace => _spool is null ? BatchPlace.Memory : _areGranules ? BatchPlace.Granule : BatchPlace.Block;

    /// <summary>More than one batch was added.</summary>
    public bool AreMany { get; private set; }

    /// <summary>Some are worth an insert now.</summary>
    public bool AreReady => AreMany && _ready.Count > 0;

    /// <summary>No further one may be added before some are taken, or at all.</summary>
    public bool IsFull => _isComplete || (_spool is null ? _ready.Count >= limits.MaxHeldBatches : _spooledBytes >= _mostSpooledBytes);

    /// <summary>
    /// Whether compressing the parts can wait for their merge: by what was read of the load, it makes so many inserts of one partition that their parts are merged
    /// as soon as they are in one table, and until then the disk takes them as they are.
    /// </summary>
    public async Task<bool> AreCompressedByMergeAsync() => IsMergedAtOnce && _disk is { } disk && await disk >= BlockSpool.FastBytesPerSecond;

    /// <summary>Takes over a filled batch.</summary>
    /// <param name="batch">It goes back to the pool of the load once it is written.</param>
    /// <param name="share">How much of the file has been read, from 0 to 1.</param>
    public void Add(ColumnBatch batch, double share)
    {
        _share = share;
        if (_first is null && !AreMany)
        {
            _first = batch;
            _added = batch.ByteSize;
            return;
        }

        AreMany = true;
        _added += batch.ByteSize;
        _disk ??= IsMergedAtOnce ? _spool!.MeasureDiskAsync((long)ExpectedBytes) : null;
        if (_first is { } first)
        {
            _first = null;
            Hold(first);
        }

        Hold(batch);
    }

    /// <summary>No further batch comes: all that were added can be taken.</summary>
    public void Complete()
    {
        _isComplete = true;
        if (_first is { } only)
        {
            _first = null;
            _ready.Enqueue(new RowsInMemory(load, only));
        }

        CloseSpooled();
    }

    /// <summary>Bytes of the batch that is taken next; null: there is none.</summary>
    public long? NextBytes => _ready.TryPeek(out var rows) ? rows.Bytes : null;

    public bool TryTake([MaybeNullWhen(false)] out BatchRows rows)
    {
        if (!_ready.TryDequeue(out rows))
        {
            return false;
        }

        InsertsBegin();
        _spooledBytes -= rows is SpooledRows ? rows.Bytes : 0;
        return true;
    }

    /// <summary>They are on their way, or will be in a moment: what waits beside them does not grow.</summary>
    public void InsertsBegin() =>
        _mostSpooledBytes = Math.Min(_mostSpooledBytes, Math.Max(_spooledBytes, AheadInserts * limits.SpooledInsertBytes));

    /// <summary>Gives back all that were not taken.</summary>
    public void Clear()
    {
        _open?.GiveBack();
        _open = null;
        Complete();
        while (TryTake(out var rows))
        {
            rows.GiveBack();
        }
    }

    // All that will be spooled, by what was read; 0 before there is any.
    double ExpectedBytes => _share > 0 ? _added / _share : 0;

    // Parts that are written here are not compressed: only where that can wait for their merge, and as far as the disk takes them. What it does not, the
    // engine compresses meanwhile.
    bool IsForParts()
    {
        _unsynced.RemoveAll(p => p.Writer.UnsyncedBytes == 0);
        return _parts is not null && _disk is { } disk && !(disk.IsCompleted && disk.Result < BlockSpool.SlowBytesPerSecond)
            && _unsynced.Sum(p => p.Writer.UnsyncedBytes) + ((_open as SpooledPart)?.Writer.UnsyncedBytes ?? 0) < MaxUnsyncedBytes;
    }

    bool IsMergedAtOnce => _spool is not null && FileReading.MakesOnePart(load) && ExpectedBytes >= (InsertsMergedAtOnce - 1) * limits.MaxBatchBytes;

    // At which the open ones are closed. What is left is less than an insert: smaller ones from now on, so that little is left to insert when the reading ends; of a part
    // little is left anyway.
    long InsertBytes
    {
        get
        {
            if (_open is SpooledPart)
            {
                return EqualBytes(MaxPartBytes);
            }

            var bytes = EqualBytes(limits.SpooledInsertBytes);
            return ExpectedBytes - _added < bytes ? limits.MaxBatchBytes : bytes;
        }
    }

    // Of each of the inserts that are merged at once.
    long EqualBytes(long most) => Math.Max(limits.MaxBatchBytes, Math.Min((long)(ExpectedBytes / InsertsMergedAtOnce), most));

    void Hold(ColumnBatch batch)
    {
        if (_spool is not null && TrySpool(batch))
        {
            _openBytes += batch.ByteSize;
            load.ReturnBatch(batch);
            if (_openBytes >= InsertBytes)
            {
                CloseSpooled();
            }

            return;
        }

        _ready.Enqueue(new RowsInMemory(load, batch));
    }

    bool TrySpool(ColumnBatch batch)
    {
        try
        {
            _open = OpenFor(batch);
            _areGranules = _open is SpooledPart;
            var before = _open.Bytes;
            _open.Append(batch);
            _spooledBytes += _open.Bytes - before;
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _spool = null;
            CloseSpooled();
            spoolFailed(e);
            return false;
        }
    }

    SpooledRows OpenFor(ColumnBatch batch)
    {
        if (IsForParts())
        {
            var part = _open as SpooledPart;
            if (part is null)
            {
                CloseSpooled();
                _open = part = _spool!.CreatePart(_parts!, load.FileId == default ? null : load.FileId);
            }

            if (part.Follows(batch))
            {
                return part;
            }

            // The file is not in the order of the table's key: the engine sorts it.
            _parts = null;
            CloseSpooled();
        }
        else if (_open is SpooledPart)
        {
            CloseSpooled();
        }

        return _open ?? _spool!.Create(load.Schema.HasProvenance);
    }

    void CloseSpooled()
    {
        if (_open is not { } spooled)
        {
            return;
        }

        (_open, _openBytes) = (null, 0);
        if (spooled.Count == 0)
        {
            spooled.GiveBack();
            return;
        }

        spooled.Complete();
        _ready.Enqueue(spooled);
        if (spooled is SpooledPart part)
        {
            _unsynced.Add(part);
        }
    }
}
