using System.Runtime.CompilerServices;
using Pipeline.Columnar;
using Pipeline.Configuration;
using Pipeline.Discovery;
using Pipeline.Formats;
using Pipeline.Formats.Records;

namespace Pipeline.Ingestion.Containers;

/// <summary>Looks at files and at the files in them, each as a load would meet it.</summary>
sealed class ContainerInspector
{
    readonly DatasetResolver _datasets;
    readonly FormatOptions _format;
    readonly ContainerOptions _options;

    readonly ColumnarReader _columnar;

    ContainerInspector(PipelineOptions options, ColumnarReader columnar, string temporaryFolder)
    {
        _columnar = columnar;
        (_format, var compression) = ReadingLimits.From(options);
        _datasets = new DatasetResolver(options.Datasets);
        _options = new ContainerOptions(_format.Limits, compression, options.Limits.MaxArchiveMembers, temporaryFolder);
    }

    /// <inheritdoc cref="Inspector.InspectAsync(string, PipelineOptions, ColumnarReader, CancellationToken)"/>
    public static async IAsyncEnumerable<Inspection> InspectAsync(
        string path, PipelineOptions options, ColumnarReader columnar, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Looking at a file needs no home and leaves nothing behind.
        var temporary = Directory.CreateTempSubdirectory("pipeline-inspect-").FullName;
        try
        {
            var inspector = new ContainerInspector(options, columnar, temporary);
            var request = new FileRequest { Path = path, RelativePath = Path.GetFileName(path), DetectedAt = DateTimeOffset.UnixEpoch };
            await foreach (var inspection in inspector.InspectAsync(request, cancellationToken))
            {
                yield return inspection;
            }
        }
        finally
        {
            Directory.Delete(temporary, recursive: true);
        }
    }

    async IAsyncEnumerable<Inspection> InspectAsync(FileRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (dataset, options) = _datasets.Resolve(request.DatasetPath ?? request.RelativePath, request.Dataset);
        FileContent? content = null;
        Container? container = null;
        Inspection? refused = null;
        try
        {
            content = request.Member is { } member
                ? await member.OpenAsync(raw => _options.OpenAsync(raw, cancellationToken), cancellationToken)
                : await FileContent.OpenAsync(request.Path, _options.Format, _options.Compression, cancellationToken);
            container = await ContainerDetector.TryOpenAsync(
                content, dataset, request.Member?.Sheet ?? options.Sheet, request.Member is not null, _options, cancellationToken);
        }
        catch (Exception e) when (IsBadFile(e, request.Path))
        {
            refused = Inspector.Refused(new Inspection { File = request.Path }, e);
        }

        using var owned = content;
        if (refused is not null)
        {
            yield return refused;
            yield break;
        }

        if (container is null)
        {
            yield return await Inspector.InspectAsync(request.Path, content!, options, request.Member?.Sheet, _format, _columnar, cancellationToken);
            yield break;
        }

        await foreach (var inspection in MembersAsync(request, container, cancellationToken))
        {
            yield return inspection;
        }
    }

    async IAsyncEnumerable<Inspection> MembersAsync(
        FileRequest request, Container container, [EnumeratorCancellation] CancellationToken cancellationToken)
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
                yield return broken;
                yield break;
            }

            if (!hasMore)
            {
                break;
            }

            any = true;
            if (members.Current.Refused is { } refused)
            {
                yield return new Inspection
                {
                    File = ContainerPath.Of(request.Path, refused.Name),
                    Error = new FileResultError(refused.Code.Name(), refused.Message, null, null),
                };
                continue;
            }

            var member = members.Current.Member!;
            await foreach (var inspection in InspectAsync(request.ForMember(member, new TaskCompletionSource<FileResult>()), cancellationToken))
            {
                yield return inspection;
            }

            member.Release();
        }

        if (!any)
        {
            yield return new Inspection { File = request.Path, Format = container.Format, Confidence = 1, Evidence = "There is no file in it." };
        }
    }

    static bool IsBadFile(Exception e, string path) => (e as BadFileException ?? FileContent.AsBadFile(e, path)) is not null;
}
