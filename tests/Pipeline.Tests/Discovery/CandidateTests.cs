using Pipeline.Discovery;
using Pipeline.TestKit.Time;

namespace Pipeline.Tests.Discovery;

/// <summary>The rule for "complete", on a clock that stands.</summary>
public sealed class CandidateTests
{
    static readonly DiscoveryOptions s_options = new() { DataFolder = "unused" };
    static readonly TimeSpan s_moment = TimeSpan.FromMilliseconds(1);

    readonly FakeTimeProvider _time = new();
    readonly CandidateCounts _counts = new();

    [Theory]
    [InlineData(Arrival.Renamed, false)]
    [InlineData(Arrival.Appeared, true)]
    public void Judge_MovedInWithoutWriter_IsStableAtOnce(object arrival, bool changedAfterWrite)
    {
        var candidate = Begin(Look(10, changedAfterWrite), (Arrival)arrival);

        Judge(candidate, 10, WriterState.None).ShouldBeLessThanOrEqualTo(TimeSpan.Zero);
    }

    [Theory]
    [InlineData(Arrival.Appeared, false)]
    [InlineData(Arrival.Found, true)]
    public void Judge_WithoutWriter_IsStableAfterTheSettlePeriod(object arrival, bool changedAfterWrite)
    {
        var candidate = Begin(Look(10, changedAfterWrite), (Arrival)arrival);

        Judge(candidate, 10, WriterState.None).ShouldBe(s_options.SettlePeriod);
        _time.Advance(s_options.SettlePeriod + s_moment);
        Judge(candidate, 10, WriterState.None).ShouldBeLessThanOrEqualTo(TimeSpan.Zero);
    }

    [Fact]
    public void Judge_WriterAfterRename_SettlesAgainAfterTheWriterIsGone()
    {
        var candidate = Begin(Look(10, true), Arrival.Renamed);

        Judge(candidate, 10, WriterState.Writing).ShouldBe(TimeSpan.FromMilliseconds(20));
        _time.Advance(TimeSpan.FromHours(1));
        Judge(candidate, 10, WriterState.Writing).ShouldBe(TimeSpan.FromMilliseconds(200));
        Judge(candidate, 10, WriterState.None).ShouldBe(s_options.SettlePeriod);
    }

    [Fact]
    public void Judge_LeaseCannotTell_WaitsTheQuietPeriodFromTheLastChange()
    {
        var candidate = Begin(Look(10, true), Arrival.Appeared);
        Judge(candidate, 10, WriterState.Unknown).ShouldBe(s_options.QuietPeriod);
        _time.Advance(s_options.QuietPeriod - s_moment);
        Judge(candidate, 11, WriterState.Unknown).ShouldBe(s_options.QuietPeriod);
        _time.Advance(s_options.QuietPeriod - s_moment);
        Judge(candidate, 11, WriterState.Unknown).ShouldBeGreaterThan(TimeSpan.Zero);
        _time.Advance(s_moment + s_moment);
        Judge(candidate, 11, WriterState.Unknown).ShouldBeLessThanOrEqualTo(TimeSpan.Zero);
    }

    [Fact]
    public void Judge_LeaseCannotTellButRenamedHere_WaitsTheSettlePeriod() =>
        Judge(Begin(Look(10, true), Arrival.Renamed), 10, WriterState.Unknown).ShouldBe(s_options.SettlePeriod);

    [Fact]
    public void Judge_ShrankOnce_WaitsTheQuietPeriodHoweverItGrowsAfterwards()
    {
        var candidate = Begin(Look(100, true), Arrival.Renamed);
        Judge(candidate, 10, WriterState.None).ShouldBe(s_options.QuietPeriod);
        Judge(candidate, 200, WriterState.None).ShouldBe(s_options.QuietPeriod);
        _time.Advance(s_options.QuietPeriod + s_moment);
        Judge(candidate, 200, WriterState.None).ShouldBeLessThanOrEqualTo(TimeSpan.Zero);
    }

    [Theory]
    [InlineData(WriterState.None)]
    [InlineData(WriterState.Unknown)]
    public void Judge_NoBytes_WaitsTheEmptyQuietPeriodEvenWhenRenamedIn(object writer)
    {
        var candidate = Begin(Look(0, true), Arrival.Renamed);
        Judge(candidate, 0, (WriterState)writer).ShouldBe(s_options.EmptyQuietPeriod);
        _time.Advance(s_options.EmptyQuietPeriod + s_moment);
        Judge(candidate, 0, (WriterState)writer).ShouldBeLessThanOrEqualTo(TimeSpan.Zero);
    }

    [Fact]
    public void Judge_OnlyTheTimeChanged_StartsTheWaitAgain()
    {
        var candidate = Begin(Look(10, false), Arrival.Found);
        _time.Advance(s_options.SettlePeriod + s_moment);
        var touched = new FileLook(PathKind.File, Stamp(10) with { ModifiedAt = DateTimeOffset.UnixEpoch.AddYears(1) }, false);

        candidate.Judge(touched, WriterState.None, s_options, _time).ShouldBe(s_options.SettlePeriod);
        candidate.DetectedAt.ShouldBe(_time.GetUtcNow());
    }

    [Fact]
    public void Judge_ManyFilesBeingWritten_SpreadsTheLooks()
    {
        var many = Enumerable.Range(0, 1000).Select(_ => Begin(Look(10, false), Arrival.Found)).ToList();
        many.ForEach(c => Judge(c, 10, WriterState.Writing));

        Judge(many[0], 11, WriterState.Writing).ShouldBe(TimeSpan.FromMilliseconds(500));
        many.ForEach(c => c.State = CandidateState.None);
        _counts.BeingWritten.ShouldBe(0);
        _counts.Waiting.ShouldBe(0);
    }

    static FileStamp Stamp(long bytes) => new(bytes, DateTimeOffset.UnixEpoch, 7, 1);

    static FileLook Look(long bytes, bool changedAfterWrite) => new(PathKind.File, Stamp(bytes), changedAfterWrite);

    Candidate Begin(FileLook look, Arrival arrival)
    {
        var candidate = new Candidate("/x/a.csv", "a.csv", _counts);
        candidate.Begin(look, arrival, _time);
        return candidate;
    }

    TimeSpan Judge(Candidate candidate, long bytes, WriterState writer) => candidate.Judge(Look(bytes, false), writer, s_options, _time);
}
