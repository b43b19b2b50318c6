namespace Pipeline.Formats.Native;

/// <summary>
/// What a peer may send in one block. ClickHouse itself sends up to some 65,000 rows, or 1,048,449 while it inserts.
/// </summary>
public sealed record NativeLimits
{
    public static NativeLimits Default { get; } = new();

    public int MaxColumns { get; init; } = 100_000;

    /// <summary>The most rows of a block, elements of its arrays and values of its dictionaries.</summary>
    public int MaxRows { get; init; } = 1 << 27;

    /// <summary>The longest column name and type. An Enum16 may name 65,536 values.</summary>
    public int MaxNameBytes { get; init; } = 4 << 20;

    /// <summary>The longest value.</summary>
    public int MaxValueBytes { get; init; } = 1 << 30;

    /// <summary>The most bytes of a whole block.</summary>
    public long MaxBlockBytes { get; init; } = 2L << 30;
}
