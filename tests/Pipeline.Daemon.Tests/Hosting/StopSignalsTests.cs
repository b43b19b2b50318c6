using Pipeline.Daemon.Hosting;
using Pipeline.TestKit.Time;

namespace Pipeline.Daemon.Tests.Hosting;

public sealed class StopSignalsTests
{
    [Fact]
    public void Wishes_FirstIsSoftSecondIsHardThirdIsTheSystems()
    {
        var said = new List<int>();
        var time = new FakeTimeProvider();
        using var sut = new StopSignals(said.Add, time);

        sut.Wish().ShouldBeTrue();
        sut.Wish().ShouldBeTrue("an echo of the first");
        (sut.Soft.IsCancellationRequested, sut.Hard.IsCancellationRequested).ShouldBe((true, false));
        time.Advance(2 * StopSignals.EchoInterval);

        sut.Wish().ShouldBeTrue();
        sut.Hard.IsCancellationRequested.ShouldBeTrue();

        time.Advance(2 * StopSignals.EchoInterval);
        sut.Wish().ShouldBeFalse();
        said.ShouldBe([1, 2]);
    }
}
