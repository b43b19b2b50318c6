namespace Pipeline.Formats.Native;

/// <summary>Why a stream of blocks cannot be read on.</summary>
public enum NativeFault
{
    /// <summary>The stream ends within a block.</summary>
    Truncated,

    /// <summary>The bytes are not a block.</summary>
    Malformed,

    /// <summary>A block is larger than <see cref="NativeLimits"/> allow.</summary>
    LimitExceeded,

    /// <summary>A column has a type that this program does not read.</summary>
    UnsupportedType,
}

/// <summary>
/// A stream of Native blocks is damaged. Faults of the transport are not reported as this: they pass as they come from the
/// stream.
/// </summary>
public sealed class NativeFormatException(NativeFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    public NativeFault Fault { get; } = fault;
}
