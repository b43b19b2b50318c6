using System.Collections.Concurrent;

namespace Pipeline.Ingestion;

/// <summary>How a file left the pipeline, told to whoever offered it.</summary>
/// <param name="Request">The file.</param>
/// <param name="Result">How it ended; null when it did not.</param>
/// <param name="OfferAgainAfter">When it is to be offered again; null when it has ended.</param>
public readonly record struct FileEnd(FileRequest Request, FileResult? Result, TimeSpan? OfferAgainAfter);

/// <summary>The files between claim and settlement. Any task.</summary>
sealed class OpenFiles(Action<FileEnd> ended)
{
    readonly ConcurrentDictionary<string, FileJob> _byPath = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<long, FileJob> _byKey = new();

    public int Count => _byPath.Count;

    public FileJob? At(string path) => _byPath.GetValueOrDefault(path);

    public FileJob? With(long key) => _byKey.GetValueOrDefault(key);

    /// <summary>False when another job holds the same path.</summary>
    public bool TryOpen(FileJob job)
    {
        if (!_byPath.TryAdd(job.Request.Path, job))
        {
            return false;
        }

        _byKey[job.Entry.Key] = job;
        return true;
    }

    /// <summary>The job has ended with a result, or is to be offered again.</summary>
    public void End(FileJob job, FileResult? result, TimeSpan? offerAgainAfter)
    {
        _byPath.TryRemove(job.Request.Path, out _);
        _byKey.TryRemove(job.Entry.Key, out _);
        job.MarkDone();
        ended(new FileEnd(job.Request, result, offerAgainAfter));
    }

    /// <summary>A request that never became a job.</summary>
    public void EndUnopened(FileRequest request, FileResult? result, TimeSpan? offerAgainAfter) =>
        ended(new FileEnd(request, result, offerAgainAfter));
}
