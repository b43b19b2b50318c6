using System.Text;
using Pipeline.Formats.Delimited;
using Pipeline.TestKit.Formats;

namespace Pipeline.Formats.Tests.Delimited;

public sealed class DelimitedConformanceTests : FormatConformance
{
    protected override IFormat Format { get; } = new DelimitedFormat();

    protected override byte[] Sample { get; } = Encoding.UTF8.GetBytes(
        "\uFEFFid,text,when\r\n1,plain,2024-01-01\r\n2,\"quoted, \"\"twice\"\"\",2024-01-02\r\n\r\n3,\"two\r\nlines\",\r\n4,äöü€😀,2024-01-04\n\n5,short\r"
        + "6,\"\",2024-01-06\r\n7,too,many,fields\r\n8,\"a \"\" b\r\n\r\n \"\" c\",2024-01-08\r\n9,x,");

    protected override FormatOptions Options { get; } = new() { Delimiter = ',', HasHeader = true, BlockBytes = 256 };
}

/// <summary>The same rows with the simplest shape: one column, LF, no header, no line break at the end.</summary>
public sealed class OneColumnConformanceTests : FormatConformance
{
    protected override IFormat Format { get; } = new DelimitedFormat();

    protected override byte[] Sample { get; } =
        "1\n22\n333\n\n\n4444\n\n\"5\n5\"\n666666666666666666666666666666666666666666666666666666666666666666666666666666666\n7"u8.ToArray();

    protected override FormatOptions Options { get; } = new() { Delimiter = ',', HasHeader = false, BlockBytes = 256 };
}
