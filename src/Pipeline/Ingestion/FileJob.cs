using Pipeline.Configuration;
using Pipeline.Formats.Records;
using Pipeline.Ingestion.Containers;
using Pipeline.Ledger;

namespace Pipeline.Ingestion;

/// <summary>A file to be loaded: found in the data folder, or given by path.</summary>
public sealed record FileRequest
{
    /// <summary>Absolute path.</summary>
    public required string Path { get; init; }

    /// <summary>Path below the data folder; the file name for files given by path.</summary>
    public required string RelativePath { get; init; }

    /// <summary>When the file was first noticed: the start of detect-to-loaded latency.</summary>
    public required DateTimeOffset DetectedAt { get; init; }

    public AfterLoad AfterLoad { get; init; }

    /// <summary>Dataset by name; null: by folder or file name.</summary>
    public string? Dataset { get; init; }

    /// <summary>Loads content again that was loaded before, under a new generation.</summary>
    public bool Force { get; init; }

    /// <summary>Told how far the file is: bytes of content read, rows read. May be called from any task.</summary>
    public Action<long, long>? Progress { get; init; }

    /// <summary>Told how each file ended that was in this one. May be called from any task.</summary>
    public Action<FileResult>? MemberEnded { get; init; }

    /// <summary>What the file is in another one; null for a file of the file system.</summary>
    internal ContainerMember? Member { get; init; }

    /// <summary>Path below the data folder that decides about the dataset, where it is not <see cref="RelativePath"/>.</summary>
    internal string? DatasetPath { get; init; }

    /// <summary>Completed when the file is settled; null when nobody waits.</summary>
    public TaskCompletionSource<FileResult>? Completion { get; init; }

    /// <summary>The request for a file in this one. It belongs where it would belong if it lay unpacked beside its container.</summary>
    internal FileRequest ForMember(ContainerMember member, TaskCompletionSource<FileResult> completion)
    {
        var beside = DatasetPath ?? RelativePath;
        return new FileRequest
        {
            Path = member.Path,
            RelativePath = ContainerPath.Of(RelativePath, member.Name),
            DatasetPath = beside[..(beside.LastIndexOf('/') + 1)] + member.Name,
            DetectedAt = DetectedAt,
            AfterLoad = AfterLoad.Keep,
            Dataset = member.Dataset ?? Dataset,
            Force = Force,
            Member = member,
            MemberEnded = MemberEnded,
            Completion = completion,
        };
    }
}

/// <summary>A file that a worker has claimed, until it is settled.</summary>
sealed class FileJob(FileRequest request, LedgerEntry entry, string dataset, DatasetOptions options, long startedAt)
{
    readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FileRequest Request { get; } = request;

    /// <summary>The entry as it was when it was claimed.</summary>
    public LedgerEntry Entry { get; } = entry;

    public string Dataset { get; } = dataset;

    public DatasetOptions Options { get; } = options;

    /// <summary>Timestamp of the claim, see <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long StartedAt { get; } = startedAt;

    /// <summary>Held while no other file of the table may be read; null where nobody waits. Owned by the worker; disposed early when the table is seen.</summary>
    public IDisposable? Turn { get; init; }

    public ContentHash? ContentHash { get; set; }

    /// <summary>Name of the format once detected; <c>unknown</c> before.</summary>
    public string Format { get; set; } = "unknown";

    public string? Compression { get; set; }

    /// <summary>What an earlier attempt found out about the columns of a format without a header.</summary>
    public LearnedColumns? Learned { get; set; }

    /// <summary>Set once the ledger has begun the load: a restart with other types keeps its file id.</summary>
    public LoadDecision.Started? Started { get; set; }

    /// <summary>Staging tables made so far by this job.</summary>
    public int StagingTables { get; set; }

    /// <summary>For a rejects file that was dropped back: id of the file whose rows it repairs.</summary>
    public string? Repairs { get; set; }

    /// <summary>Completes when the file is settled one way or another.</summary>
    public Task Done => _done.Task;

    public void MarkDone() => _done.TrySetResult();
}
