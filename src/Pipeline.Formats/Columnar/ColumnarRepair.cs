using System.Collections.Frozen;
using Pipeline.Formats.Columns;

namespace Pipeline.Formats.Columnar;

/// <summary>What the engine must be told beside the file, or in place of its schema. The data of the file stays as it is.</summary>
/// <param name="DataLength">Bytes before the footer.</param>
/// <param name="Footer">A new Parquet footer that the engine can read, without its length and the closing magic; null: the file's own.</param>
public sealed record ColumnarRepair(long DataLength, byte[]? Footer)
{
    /// <summary>Columns whose decimals are declared wider in the new footer than in the file, with the type that the file declares.</summary>
    public IReadOnlyDictionary<string, DecimalType> Decimals { get; init; } = FrozenDictionary<string, DecimalType>.Empty;

    /// <summary>Columns whose meaning is left out of the new footer, with its name: they are read as what they are stored as.</summary>
    public IReadOnlyDictionary<string, string> Raw { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>Columns that the engine takes for bare integers and that are ticks of 10^-n seconds, with n.</summary>
    public IReadOnlyDictionary<string, int> Ticks { get; init; } = FrozenDictionary<string, int>.Empty;

    /// <summary>Columns that the file declares to be UTF-8.</summary>
    public IReadOnlySet<string> Utf8 { get; init; } = FrozenSet<string>.Empty;

    /// <summary>Columns of times of day, which the engine reads as timestamps of the first of January 1970.</summary>
    public IReadOnlySet<string> Times { get; init; } = FrozenSet<string>.Empty;

    /// <summary>Columns of the null type that are declared to have no nulls: the engine reads zeros.</summary>
    public IReadOnlySet<string> Nulls { get; init; } = FrozenSet<string>.Empty;

    /// <summary>Columns of milliseconds that the engine takes for seconds.</summary>
    public IReadOnlySet<string> Milliseconds { get; init; } = FrozenSet<string>.Empty;

    /// <summary>Columns of integers stored in more bits than their type has, with that type: the new footer says nothing of it.</summary>
    public IReadOnlyDictionary<string, IntegerType> Narrow { get; init; } = FrozenDictionary<string, IntegerType>.Empty;

    /// <summary>Columns of timestamps in 96 bits: eight bytes of nanoseconds of a day, four of its Julian number.</summary>
    public IReadOnlySet<string> Int96 { get; init; } = FrozenSet<string>.Empty;

    /// <summary>The first column that the footer says is encrypted; null without one.</summary>
    public string? Encrypted { get; init; }

    /// <summary>Columns of which the file itself says that every date, timestamp and integer within is one that its type holds.</summary>
    public IReadOnlySet<string> InRange { get; init; } = FrozenSet<string>.Empty;

    /// <summary>Structures of an Arrow file are null: the engine's own reader gives values for them.</summary>
    public bool HasNullStructures { get; init; }

    /// <summary>Bytes of an Arrow schema to be written in place of those of the file.</summary>
    public IReadOnlyList<(long Position, byte Value)> Patches { get; init; } = [];
}
