using System.Text;
using Pipeline.Formats;
using Pipeline.Formats.Records;
using Pipeline.Ingestion;

namespace Pipeline.Tests.Ingestion;

/// <summary>Delimited text is not tried where another format is sure. Where it is tried all the same, it does not win.</summary>
public sealed class FormatDetectorTests
{
    [Theory]
    [InlineData("orders.csv", "{\"a\":1,\"b\":2}\n{\"a\":3,\"b\":4}\n", "json")]
    [InlineData("orders.csv", "[{\"a\":1,\"b\":2},{\"a\":3,\"b\":4}]", "json")]
    [InlineData("orders.tsv", "{\"a\":1}\tx\n{\"a\":2}\ty\n", null)]
    [InlineData("orders.json", "[1,2\n3,4\n", null)]
    [InlineData("orders.json", "12.5", null)]
    [InlineData("orders.csv", "a,b\n1,2\n3,4\n", "csv")]
    [InlineData("orders.json", "a,b\n1,2\n3,4\n", null)]
    [InlineData("orders.csv", "<table><tr><td>1</td></tr></table>", null)]
    public void Detect_WithAndWithoutTheRunnerUp_IsTheSameFormat(string name, string text, string? format)
    {
        var probe = new FormatProbe(name, Encoding.UTF8.GetBytes(text), true);

        var sure = FormatOf(probe, withRunnerUp: false);

        FormatOf(probe, withRunnerUp: true).ShouldBe(sure);
        sure.ShouldBe(format ?? sure);
    }

    static string FormatOf(FormatProbe probe, bool withRunnerUp)
    {
        try
        {
            var detected = FormatDetector.Detect(probe, withRunnerUp);
            return detected.Format.Name;
        }
        catch (BadFileException e)
        {
            return e.Code.ToString();
        }
    }
}
