using System.Runtime.CompilerServices;
using Pipeline.Configuration;
using Pipeline.Formats;
using Pipeline.Formats.Records;

namespace Pipeline.Ingestion.Containers;

/// <summary>A table that a walk comes by: a file, a member of an archive, a sheet.</summary>
/// <param name="Path">The file, or its container, <c>!/</c> and its name in there.</param>
/// <param name="Dataset">Where a load would put it.</param>
/// <param name="Options">Its contract.</param>
/// <param name="Sheet">The sheet that it is; null for files.</param>
/// <param name="Content">Its bytes, valid until the walk goes on; null where there is nothing to read.</param>
/// <param name="Ended">What is to be said instead where there is nothing to read.</param>
sealed record WalkedTable(string Path, string Dataset, DatasetOptions Options, string? Sheet, FileContent? Content, Inspection? Ended);

/// <summary>Goes through a file and the files in it, each as a load would meet it, without loading.</summary>
sealed class ContainerWalk(DatasetResolver datasets, ContainerOptions options)
{
    /// <summary>The tables of a file, and what is damaged about the file itself. Never throws for what the file is or says.</summary>
    public async IAsyncEnumerable<WalkedTable> WalkAsync(FileRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (dataset, contract) = datasets.Resolve(request.DatasetPath ?? request.RelativePath, request.Dataset);
        FileContent? content = null;
        Container? container = null;
        Inspection? refused = null;
        try
        {
            content = request.Member is { } member
                ? await member.OpenAsync(raw => options.OpenAsync(raw, cancellationToken), cancellationToken)
                : await FileContent.OpenAsync(request.Path, options.Format, options.Compression, cancellationToken);
            container = await ContainerDetector.TryOpenAsync(
                content, dataset, request.Member?.Sheet ?? contract.Sheet, request.Member is not null, options, cancellationToken);
        }
        catch (Exception e) when (IsBadFile(e, request.Path))
        {
            refused = Inspector.Refused(new Inspection { File = request.Path }, e);
        }

        using var owned = content;
        if (refused is not null)
        {
            yield return Ended(request.Path, refused);
            yield break;
        }

        if (container is null)
        {
            yield return new WalkedTable(request.Path, dataset, contract, request.Member?.Sheet, content, null);
            yield break;
        }

        await foreach (var table in MembersAsync(request, container, Ended, cancellationToken))
        {
            yield return table;
        }

        WalkedTable Ended(string path, Inspection what) => new(path, dataset, contract, null, null, what);
    }

    async IAsyncEnumerable<WalkedTable> MembersAsync(
        FileRequest request, Container container, Func<string, Inspection, WalkedTable> ended, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var any = false;
        await using var members = container.ReadAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            Inspection? broken = null;
            var hasMore = false;
            try
            {
                hasMore = await members.MoveNextAsync();
            }
            catch (Exception e) when (IsBadFile(e, request.Path))
            {
                broken = Inspector.Refused(new Inspection { File = request.Path, Format = container.Format }, e);
            }

            if (broken is not null)
            {
                yield return ended(request.Path, broken);
                yield break;
            }

            if (!hasMore)
            {
                break;
            }

            any = true;
            if (members.Current.Refused is { } refused)
            {
                var path = ContainerPath.Of(request.Path, refused.Name);
                yield return ended(path, new Inspection { File = path, Error = new FileResultError(refused.Code.Name(), refused.Message, null, null) });
                continue;
            }

            var member = members.Current.Member!;
            await foreach (var table in WalkAsync(request.ForMember(member, new TaskCompletionSource<FileResult>()), cancellationToken))
            {
                yield return table;
            }

            member.Release();
        }

        if (!any)
        {
            yield return ended(
                request.Path, new Inspection { File = request.Path, Format = container.Format, Confidence = 1, Evidence = "There is no file in it." });
        }
    }

    static bool IsBadFile(Exception e, string path) => FileContent.AsBadFile(e, path) is not null;
}
