using System.Net.Http.Headers;
using System.Text;

namespace Pipeline.ClickHouse;

/// <summary>
/// Requests of the HTTP interface: settings and parameters in the URL, credentials in headers, the statement in the body or the
/// URL.
/// </summary>
sealed class RequestBuilder(ClickHouseOptions options)
{
    // Longer ones stand in front of the data. Kestrel and proxies refuse request lines of 8 KiB by default; and a URL is escaped, and copied five times as UTF-16.
    const int MaxStatementInUrl = 1024;

    static readonly ProductInfoHeaderValue s_agent =
        new("pipeline", typeof(RequestBuilder).Assembly.GetName().Version?.ToString(3) ?? "0.0.0");

    public HttpRequestMessage Ping() => Authorised(new HttpRequestMessage(HttpMethod.Get, new Uri(BaseUrl() + "ping")));

    /// <summary>A statement with its text as the body.</summary>
    public HttpRequestMessage Statement(string sql, string queryId, QueryOptions call,
        IEnumerable<(string Key, string Value)> settings) => Statement(Encoding.UTF8.GetBytes(sql), queryId, call, settings);

    /// <summary>The same, as UTF-8.</summary>
    public HttpRequestMessage Statement(ReadOnlyMemory<byte> sql, string queryId, QueryOptions call,
        IEnumerable<(string Key, string Value)> settings)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, Url(queryId, call, settings, statement: null))
        {
            Content = new ReadOnlyMemoryContent(sql),
        };
        return Authorised(request);
    }

    /// <summary>
    /// A statement whose body is data. Where the text is too long for a URL the body starts with it: <paramref name="body"/> is
    /// told.
    /// </summary>
    public HttpRequestMessage Data(
        string sql, string queryId, QueryOptions call, IEnumerable<(string Key, string Value)> settings, Func<string?,
            HttpContent> body)
    {
        var inUrl = sql.Length <= MaxStatementInUrl;
        var request = new HttpRequestMessage(HttpMethod.Post, Url(queryId, call, settings, inUrl ? sql : null))
        {
            Content = body(inUrl ? null : sql),
        };
        return Authorised(request);
    }

    Uri Url(string queryId, QueryOptions call, IEnumerable<(string Key, string Value)> settings, string? statement)
    {
        // Later entries win: the caller's settings over the client's over those of the operation.
        var entries = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["query_id"] = queryId,
            ["database"] = options.Database
        };
        foreach (var (key, value) in settings.Concat(Pairs(options.Settings)).Concat(Pairs(call.Settings)))
        {
            entries[key] = value;
        }

        foreach (var (name, value) in call.Parameters)
        {
            entries["param_" + name] = ParameterText.Of(value);
        }

        if (options.UsesGzip)
        {
            entries["enable_http_compression"] = "1";
        }

        if (statement is not null)
        {
            entries["query"] = statement;
        }

        var url = new StringBuilder(BaseUrl());
        var separator = '?';
        foreach (var (key, value) in entries)
        {
            url.Append(separator).Append(Uri.EscapeDataString(key)).Append('=').Append(Uri.EscapeDataString(value));
            separator = '&';
        }

        return new Uri(url.ToString());
    }

    HttpRequestMessage Authorised(HttpRequestMessage request)
    {
        request.Headers.UserAgent.Add(s_agent);
        request.Headers.TryAddWithoutValidation("X-ClickHouse-User", options.User);
        if (options.Password is not null)
        {
            request.Headers.TryAddWithoutValidation("X-ClickHouse-Key", options.Password);
        }

        return request;
    }

    string BaseUrl()
    {
        var url = options.Url.GetLeftPart(UriPartial.Path);
        return url.EndsWith('/') ? url : url + "/";
    }

    static IEnumerable<(string Key, string Value)> Pairs(IReadOnlyDictionary<string, string> settings) =>
        settings.Select(s => (s.Key, s.Value));
}
