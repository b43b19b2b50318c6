using Pipeline.Formats.Delimited;
using Pipeline.Formats.Excel;
using Pipeline.Formats.Json;

namespace Pipeline.Formats;

/// <summary>The text-like formats this program reads. A new one is a class and a line here.</summary>
public static class FormatCatalog
{
    public static IReadOnlyList<IFormat> All { get; } = [new DelimitedFormat(), new JsonFormat(), new ExcelFormat()];
}
