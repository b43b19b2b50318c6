using System.Text;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Excel;

/// <summary>
/// The shared strings of a workbook, as UTF-8 one behind the other in blocks: beside its text a string costs the eight bytes of its place, where an
/// array of its own would cost forty.
/// </summary>
sealed class SharedStrings(FormatLimits limits)
{
    const int FirstBlockBytes = 4 << 10;
    const int BlockBytes = 1 << 20;
    const int PlacesPerBlock = 1 << 12;
    const int LargeBytes = 32 << 20;

    readonly List<byte[]> _blocks = [];
    readonly List<int> _ends = [];
    readonly List<Place[]> _places = [];
    long _bytes;

    public int Count { get; private set; }

    /// <summary>The string of an index below <see cref="Count"/>.</summary>
    public ReadOnlyMemory<byte> this[int index]
    {
        get
        {
            var place = PlaceOf(index);
            var next = index + 1 < Count ? PlaceOf(index + 1) : default;
            var end = index + 1 < Count && next.Block == place.Block ? next.Offset : _ends[place.Block];
            return _blocks[place.Block].AsMemory(place.Offset, end - place.Offset);
        }
    }

    /// <exception cref="BadFileException">There is no more memory for them by the limit.</exception>
    public void Add(ReadOnlySpan<byte> text) => text.CopyTo(Next(text.Length));

    /// <inheritdoc cref="Add(ReadOnlySpan{byte})"/>
    public void Add(string text) => Encoding.UTF8.GetBytes(text, Next(Encoding.UTF8.GetByteCount(text)));

    /// <summary>
    /// Lets go of all of them. Of a large table nothing waits for the collector's next look: the same workbook is opened again to be loaded, and would
    /// take as much once more. It is a few hundred blocks, so that the look takes milliseconds.
    /// </summary>
    public void Release()
    {
        Count = 0;
        _blocks.Clear();
        _places.Clear();
        if (_bytes > LargeBytes)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: false);
        }
    }

    /// <summary>The bytes of one more string, to be filled.</summary>
    Span<byte> Next(int bytes)
    {
        if (_blocks.Count == 0 || _blocks[^1].Length - _ends[^1] < bytes)
        {
            var length = _blocks.Count == 0 ? FirstBlockBytes : Math.Min(BlockBytes, _blocks[^1].Length * 2);
            Take(Math.Max(length, bytes));
            _blocks.Add(new byte[Math.Max(length, bytes)]);
            _ends.Add(0);
        }

        if (Count % PlacesPerBlock == 0)
        {
            Take(PlacesPerBlock * sizeof(long));
            _places.Add(new Place[PlacesPerBlock]);
        }

        var start = _ends[^1];
        _places[^1][Count++ % PlacesPerBlock] = new Place(_blocks.Count - 1, start);
        _ends[^1] += bytes;
        return _blocks[^1].AsSpan(start, bytes);
    }

    Place PlaceOf(int index) => _places[index / PlacesPerBlock][index % PlacesPerBlock];

    void Take(int bytes)
    {
        _bytes += bytes;
        if (_bytes > limits.MaxSharedStringBytes)
        {
            throw new BadFileException(RejectCode.LimitExceeded,
                "The workbook's table of strings needs more memory than the limit of " +
                $"{limits.MaxSharedStringBytes:N0} bytes; raise limits.max_shared_string_bytes if that is its true size.");
        }
    }

    readonly record struct Place(int Block, int Offset);
}
