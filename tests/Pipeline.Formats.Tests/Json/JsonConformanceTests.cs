using System.Text;
using Pipeline.Formats.Json;
using Pipeline.TestKit.Formats;

namespace Pipeline.Formats.Tests.Json;

/// <summary>An array of objects over several lines.</summary>
public sealed class JsonArrayConformanceTests : FormatConformance
{
    protected override IFormat Format { get; } = new JsonFormat();

    protected override FormatOptions Options { get; } = FormatOptions.Default;

    protected override byte[] Sample { get; } = Encoding.UTF8.GetBytes(
        "[ {\"id\":1,\"name\":\"Zo\\u00eb \\\"x\\\"\",\"a\":[1, {\"k\":[ ]}],\"o\":{\"p\":1.50}},\n" +
        " {\"id\":2,\"name\":null,\"a\":[],\"o\":{\"p\":-2e3}},\r\n\n {\"name\":\"ä€😀\",\"id\":3,\"o\":{}},{\"id\":4,\"a\":null},\n" +
        "{\"id\":5,\"name\":\"\",\"a\":[\"\\ud83d\\ude00\"],\"o\":null}\n]\n");
}

/// <summary>Lines, with one that is damaged, blank ones and a mark in front.</summary>
public sealed class JsonLinesConformanceTests : FormatConformance
{
    protected override IFormat Format { get; } = new JsonFormat();

    protected override FormatOptions Options { get; } = FormatOptions.Default;

    protected override byte[] Sample { get; } = Encoding.UTF8.GetBytes(
        "\uFEFF{\"id\":1,\"v\":\"a\"}\n{\"id\":2,\"v\":[1,2]}\r\n\n{\"id\":3,\"v\":\n{\"id\":4,\"v\":\"z\"}\n  {\"id\":5,\"v\":true} \n{\"id\":6}{\"id\":7}\n");
}

/// <summary>The array of records inside of an answer, with members beside it.</summary>
public sealed class JsonAnswerConformanceTests : FormatConformance
{
    protected override IFormat Format { get; } = new JsonFormat();

    protected override FormatOptions Options { get; } = FormatOptions.Default;

    protected override byte[] Sample { get; } =
        "{\"meta\":{\"n\":5},\"data\":[{\"id\":1},{\"id\":2,\"x\":\"é\"},{\"id\":3},\n{\"id\":4,\"x\":null},{\"id\":5}],\"end\":[1,{\"a\":2}]}\n"u8.ToArray();
}

/// <summary>Objects one behind the other, over several lines and without a line between them.</summary>
public sealed class JsonSequenceConformanceTests : FormatConformance
{
    protected override IFormat Format { get; } = new JsonFormat();

    protected override FormatOptions Options { get; } = FormatOptions.Default;

    protected override byte[] Sample { get; } =
        "{\n \"id\": 1,\n \"v\": \"a\"\n}{\"id\":2,\n\"v\":[true ,false]}\n\n{\"id\":3}  {\"id\":4,\"v\":\"\\n\"}{\n\"id\":5}"u8.ToArray();
}

/// <summary>Arrays in place of objects, below one with their names.</summary>
public sealed class JsonRowsConformanceTests : FormatConformance
{
    protected override IFormat Format { get; } = new JsonFormat();

    protected override FormatOptions Options { get; } = FormatOptions.Default with { HasHeader = true };

    protected override byte[] Sample { get; } =
        "[[\"id\",\"v\"],[1,\"a\"],[2,null],\n[3,{\"x\":1}],[4,\"é\"],[5],[6,\"f\"]]"u8.ToArray();
}

/// <summary>Records under their keys.</summary>
public sealed class JsonKeyedConformanceTests : FormatConformance
{
    protected override IFormat Format { get; } = new JsonFormat();

    protected override FormatOptions Options { get; } = FormatOptions.Default;

    protected override byte[] Sample { get; } =
        "{\"0\":{\"id\":1,\"v\":\"a\"},\n\"1\" : {\"id\":2,\"v\":[1]}, \"2\":{\"id\":3,\"v\":\"\\n\"},\"3\":{\"id\":4,\"v\":null},\"4\":{\"v\":\"é\"}}\n"u8.ToArray();
}
