namespace Pipeline.Engine;

/// <summary>The exit codes of the engine's process. 0 is a clean stop.</summary>
public enum EngineExit
{
    Clean = 0,

    /// <summary>The engine failed in a way nobody foresaw.</summary>
    Failed = 1,

    /// <summary>The command line or the configuration is wrong.</summary>
    Usage = 2,

    /// <summary>Another process has the store open.</summary>
    StoreLocked = 3,

    /// <summary>libchdb is not there, or does not load.</summary>
    LibraryMissing = 4,

    /// <summary>The store could not be opened, for another reason than a lock.</summary>
    StoreUnusable = 5,

    /// <summary>The address could not be bound.</summary>
    AddressInUse = 6,
}

/// <summary>The engine cannot start, or did not: <see cref="Exit"/> says why, the message says what to do.</summary>
public sealed class EngineException(EngineExit exit, string message, Exception? inner = null) : Exception(message, inner)
{
    public EngineExit Exit { get; } = exit;
}
