using Pipeline.Ingestion;
using Pipeline.TestKit.Files;

namespace Pipeline.Tests.Ingestion;

public sealed class FileToLoadTests
{
    [Fact]
    public void In_LinksThatLeadNowhereOrToThemselves_AreNamedAndTheOthersFound()
    {
        using var home = new TempHome();
        var good = home.Write("in/good.csv", "id\n1\n");
        var folder = Path.GetDirectoryName(good)!;
        File.CreateSymbolicLink(Path.Join(folder, "loop.csv"), "loop.csv");
        File.CreateSymbolicLink(Path.Join(folder, "lost.csv"), "nowhere.csv");
        File.CreateSymbolicLink(Path.Join(folder, "sound.csv"), "good.csv");

        var found = FileToLoad.In(folder).ToList();

        found.Select(f => f.RelativePath).ShouldBe(["good.csv", "loop.csv", "lost.csv", "sound.csv"]);
        found.Select(f => Path.GetFileName(f.Path)).ShouldBe(["good.csv", "loop.csv", "lost.csv", "good.csv"]);
    }
}
