using Pipeline.Formats;
using Pipeline.Formats.Typing;

namespace Pipeline.Ingestion;

/// <summary>Counts refused rows by code and remembers the first of each. One task.</summary>
sealed class RejectTally : IRejectSink
{
    readonly Dictionary<RejectCode, (long Count, RejectedRow First)> _codes = [];

    public long Count { get; private set; }

    /// <summary>The first of all; its fields are not kept.</summary>
    public RejectedRow? First { get; private set; }

    /// <summary>By code, in the order in which they were met.</summary>
    public IEnumerable<(RejectCode Code, long Count, RejectedRow First)> ByCode => _codes.Select(c => (c.Key, c.Value.Count, c.Value.First));

    public void Add(RejectedRow row)
    {
        Count++;
        if (_codes.TryGetValue(row.Code, out var known))
        {
            _codes[row.Code] = (known.Count + 1, known.First);
            return;
        }

        var kept = row with { Fields = [] };
        First ??= kept;
        _codes.Add(row.Code, (1, kept));
    }
}
