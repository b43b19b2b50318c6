namespace Pipeline.Engine;

/// <summary>What one engine process serves, and to whom.</summary>
public sealed record EngineOptions
{
    /// <summary>The store's directory: made when absent, opened by one process at a time.</summary>
    public required string StorePath { get; init; }

    /// <summary>The address to listen on. The loopback by default: the interface can read every file of this user.</summary>
    public string Bind { get; init; } = "127.0.0.1";

    /// <summary>The port to listen on; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>The one user. The name is ClickHouse's own default.</summary>
    public string User { get; init; } = "default";

    /// <summary>The user's password; null or empty lets everybody in who reaches the address.</summary>
    public string? Password { get; init; }

    /// <summary>Stop when standard input ends, or when the parent process is gone.</summary>
    public bool ExitWithParent { get; init; }

    /// <summary>Queries that run at once; the others wait for their turn. 64: each holds two threads while it runs.</summary>
    public int MaxRunningQueries { get; init; } = 64;

    /// <summary>How long a stop waits for running queries before it cancels them.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(30);
}
