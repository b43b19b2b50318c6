using System.Collections.Concurrent;

namespace Pipeline.Loading;

/// <summary>What the last file of each dataset taught, for the files of its kind. Any task.</summary>
sealed class DatasetMemory<T>
    where T : class
{
    /// <summary>Some kilobytes each. More datasets than this are files of all kinds, of which nobody meets another.</summary>
    const int MaxDatasets = 1000;

    readonly ConcurrentDictionary<string, T> _known = new(StringComparer.Ordinal);

    public T? Of(string dataset) => _known.GetValueOrDefault(dataset);

    /// <summary>In place of what was known; a dataset too many is not taken up.</summary>
    public void Learn(string dataset, T what)
    {
        if (_known.ContainsKey(dataset) || _known.Count < MaxDatasets)
        {
            _known[dataset] = what;
        }
    }
}
