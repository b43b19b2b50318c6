using System.Net;
using System.Text;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Native;

namespace Pipeline.ClickHouse;

/// <summary>
/// The one way to ClickHouse, engine or server: its HTTP interface. Queries throw <see cref="ClickHouseException"/>; inserts
/// return
/// <see cref="InsertResult"/>. Retrying is the caller's business. Safe for any number of tasks at once.
/// </summary>
public sealed class ClickHouseClient : IDisposable
{
    // A server's own default for the result it holds back with wait_end_of_query; more goes to its disk.
    static readonly (string Key, string Value)[] s_whole = [("wait_end_of_query", "1")];

    readonly RequestBuilder _requests;
    readonly HttpClient _http;
    readonly TimeProvider _time;

    // Written once, by whichever insert first meets a server that is older than the setting.
    volatile bool _lacksAsyncInsert;

    public ClickHouseClient(ClickHouseOptions options, TimeProvider? time = null)
    {
        Options = options;
        _time = time ?? TimeProvider.System;
        _requests = new RequestBuilder(options);
        _http = new HttpClient(CreateHandler(options), disposeHandler: true) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public ClickHouseOptions Options { get; }

    /// <summary>Is it there, and does it answer? Null when it does, else why not. Does not check user and password.</summary>
    public async Task<ClickHouseError?> PingAsync(CancellationToken cancellation)
    {
        using var budget = new CallBudget(Options.ConnectTimeout, _time, cancellation);
        try
        {
            using var request = _requests.Ping();
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, budget.Token);
            var text = await ResponseReader.ReadTextAsync(response, budget.Token);
            return ResponseReader.IsError(response) ? await ResponseReader.ReadErrorAsync(response, budget.Token)
                : text.StartsWith("Ok.", StringComparison.Ordinal) ? null
                : new ClickHouseError(0, "NOT_CLICKHOUSE", $"{Options.Url} answers, but not as ClickHouse does.",
                    ErrorClass.Configuration);
        }
        catch (Exception e) when (budget.Explain(e) is { } error)
        {
            return error;
        }
    }

    /// <summary>Runs a statement that has no result to read.</summary>
    /// <exception cref="ClickHouseException">It failed, or ClickHouse could not be reached.</exception>
    public Task<QuerySummary> ExecuteAsync(string sql, QueryOptions? call, CancellationToken cancellation) =>
        ExecuteAsync(Encoding.UTF8.GetBytes(sql), call, cancellation);

    /// <summary>The same for a long text, as UTF-8.</summary>
    /// <exception cref="ClickHouseException">It failed, or ClickHouse could not be reached.</exception>
    public async Task<QuerySummary> ExecuteAsync(ReadOnlyMemory<byte> sql, QueryOptions? call, CancellationToken cancellation)
    {
        call ??= QueryOptions.Default;
        var queryId = call.QueryId ?? NewQueryId();
        using var budget = new CallBudget(call.Timeout ?? Options.QueryTimeout, _time, cancellation);
        try
        {
            using var response = await SendAsync(_requests.Statement(sql, queryId, call, s_whole), queryId, budget.Token);
            await using var body = await OpenAsync(response, queryId, budget.Token);
            await body.CopyToAsync(Stream.Null, budget.Token);
            return ResponseReader.Summary(response, queryId);
        }
        catch (Exception e) when (budget.Explain(e) is { } error)
        {
            throw new ClickHouseException(error, queryId, e);
        }
    }

    /// <summary>
    /// The first value of the first row; the default of <typeparamref name="T"/> when there is none or it is null.
    /// </summary>
    /// <exception cref="ClickHouseException">The query failed, or ClickHouse could not be reached.</exception>
    public async Task<T?> QueryScalarAsync<T>(string sql, QueryOptions? call, CancellationToken cancellation)
    {
        var result = await QueryRowsAsync(sql, call, cancellation);
        return result.Rows.Count == 0 ? default : result.Get<T>(0, 0);
    }

    /// <summary>A small result, whole. The statement has no FORMAT clause.</summary>
    /// <exception cref="ClickHouseException">The query failed, or ClickHouse could not be reached.</exception>
    public async Task<QueryResult> QueryRowsAsync(string sql, QueryOptions? call, CancellationToken cancellation)
    {
        call ??= QueryOptions.Default;
        var queryId = call.QueryId ?? NewQueryId();
        using var budget = new CallBudget(call.Timeout ?? Options.QueryTimeout, _time, cancellation);
        try
        {
            var request = _requests.Statement(sql, queryId, call, [.. s_whole, ("default_format", "Native")]);
            using var response = await SendAsync(request, queryId, budget.Token);
            await using var body = await OpenAsync(response, queryId, budget.Token);
            return await ReadRowsAsync(body, queryId, budget.Token);
        }
        catch (Exception e) when (budget.Explain(e) is { } error)
        {
            throw new ClickHouseException(error, queryId, e);
        }
    }

