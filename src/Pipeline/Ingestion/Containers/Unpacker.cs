using System.Globalization;
using Pipeline.Formats;
using Pipeline.Formats.Compression.Archives;
using Pipeline.Formats.Records;
using Pipeline.Ledger;
using Pipeline.Telemetry;

namespace Pipeline.Ingestion.Containers;

/// <summary>
/// Takes a container's files through the pipeline and ends the container when all of them have ended. A member is an ordinary file with an
/// entry and a receipt of its own; the container has no rows. Killed at any point, the container is met again as it was, and so are its
/// members:
/// 1. one that was not finished is taken back or finished as any file is;
/// 2. one that has ended since the container was first seen counts as it ended, once its content was found to be the same.
/// </summary>
sealed class Unpacker(ILedger ledger, ContainerOptions options, PipelineMetrics metrics, TimeProvider time)
{
    static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);

    /// <summary>The content of a request: a file, or a member that its container opens.</summary>
    /// <exception cref="BadFileException">It cannot be read.</exception>
    public Task<FileContent> OpenAsync(FileRequest request, CancellationToken cancellationToken) => GuardAsync(
        request.Path,
        () => request.Member is { } member
            ? member.OpenAsync(raw => options.OpenAsync(raw, cancellationToken), cancellationToken)
            : FileContent.OpenAsync(request.Path, options.Format, options.Compression, cancellationToken));

    /// <inheritdoc cref="ContainerDetector.TryOpenAsync"/>
    public Task<Container?> TryOpenAsync(FileJob job, FileContent content, CancellationToken cancellationToken) => GuardAsync(
        content.Path,
        () => ContainerDetector.TryOpenAsync(
            content, job.Dataset, job.Request.Member?.Sheet ?? job.Options.Sheet, job.Request.Member is not null, options, cancellationToken));

    // The file may go away, or its disk fail, at any look.
    static async Task<T> GuardAsync<T>(string path, Func<Task<T>> look)
    {
        try
        {
            return await look();
        }
        catch (Exception e) when (FileContent.AsBadFile(e, path) is not null)
        {
            throw FileContent.AsBadFile(e, path)!;
        }
    }

    /// <summary>
    /// Hands every member to <paramref name="take"/>, one after the other. The task that is returned completes when all have ended, with the end of
    /// the container; it owns <paramref name="content"/>.
    /// </summary>
    public async Task<Task<SettledFile>> TakeMembersAsync(
        FileJob job, FileContent content, Container container, Func<FileRequest, Task> take, CancellationToken softStop, CancellationToken hardStop)
    {
        job.Format = container.Format;
        var results = new List<Task<FileResult>>();
        BadFileException? broken = null;
        var stopped = false;
        try
        {
            await foreach (var found in container.ReadAsync(hardStop))
            {
                if (found.Refused is { } refused)
                {
                    results.Add(Task.FromResult(Refuse(job, content, refused)));
                    continue;
                }

                stopped = softStop.IsCancellationRequested;
                if (stopped)
                {
                    found.Member!.Release();
                    break;
                }

                results.Add(await TakeAsync(job, found.Member!, take, hardStop));
            }
        }
        catch (Exception e) when (FileContent.AsBadFile(e, content.Path) is not null)
        {
            broken = FileContent.AsBadFile(e, content.Path);
        }
        catch
        {
            content.Dispose();
            throw;
        }

        return EndAsync(job, content, results, broken, stopped, hardStop);
    }

    async Task<Task<FileResult>> TakeAsync(FileJob container, ContainerMember member, Func<FileRequest, Task> take, CancellationToken hardStop)
    {
        var completion = new TaskCompletionSource<FileResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        var request = container.Request.ForMember(member, completion);
        try
        {
            if (container.Entry.Attempts > 0 && await EndedBeforeAsync(container, request, hardStop) is { } before)
            {
                completion.SetResult(before);
            }
            else
            {
                await take(request);
            }
        }
        finally
        {
            member.Release();
        }

        return ReportAsync();

        async Task<FileResult> ReportAsync()
        {
            var result = await completion.Task.WaitAsync(hardStop);
            if (!result.IsUnpacked)
            {
                container.Request.MemberEnded?.Invoke(result);
            }

            return result;
        }
    }

    // How the member ended in an earlier attempt of this very container; null when it did not, or has other bytes now.
    async Task<FileResult?> EndedBeforeAsync(FileJob container, FileRequest member, CancellationToken hardStop)
    {
        var earlier = (await ledger.FindByPathAsync(member.Path)).FirstOrDefault(
            e => e.Path == member.Path && e.SeenAt >= container.Entry.SeenAt && e.ContentHash is not null
                && e.State is FileState.Loaded or FileState.Archived or FileState.Duplicate or FileState.Empty);
        if (earlier is null || (member.Dataset is { } asked && asked != earlier.Dataset))
        {
            return null;
        }

        try
        {
            using var content = await OpenAsync(member, hardStop);
            return await content.HashAsync(hardStop) == earlier.ContentHash ? ResultOf(earlier) : null;
        }
        catch (BadFileException)
        {
            // Taking it as a file says what is wrong.
            return null;
        }
    }

    static FileResult ResultOf(LedgerEntry entry) => new()
    {
        File = entry.Path,
        Outcome = entry.State switch { FileState.Duplicate => "duplicate", FileState.Empty => "empty", _ => "loaded" },
        Dataset = entry.Dataset,
        Table = entry.Receipt is { } r ? $"{r.Database}.{r.Table}" : null,
        FileId = entry.FileId?.Hex,
        RowsRead = entry.Receipt?.RowsRead ?? 0,
        RowsLoaded = entry.Receipt?.RowsLoaded ?? 0,
        RowsRejected = entry.Receipt?.RowsRejected ?? 0,
        RowsSkipped = entry.Receipt?.RowsSkipped ?? 0,
        Bytes = entry.Bytes,
        Seconds = entry.Receipt?.Seconds ?? 0,
        Note = "loaded before the restart",
    };

    // A name that is not safe has no path that could be kept: it is counted and said, and stands in the reason of the container.
    FileResult Refuse(FileJob job, FileContent content, RefusedMember refused)
    {
        var result = new FileResult
        {
            File = ContainerPath.Of(content.Path, refused.Name),
            Outcome = "quarantined",
            Dataset = job.Dataset,
            Error = new FileResultError(refused.Code.Name(), refused.Message, null, null),
        };
        metrics.Rejected(job.Dataset, refused.Code.Name(), 1);
        metrics.FileSettled(job.Dataset, "unknown", result.Outcome, 0, 0, 0, 0, 0, (time.GetUtcNow() - job.Request.DetectedAt).TotalSeconds);
        job.Request.MemberEnded?.Invoke(result);
        return result;
    }

    static async Task<SettledFile> EndAsync(
        FileJob job, FileContent content, IReadOnlyList<Task<FileResult>> members, BadFileException? broken, bool stopped, CancellationToken hardStop)
    {
        using (content)
        {
            await ((Task)Task.WhenAll(members)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            hardStop.ThrowIfCancellationRequested();
            if (content.HasChanged)
            {
                return FileReading.Changed(job, null);
            }

            if (stopped || members.Any(m => !m.IsCompletedSuccessfully))
            {
                return stopped
                    ? new SettledFile.Again(job, "the program stops", TimeSpan.Zero, null)
                    : new SettledFile.Again(job, "not all files in it were finished", s_pause, null);
            }

            if (broken is { Code: RejectCode.FileUnreadable } && job.Entry.Attempts + 1 < FileWorker.MaxAttempts)
            {
                return new SettledFile.Again(job, broken.Message, s_pause, null);
            }

            IReadOnlyList<FileResult> results = [.. members.Select(m => m.Result)];
            return new SettledFile.Unpacked(job, results, ProblemOf(content.Path, results, broken), broken is not null);
        }
    }

    static FileProblem? ProblemOf(string container, IReadOnlyList<FileResult> members, BadFileException? broken)
    {
        const int MaxNamed = 20;
        const int MaxMessage = 300;
        var refused = members.Where(m => m.Outcome == "quarantined").ToList();
        var kept = members.Count == refused.Count ? "" : string.Create(
            CultureInfo.InvariantCulture, $" Of the files in it, {members.Count - refused.Count} ended well and stay as they are.");
        if (broken is not null)
        {
            var problem = FileProblems.BadFile(broken, "unpack");
            return problem with { Message = problem.Message + kept };
        }

        if (refused.Count == 0)
        {
            return null;
        }

        var named = refused.Take(MaxNamed).Select(m =>
        {
            var message = m.Error!.Message;
            return $"{m.File[(container.Length + ContainerPath.Separator.Length)..]}: {m.Error.Code}: "
                + (message.Length > MaxMessage ? string.Concat(message.AsSpan(0, MaxMessage), "…") : message);
        });
        var codes = refused.Select(m => m.Error!.Code).Distinct(StringComparer.Ordinal).ToList();
        var more = refused.Count > MaxNamed ? string.Create(CultureInfo.InvariantCulture, $" And {refused.Count - MaxNamed} more.") : "";
        return new FileProblem(
            codes.Count == 1 ? codes[0] : RejectCode.MembersRefused.Name(),
            "unpack",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{refused.Count} of {members.Count} files in it were refused. {string.Join(" ", named)}{more}{kept}"),
            "Correct what is said about the refused files and retry this one: the files that are loaded are recognised and not loaded again.");
    }
}
