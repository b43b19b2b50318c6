using System.Text;
using Microsoft.AspNetCore.Http;

namespace Pipeline.Engine.Http;

/// <summary>What a request says besides its body: the URL's parameters and the ClickHouse headers, the URL having the last word.</summary>
sealed class QueryRequest
{
    // Parameters of the HTTP interface itself. Every other name is a setting of the engine's.
    static readonly HashSet<string> s_own = new(StringComparer.Ordinal)
    {
        "query", "user", "password", "database", "default_format", "query_id", "quota_key", "compress", "decompress", "buffer_size",
        "wait_end_of_query", "stacktrace", "session_id", "session_timeout", "session_check", "close_session", "role",
        "client_protocol_version", "log_comment", "enable_http_compression", "http_zlib_compression_level", "query_kind",
    };

    public QueryRequest(HttpRequest request)
    {
        Query = request.Query["query"].ToString();
        Database = First(request.Query["database"], request.Headers["X-ClickHouse-Database"]);
        DefaultFormat = First(request.Query["default_format"], request.Headers["X-ClickHouse-Format"]);
        QueryId = First(request.Query["query_id"], request.Headers["X-ClickHouse-Query-Id"]);
        WaitsForEnd = IsOn(request.Query["wait_end_of_query"]);
        AcceptsCompression = IsOn(request.Query["enable_http_compression"]);
        UsesNativeCompression = IsOn(request.Query["compress"]) || IsOn(request.Query["decompress"]);
        SessionId = request.Query["session_id"].ToString();
        LogComment = request.Query["log_comment"].ToString();
        foreach (var (name, values) in request.Query)
        {
            AddParameterOrSetting(name, values.ToString());
        }

        // As a server does: what a GET asks must not change anything.
        if (HttpMethods.IsGet(request.Method) && !_settings.ContainsKey("readonly"))
        {
            _settings["readonly"] = "2";
        }
    }

    readonly Dictionary<string, string> _settings = new(StringComparer.Ordinal);
    readonly Dictionary<string, string> _parameters = new(StringComparer.Ordinal);

    /// <summary>The statement in the URL, or its beginning; the body follows it.</summary>
    public string Query { get; set; }

    public string Database { get; }

    public string DefaultFormat { get; }

    public string QueryId { get; }

    public string SessionId { get; }

    /// <summary>The client's comment on its query, to be seen in system.processes.</summary>
    public string LogComment { get; }

    /// <summary>The client wants the status line only when the query has ended.</summary>
    public bool WaitsForEnd { get; }

    public bool AcceptsCompression { get; }

    /// <summary>The client wants ClickHouse's own block compression, which the engine does not offer.</summary>
    public bool UsesNativeCompression { get; }

    /// <summary>Values for <c>{name:Type}</c> in the statement.</summary>
    public IReadOnlyCollection<KeyValuePair<string, string>> Parameters => _parameters;

    /// <summary>Adds what a multipart body holds: the query or one of its parameters.</summary>
    public void AddField(string name, string value)
    {
        if (name == "query")
        {
            Query += value;
        }
        else
        {
            AddParameterOrSetting(name, value);
        }
    }

    /// <summary>The request's settings as one SET statement, or null. readonly stands last: it forbids what follows it.</summary>
    public string? SetStatement()
    {
        if (_settings.Count == 0)
        {
            return null;
        }

        var sql = new StringBuilder("SET ");
        foreach (var (name, value) in _settings.OrderBy(setting => setting.Key == "readonly"))
        {
            sql.Append(sql.Length == 4 ? "" : ", ").Append(Sql.Identifier(name)).Append(" = ").Append(Sql.Text(value));
        }

        return sql.ToString();
    }

    void AddParameterOrSetting(string name, string value)
    {
        if (name.StartsWith("param_", StringComparison.Ordinal))
        {
            _parameters[name["param_".Length..]] = value;
        }
        else if (!s_own.Contains(name))
        {
            _settings[name] = value;
        }
    }

    static string First(string? first, string? second) => string.IsNullOrEmpty(first) ? second ?? "" : first;

    static bool IsOn(string? value) => value is not (null or "" or "0" or "false");
}

/// <summary>Quoting for the few statements that the engine's server writes itself.</summary>
static class Sql
{
    public static string Identifier(string name) => '`' + Escape(name).Replace("`", "\\`", StringComparison.Ordinal) + '`';

    public static string Text(string value) => '\'' + Escape(value).Replace("'", "\\'", StringComparison.Ordinal) + '\'';

    static string Escape(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal);
}