    /// <summary>
    /// A result of any size in any format, as it comes. The format applies to a statement without a FORMAT clause. The time
    /// budget is
    /// <see cref="ClickHouseOptions.ReadIdleTimeout"/> between two pieces.
    /// </summary>
    /// <exception cref="ClickHouseException">The query failed before its first bytes, or ClickHouse could not be
    /// reached.</exception>
    public async Task<QueryStream> QueryStreamAsync(string sql, string format, QueryOptions? call, CancellationToken cancellation)
    {
        call ??= QueryOptions.Default;
        var queryId = call.QueryId ?? NewQueryId();
        using var budget = new CallBudget(call.Timeout ?? Options.ReadIdleTimeout, _time, cancellation);
        HttpResponseMessage? response = null;
        try
        {
            response = await SendAsync(_requests.Statement(sql, queryId, call, [("default_format", format)]), queryId,
                budget.Token);
            var chosen = ResponseReader.Header(response, "X-ClickHouse-Format");
            return new QueryStream(await OpenAsync(response, queryId, budget.Token), chosen, queryId);
        }
        catch (Exception e)
        {
            response?.Dispose();
            if (budget.Explain(e) is { } error)
            {
                throw new ClickHouseException(error, queryId, e);
            }

            throw;
        }
    }

    /// <summary>Inserts blocks, once: accepted, to be tried again, or refused.</summary>
    public Task<InsertResult> InsertNativeAsync(InsertRequest insert, CancellationToken cancellation)
    {
        var (statement, blocks) = insert.Data switch
        {
            NativeData.File file => (file.Statement(insert.Table), []),
            NativeData.Blocks { Items.Count: > 0 } sent => (sent.Statement(insert.Table), sent.Items),
            _ => throw new ArgumentException("An insert has at least one block.", nameof(insert)),
        };

        // Later ones win.
        var settings = new Dictionary<string, string>(insert.Data.Settings);
        foreach (var (name, value) in insert.Settings)
        {
            settings[name] = value;
        }

        var call = new QueryOptions { QueryId = insert.QueryId, Settings = settings };
        return InsertAsync(statement, call, insert.DeduplicationToken, insert.Data.RowCount,
            s => new(StreamedContent.Blocks(s, blocks), StreamedContent.BytesOf(s, blocks)), cancellation);
    }

    /// <summary>
    /// Runs an <c>INSERT … FORMAT F</c> whose data the caller writes; <paramref name="writeBody"/> may be called a second time.
    /// </summary>
    public Task<InsertResult> InsertStreamAsync(
        string sql, Func<Stream, CancellationToken, Task> writeBody, QueryOptions? call, string? deduplicationToken,
            CancellationToken cancellation)
    {
        return InsertAsync(sql, call ?? QueryOptions.Default, deduplicationToken, sentRows: -1, WithStatement, cancellation);

        InsertBody WithStatement(string? statement) => new(
            async (stream, token) =>
            {
                if (statement is not null)
                {
                    await stream.WriteAsync(Encoding.UTF8.GetBytes(statement + "\n"), token);
                }

                await writeBody(stream, token);
            },
            Bytes: null);
    }

    /// <summary>
    /// Asks for the end of a query, without waiting for it. The engine needs no asking: it ends what a client leaves. A server
    /// goes on with an insert whose
    /// body has arrived, and with any query unless <c>cancel_http_readonly_queries_on_client_close</c> is set.
    /// </summary>
    /// <exception cref="ClickHouseException">ClickHouse could not be reached, or the user may not.</exception>
    public Task KillQueryAsync(string queryId, CancellationToken cancellation) =>
        ExecuteAsync($"KILL QUERY WHERE query_id = {SqlText.Quote(queryId)} ASYNC", new() { Timeout = Options.ConnectTimeout },
            cancellation);

    public void Dispose() => _http.Dispose();

    async Task<InsertResult> InsertAsync(
        string sql, QueryOptions call, string? token, long sentRows,
        Func<string?, InsertBody> body, CancellationToken cancellation)
    {
        var queryId = call.QueryId ?? NewQueryId();
        var knewAsyncInsert = !_lacksAsyncInsert;
        var result = await InsertOnceAsync(sql, queryId, call, token, sentRows, body, cancellation);
        if (knewAsyncInsert && result is InsertResult.Refused { Error: { Name: "UNKNOWN_SETTING" } error }
            && error.Message.Contains("async_insert", StringComparison.Ordinal))
        {
            // A server from before asynchronous inserts needs no asking for a synchronous one.
            _lacksAsyncInsert = true;
            result = await InsertOnceAsync(sql, queryId, call, token, sentRows, body, cancellation);
        }

        return result;
    }

