namespace Pipeline.Ledger;

/// <summary>
/// Where a file stands. The way through: seen → claimed → loading → publishing → loaded → archived. The other ends: duplicate,
/// empty, unpacked, quarantined, undone; a quarantined file may be seen again (retry). Only the verbs of <see cref="ILedger"/> change a
/// state.
/// </summary>
public enum FileState
{
    /// <summary>Found and stable; nobody works on it.</summary>
    Seen = 0,

    /// <summary>A worker reads it; nothing was sent anywhere.</summary>
    Claimed = 1,

    /// <summary>Its rows may be in a staging table or, for a one-block file, in the target.</summary>
    Loading = 2,

    /// <summary>All rows are staged and verified; they are being attached to the target.</summary>
    Publishing = 3,

    /// <summary>All rows are visible and registered; the file may still lie in the data folder.</summary>
    Loaded = 4,

    /// <summary>Loaded, and the file is in the archive (or stays where it is because it was given by path).</summary>
    Archived = 5,

    /// <summary>Its content was loaded before.</summary>
    Duplicate = 6,

    /// <summary>It has no bytes, or a header and no rows.</summary>
    Empty = 7,

    /// <summary>Refused, with a problem that says why.</summary>
    Quarantined = 8,

    /// <summary>Was loaded; its rows were removed on request.</summary>
    Undone = 9,

    /// <summary>It holds other files (an archive, a workbook of several sheets), and each of them has ended as a file of its own.</summary>
    Unpacked = 10,
}
