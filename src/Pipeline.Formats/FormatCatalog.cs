using Pipeline.Formats.Columnar;
using Pipeline.Formats.Delimited;
using Pipeline.Formats.Excel;
using Pipeline.Formats.Json;

namespace Pipeline.Formats;

/// <summary>The formats this program reads. A new one is a class and a line here.</summary>
public static class FormatCatalog
{
    /// <summary>Text-like formats, read by this program itself.</summary>
    public static IReadOnlyList<IFormat> All { get; } = [new DelimitedFormat(), new JsonFormat(), new ExcelFormat()];

    /// <summary>Columnar formats, read by the engine.</summary>
    public static IReadOnlyList<ColumnarFormat> Columnar => ColumnarFormat.All;
}