    async Task<InsertResult> InsertOnceAsync(
        string sql, string queryId, QueryOptions call, string? token, long sentRows,
        Func<string?, InsertBody> body, CancellationToken cancellation)
    {
        using var budget = new CallBudget(call.Timeout ?? Options.InsertTimeout, _time, cancellation);
        StreamedContent? content = null;
        using var request = _requests.Data(sql, queryId, call, InsertSettings(token), statement =>
        {
            var (write, bytes) = body(statement);
            return content = new StreamedContent(write, bytes, Options.UsesGzip, budget.Token);
        });
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, budget.Token);
            return await JudgeInsertAsync(response, sentRows, queryId, budget.Token);
        }
        catch (Exception e) when (content!.WriterFault is null && budget.Explain(e) is { } error)
        {
            return new InsertResult.Retry(error, After: null, MayHaveWritten: content.Started, queryId);
        }
        catch (HttpRequestException) when (content!.WriterFault is { } fault)
        {
            // What was wrong is the body's writer, on our side: it is not wrapped into a fault of the connection.
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(fault);
            throw;
        }
    }

    async Task<InsertResult> JudgeInsertAsync(HttpResponseMessage response, long sentRows, string queryId,
        CancellationToken cancellation)
    {
        if (!ResponseReader.IsError(response))
        {
            // The answer to an insert that went well is empty: anything else is an error that came after the status.
            var text = await ResponseReader.ReadTextAsync(response, cancellation);
            if (text.Length == 0)
            {
                return new InsertResult.Accepted(sentRows, ResponseReader.WrittenRows(response), queryId);
            }

            var late = ErrorText.TryParse(text) ?? new ClickHouseError(0, "UNEXPECTED_ANSWER",
                $"An insert was answered with: {text}", ErrorClass.Unknown);
            return Judge(late, response, sentRows, queryId);
        }

        return Judge(await ResponseReader.ReadErrorAsync(response, cancellation), response, sentRows, queryId);
    }

    InsertResult Judge(ClickHouseError error, HttpResponseMessage response, long sentRows, string queryId) => error.Class switch
    {
        ErrorClass.Deduplicated => new InsertResult.Accepted(sentRows, WrittenRows: 0, queryId),
        ErrorClass.Retry or ErrorClass.Pause or ErrorClass.Unknown =>
            new InsertResult.Retry(error, ResponseReader.RetryAfter(response, _time), MayHaveWritten: true, queryId),
        _ => new InsertResult.Refused(error, queryId),
    };

    IEnumerable<(string Key, string Value)> InsertSettings(string? token)
    {
        yield return ("wait_end_of_query", "1");
        if (!_lacksAsyncInsert)
        {
            // On by default in servers of 2026, where it breaks deduplication tokens (ClickHouse issue 110604); batches are ours
            // anyway.
            yield return ("async_insert", "0");
        }

        if (token is not null)
        {
            yield return ("insert_deduplication_token", token);
        }
    }

    async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, string queryId, CancellationToken cancellation)
    {
        using (request)
        {
            var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            if (!ResponseReader.IsError(response))
            {
                return response;
            }

            using (response)
            {
                throw new ClickHouseException(await ResponseReader.ReadErrorAsync(response, cancellation), queryId);
            }
        }
    }

    async Task<ResultStream> OpenAsync(HttpResponseMessage response, string queryId, CancellationToken cancellation)
    {
        var stream = await response.Content.ReadAsStreamAsync(cancellation);
        var tag = ResponseReader.Header(response, "X-ClickHouse-Exception-Tag");
        return new ResultStream(stream, tag, queryId, Options.ReadIdleTimeout, _time, response);
    }

    static async Task<QueryResult> ReadRowsAsync(Stream body, string queryId, CancellationToken cancellation)
    {
        IReadOnlyList<ColumnDefinition> columns = [];
        var rows = new List<object?[]>();
        using var reader = new NativeBlockReader(body);
        try
        {
            while (await reader.ReadAsync(cancellation) is { } block)
            {
                columns = [.. block.Columns.Select(c => new ColumnDefinition(c.Name, c.Column.Type))];
                for (var row = 0; row < block.RowCount; row++)
                {
                    rows.Add([.. block.Columns.Select(c => ColumnValue.Get(c.Column, row))]);
                }
            }
        }
        catch (NativeFormatException e)
        {
            var error = new ClickHouseError(
                0, "UNREADABLE_RESULT", e.Message, e.Fault == NativeFault.Truncated ? ErrorClass.Retry : ErrorClass.Unknown);
            throw new ClickHouseException(error, queryId, e);
        }

        return new QueryResult(columns, rows);
    }

    static string NewQueryId() => Guid.NewGuid().ToString("n");

    static SocketsHttpHandler CreateHandler(ClickHouseOptions options) => new()
    {
        ConnectTimeout = options.ConnectTimeout,
        AllowAutoRedirect = false,
        UseCookies = false,
        // A proxy of the environment is for the world outside.
        UseProxy = !options.Url.IsLoopback,
        AutomaticDecompression = options.UsesGzip ? DecompressionMethods.GZip : DecompressionMethods.None,
        // DNS changes are seen; servers drop idle connections after some 10 seconds and say so in Keep-Alive, which the handler
        // heeds.
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(8),
        RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8,
    };

    /// <summary>What writes the data of an insert, and how many bytes that is where it is known.</summary>
    readonly record struct InsertBody(Func<Stream, CancellationToken, Task> Write, long? Bytes);
}
