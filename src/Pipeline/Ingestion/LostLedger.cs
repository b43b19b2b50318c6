using Pipeline.Configuration;

namespace Pipeline.Ingestion;

/// <summary>
/// What has to be remembered when a ledger is missing and a new one is made in its place: that it is still to be filled from
/// <c>pipeline.files</c> (a crash in between must not leave half of it), and which file ids the destination held without a line there. Those are
/// loads that were cut together with the loss; a file that turns out to have such an id asks the destination for its rows before it sends any.
/// </summary>
sealed class LostLedger(PipelineHome home)
{
    readonly string _mark = Path.Combine(home.StateFolder, "ledger.rebuild");
    readonly string _unregistered = Path.Combine(home.StateFolder, "unregistered");

    /// <summary>Whether the ledger is to be filled from the destination.</summary>
    public bool IsToBeRebuilt => File.Exists(_mark);

    /// <summary>File ids, 32 hex digits each.</summary>
    public IReadOnlySet<string> Unregistered { get; private set; } = new HashSet<string>();

    /// <summary>Before the ledger is opened: opening makes a missing one.</summary>
    public void Notice()
    {
        if (!File.Exists(home.LedgerFile))
        {
            File.WriteAllText(_mark, "");
        }

        Unregistered = File.Exists(_unregistered) ? File.ReadAllLines(_unregistered).ToHashSet() : [];
    }

    /// <summary>The ledger holds all that the destination knows.</summary>
    public void Rebuilt(IReadOnlyCollection<string> unregistered)
    {
        Unregistered = unregistered.ToHashSet();
        if (Unregistered.Count > 0)
        {
            File.WriteAllLines(_unregistered + ".next", Unregistered);
            File.Move(_unregistered + ".next", _unregistered, overwrite: true);
        }

        File.Delete(_mark);
    }
}
