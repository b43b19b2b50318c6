using Pipeline.Discovery;

namespace Pipeline.Tests.Discovery;

public sealed class HintInboxTests
{
    [Fact]
    public void Take_Empty_WhatArrivesLaterIsNotInWhatWasTaken()
    {
        var inbox = new HintInbox();

        var (hints, answers, _) = inbox.Take();
        inbox.Hint("/data/a.csv", default);
        inbox.Answer("/data/b.csv", null);

        // The loop walks through what it took without a lock.
        hints.ShouldBeEmpty();
        answers.ShouldBeEmpty();
        var (later, laterAnswers, _) = inbox.Take();
        later.Keys.ShouldBe(["/data/a.csv"]);
        laterAnswers.ShouldBe([("/data/b.csv", (TimeSpan?)null)]);
    }
}
