using System.Collections.Immutable;

namespace Pipeline.ClickHouse;

/// <summary>How the bodies of inserts and of results travel.</summary>
public enum HttpCompression
{
    /// <summary>Gzip to another machine, nothing over loopback.</summary>
    Auto,
    None,
    Gzip,
}

/// <summary>Which ClickHouse to talk to, and how. Time budgets are of a whole call unless they say otherwise.</summary>
public sealed record ClickHouseOptions
{
    /// <summary>Address of the HTTP interface, such as <c>http://127.0.0.1:8123</c>; a path in it is kept (proxies).</summary>
    public required Uri Url { get; init; }

    public string User { get; init; } = "default";

    /// <summary>Sent in a header, never in the URL.</summary>
    public string? Password { get; init; }

    public string Database { get; init; } = "default";

    public HttpCompression Compression { get; init; } = HttpCompression.Auto;

    /// <summary>Five seconds: a host that does not answer a connect by then is down or filtered.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// For a statement with a small answer. Five minutes: an <c>ALTER … ATTACH PARTITION</c> may wait for merges.
    /// </summary>
    public TimeSpan QueryTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// For an insert with its body. Ten minutes: a server that delays inserts (too many parts) answers late, and it does answer.
    /// </summary>
    public TimeSpan InsertTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The longest silence within a streamed result, and before its first byte.</summary>
    public TimeSpan ReadIdleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>ClickHouse settings sent with every request.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = ImmutableDictionary<string, string>.Empty;

    internal bool UsesGzip => Compression == HttpCompression.Gzip || (Compression == HttpCompression.Auto && !Url.IsLoopback);
}

/// <summary>What a single call adds to the options of its client.</summary>
public sealed record QueryOptions
{
    public static QueryOptions Default { get; } = new();

    /// <summary>Values for <c>{name:Type}</c> in the statement.</summary>
    public IReadOnlyDictionary<string, object?> Parameters { get; init; } = ImmutableDictionary<string, object?>.Empty;

    /// <summary>ClickHouse settings of this call; they win over the client's.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Names the query in the server's logs; made up when null.</summary>
    public string? QueryId { get; init; }

    /// <summary>Takes the place of the client's time budget.</summary>
    public TimeSpan? Timeout { get; init; }
}
