using System.Collections.Concurrent;
using Pipeline.Formats.Delimited;

namespace Pipeline.Ingestion;

/// <summary>The layout of the small files of each dataset, as the last one that had to be detected showed it. Any task.</summary>
sealed class LayoutMemory
{
    /// <summary>Some kilobytes each. More datasets than this are files of all kinds, whose layouts nobody meets again.</summary>
    const int MaxDatasets = 1000;

    readonly ConcurrentDictionary<string, KnownLayout> _layouts = new(StringComparer.Ordinal);

    public KnownLayout? Of(string dataset) => _layouts.GetValueOrDefault(dataset);

    /// <summary>A file that was detected has been opened.</summary>
    public void Learn(string dataset, TextRows rows)
    {
        var known = Of(dataset);
        if (rows.LayoutAfter(known) is { } layout && (known is not null || _layouts.Count < MaxDatasets))
        {
            _layouts[dataset] = layout;
        }
    }
}
