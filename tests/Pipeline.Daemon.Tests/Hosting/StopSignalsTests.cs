using Pipeline.Daemon.Hosting;

namespace Pipeline.Daemon.Tests.Hosting;

public sealed class StopSignalsTests
{
    [Fact]
    public void Wishes_FirstIsSoftSecondIsHardThirdIsTheSystems()
    {
        var said = new List<int>();
        using var sut = new StopSignals(said.Add);

        sut.Wish().ShouldBeTrue();
        (sut.Soft.IsCancellationRequested, sut.Hard.IsCancellationRequested).ShouldBe((true, false));

        sut.Wish().ShouldBeTrue();
        sut.Hard.IsCancellationRequested.ShouldBeTrue();

        sut.Wish().ShouldBeFalse();
        said.ShouldBe([1, 2]);
    }
}
