using Pipeline.ClickHouse;

namespace Pipeline.Tests.ClickHouse;

public sealed class RetryScheduleTests
{
    static readonly RetrySchedule s_plain = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), Jitter: 0, Seed: 1);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(5, 16)]
    [InlineData(6, 30)]
    [InlineData(1_000_000, 30)]
    [InlineData(0, 1)]
    public void DelayAfter_WithoutJitter_DoublesUpToTheMost(int attempt, double seconds) =>
        s_plain.DelayAfter(attempt).ShouldBe(TimeSpan.FromSeconds(seconds));

    [Fact]
    public void DelayAfter_WithJitter_StaysInRangeAndVaries()
    {
        var delays = Enumerable.Range(0, 200).Select(i =>
            (s_plain with { Jitter = 0.5, Seed = (ulong)i }).DelayAfter(3).TotalSeconds).ToArray();

        delays.ShouldAllBe(d => d >= 2 && d <= 4);
        delays.Distinct().Count().ShouldBeGreaterThan(150);
        (delays.Max() - delays.Min()).ShouldBeGreaterThan(1.5);
    }

    [Fact]
    public void DelayAfter_SameSeedAndAttempt_IsTheSame() =>
        RetrySchedule.Default(7).DelayAfter(4).ShouldBe(RetrySchedule.Default(7).DelayAfter(4));

    [Fact]
    public void DelayAfter_ServerAsks_IsAtLeastThatAndAtMostTheMost()
    {
        s_plain.DelayAfter(1, TimeSpan.FromSeconds(7)).ShouldBe(TimeSpan.FromSeconds(7));
        s_plain.DelayAfter(5, TimeSpan.FromSeconds(7)).ShouldBe(TimeSpan.FromSeconds(16));
        s_plain.DelayAfter(1, TimeSpan.FromHours(1)).ShouldBe(TimeSpan.FromSeconds(30));
    }
}
