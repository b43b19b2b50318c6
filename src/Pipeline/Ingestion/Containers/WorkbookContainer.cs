using System.Runtime.CompilerServices;
using Pipeline.Discovery;
using Pipeline.Formats;
using Pipeline.Formats.Compression.Archives;
using Pipeline.Formats.Excel;

namespace Pipeline.Ingestion.Containers;

/// <summary>
/// The sheets of a workbook as files of their own. The first keeps the dataset and the identity that the workbook would have alone; each
/// other one has a dataset named after both.
/// </summary>
sealed class WorkbookContainer(FileContent content, IReadOnlyList<ExcelSheet> sheets, string dataset) : Container
{
    public override string Format => "excel";

    public override async IAsyncEnumerable<FoundMember> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        var datasets = new HashSet<string>(StringComparer.Ordinal) { dataset };
        var paths = new HashSet<string>(StringComparer.Ordinal);
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < sheets.Count; i++)
        {
            var sheet = sheets[i].Name;
            if (!names.Add(sheet))
            {
                yield return new FoundMember(null, new RefusedMember(
                    ContainerPath.Plain(sheet), RejectCode.CorruptFile,
                    $"The sheet '{sheet}' is not taken: the workbook has another one of this name before it."));
                continue;
            }

            var path = Unique(paths, ContainerPath.Of(content.Path, ContainerPath.Plain(sheet)), " ");
            var identity = i == 0 ? null : sheet;
            yield return new FoundMember(
                new ContainerMember(
                    content.Raw, path, ContainerPath.Plain(sheet), content.Bytes, _ => Task.FromResult(content.PartOf(path, identity)))
                {
                    Dataset = i == 0 ? dataset : Unique(datasets, DatasetOf(dataset, sheet), "_"),
                    Sheet = sheet,
                },
                null);
        }
    }

    /// <summary>The dataset of a further sheet: <c>sales</c>, <c>Q1 2025</c> → <c>sales_q1_2025</c>.</summary>
    public static string DatasetOf(string dataset, string sheet) => DatasetNaming.Identifier(dataset) == dataset
        ? DatasetNaming.Identifier($"{dataset}_{sheet}")
        : $"{dataset}_{DatasetNaming.Identifier(sheet).TrimStart('_')}";

    static string Unique(HashSet<string> taken, string name, string separator)
    {
        var unique = name;
        for (var i = 2; !taken.Add(unique); i++)
        {
            unique = $"{name}{separator}{i}";
        }

        return unique;
    }
}
