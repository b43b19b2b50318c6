using System.CommandLine;
using Pipeline.Daemon.Cli;
using Pipeline.TestKit;

namespace Pipeline.Daemon.Tests.Cli;

public sealed class HelpTests
{
    [Theory]
    [InlineData("")]
    [InlineData("run")]
    [InlineData("ingest")]
    [InlineData("inspect")]
    [InlineData("plan")]
    [InlineData("query")]
    [InlineData("status")]
    [InlineData("files")]
    [InlineData("quarantine")]
    [InlineData("quarantine list")]
    [InlineData("quarantine show")]
    [InlineData("quarantine retry")]
    [InlineData("quarantine drop")]
    [InlineData("undo")]
    [InlineData("config")]
    [InlineData("config check")]
    [InlineData("config show")]
    [InlineData("config schema")]
    [InlineData("engine")]
    public async Task Help_OfEachVerb_IsTheApprovedOne(string verb)
    {
        var (io, output, _, _) = new FakeRuntime().Cli();

        var exit = await CommandLine.RunAsync([.. verb.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"], io);

        exit.ShouldBe(ExitCode.Good);
        var name = verb.Length == 0 ? "pipeline" : verb.Replace(' ', '-');
        Golden.Matches(
            Golden.FromRoot($"tests/Pipeline.Daemon.Tests/Cli/help/{name}.txt"),
            output.ToString().ReplaceLineEndings("\n").Replace(RootCommand.ExecutableName, "pipeline"));
    }

    [Fact]
    public void Verbs_AllOfThem_HaveAnApprovedHelp()
    {
        var approved = Directory.GetFiles(Golden.FromRoot("tests/Pipeline.Daemon.Tests/Cli/help")).Length;

        CountOf(CommandLine.Create(new FakeRuntime().Cli().Io)).ShouldBe(approved);

        static int CountOf(Command command) => 1 + command.Subcommands.Sum(CountOf);
    }
}
