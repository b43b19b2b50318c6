using System.Globalization;
using Pipeline.Ledger;
using Xunit;

namespace Pipeline.TestKit.Ledger;

/// <summary>
/// Random sequences of verbs, on the ledger and on <see cref="LedgerModel"/>. A seed that fails is added here for good.
/// </summary>
public abstract partial class LedgerConformance
{
    const int Actions = 250;

    static readonly string[] s_datasets = ["orders", "invoices"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(8)]
    [InlineData(13)]
    [InlineData(21)]
    [InlineData(34)]
    public async Task Model_RandomVerbs_LedgerAgreesAtEachStep(int seed)
    {
        var random = new Random(seed);
        var model = new LedgerModel();
        var done = new List<string>();
        for (var action = 0; action < Actions; action++)
        {
            var (name, expected, actual) = await StepAsync(random, model);
            done.Add($"{name} -> {expected}");
            Assert.True(
                string.Equals(expected, actual, StringComparison.Ordinal),
                $"Seed {seed}, action {action}: expected {expected}, was {actual}. Before:\n{string.Join('\n', done)}");
        }

        Assert.Equal(model.All(), (await Ledger.ListAsync(limit: int.MaxValue)).Reverse().Select(LedgerModel.Describe));
        Assert.Equal(model.Unfinished(), (await Ledger.UnfinishedAsync()).Select(entry => entry.Key));
        await AssertCountsAsync();
        Assert.Contains(done, one => one.EndsWith("-> done", StringComparison.Ordinal));
    }

    async Task<(string Name, string Expected, string Actual)> StepAsync(Random random, LedgerModel model)
    {
        var path = $"/data/{random.Next(6)}.csv";
        var dataset = s_datasets[random.Next(2)];
        var afterLoad = (AfterLoad)random.Next(2);
        var action = model.Count == 0 ? 0 : random.Next(22);
        if (action <= 3)
        {
            var expected = model.See(path, dataset, afterLoad);
            var entry = await Ledger.SeeAsync(path, dataset, 100, SomeLedger.Modified, afterLoad);
            return ($"see {path} {dataset} {afterLoad}", expected, entry.Key.ToString(CultureInfo.InvariantCulture));
        }

        // The newest entries are the ones that can still move.
        var key = Math.Max(1, model.Count - random.Next(8));
        var content = SomeLedger.Content(random.Next(3));
        var force = random.Next(4) == 0;
        var movedTo = random.Next(3) == 0 ? null : $"/moved/{key}";
        return action switch
        {
            4 or 5 or 6 or 7 => ($"claim {key}", model.Claim(key), await AnswerAsync(() => Ledger.ClaimAsync(key, "worker"))),
            8 => ($"release {key}", model.Release(key), await AnswerAsync(() => Ledger.ReleaseAsync(key))),
            9 or 10 or 11 => (
                $"begin {key} {force}", model.Begin(key, content, force),
                await AnswerAsync(() => Ledger.BeginLoadAsync(key, content, SomeLedger.Plan, force))),
            12 => ($"replan {key}", model.Replan(key), await AnswerAsync(() => Ledger.ReplanAsync(key, SomeLedger.Plan))),
            13 => (
                $"publish {key}", model.Publish(key),
                await AnswerAsync(() => Ledger.BeginPublishAsync(key, SomeLedger.Partitions, SomeLedger.Receipt("0", SomeLedger.Content("a"))))),
            14 or 15 => ($"complete {key}", model.Complete(key), await AnswerAsync(() => CompleteAsync(key))),
            16 => ($"archive {key}", model.Archive(key, movedTo), await AnswerAsync(() => Ledger.ArchiveAsync(key, movedTo))),
            17 => (
                $"duplicate {key}", model.Duplicate(key, content),
                await AnswerAsync(() => Ledger.DuplicateAsync(key, content, 1))),
            18 => ($"empty {key}", model.Empty(key, content), await AnswerAsync(() => Ledger.EmptyAsync(key, content))),
            19 => (
                $"quarantine {key}", model.Quarantine(key),
                await AnswerAsync(() => Ledger.QuarantineAsync(key, SomeLedger.Problem, null))),
            20 => (
                $"quarantined at {key}", model.QuarantinedAt(key, movedTo),
                await AnswerAsync(() => Ledger.QuarantinedAtAsync(key, movedTo))),
            _ => ($"undo {key}", model.Undo(key), await AnswerAsync(() => Ledger.UndoAsync(key))),
        };
    }

    async ValueTask CompleteAsync(long key)
    {
        var entry = await Ledger.GetAsync(key);
        var id = entry.FileId ?? FileId.Of(s_content, "orders", 0);
        await Ledger.CompleteAsync([(key, SomeLedger.Receipt(id.Hex, entry.ContentHash ?? s_content, entry.Dataset))]);
    }

    static Task<string> AnswerAsync(Func<ValueTask> verb) => AnswerAsync(async () =>
    {
        await verb();
        return true;
    });

    static async Task<string> AnswerAsync<T>(Func<ValueTask<T>> verb)
    {
        try
        {
            return await verb() switch
            {
                false => "false",
                LoadDecision.AlreadyLoaded already => $"loaded {already.By.Key}",
                LoadDecision.InFlight running => $"running {running.By.Key}",
                _ => "done",
            };
        }
        catch (LedgerStateException)
        {
            return "state";
        }
    }
}
