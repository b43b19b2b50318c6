using System.Net;

namespace Pipeline.Benchmarks.EndToEnd;

/// <summary>Statements to a ClickHouse over HTTP. Connections are kept open between statements. Any task.</summary>
sealed class EngineClient : IDisposable
{
    readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };

    public EngineClient(Uri url, string user, string password)
    {
        (Url, User, Password) = (url, user, password);
        _http.DefaultRequestHeaders.Add("X-ClickHouse-User", user);
        _http.DefaultRequestHeaders.Add("X-ClickHouse-Key", password);
    }

    public Uri Url { get; }

    public string User { get; }

    public string Password { get; }

    /// <summary>Sends a statement and returns the answer. Throws with the server's own text when it refuses.</summary>
    public async Task<string> QueryAsync(string sql, CancellationToken cancellation)
    {
        var (status, text) = await SendAsync(sql, cancellation);
        return status == HttpStatusCode.OK ? text : throw new InvalidOperationException($"{text.Trim()}\nfor: {sql}");
    }

    /// <summary>Rows of a table; 0 while it does not exist.</summary>
    public async Task<long> CountAsync(string table, CancellationToken cancellation)
    {
        var (status, text) = await SendAsync($"SELECT count() FROM {table}", cancellation);
        return status == HttpStatusCode.OK ? long.Parse(text.AsSpan().Trim())
            : text.Contains("UNKNOWN_TABLE", StringComparison.Ordinal) ? 0
            : throw new InvalidOperationException(text.Trim());
    }

    public void Dispose() => _http.Dispose();

    async Task<(HttpStatusCode Status, string Text)> SendAsync(string sql, CancellationToken cancellation)
    {
        using var content = new StringContent(sql);
        using var response = await _http.PostAsync(new Uri(Url, "?wait_end_of_query=1"), content, cancellation);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(cancellation));
    }
}
