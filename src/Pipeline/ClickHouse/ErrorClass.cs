namespace Pipeline.ClickHouse;

/// <summary>What to do about an error of ClickHouse.</summary>
public enum ErrorClass
{
    /// <summary>
    /// Not in the catalogue: try a few times, then hold the file (not drop it) and show code, name and query id.
    /// </summary>
    Unknown = 0,

    /// <summary>The world: the same request again, with backoff, for as long as it lasts.</summary>
    Retry,

    /// <summary>
    /// The destination cannot take anything now (disk full, replicas lost): stop sending, tell the operator, try again later.
    /// </summary>
    Pause,

    /// <summary>The table is not what was expected: look at it again once, then hold the dataset.</summary>
    Schema,

    /// <summary>The rows are refused: split to find them, and quarantine.</summary>
    Data,

    /// <summary>Wrong settings, rights or statements: nothing will help but a person.</summary>
    Configuration,

    /// <summary>One insert has rows of too many partitions: split it by partition.</summary>
    Split,

    /// <summary>The insert was there already: a success in disguise.</summary>
    Deduplicated,
}
