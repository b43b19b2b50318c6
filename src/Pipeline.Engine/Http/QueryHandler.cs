using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Pipeline.Engine.Chdb;

namespace Pipeline.Engine.Http;

/// <summary>
/// Runs one request against the store.
/// 1. Who asks? 2. A turn among the running queries. 3. A connection with the request's database and settings. 4. What kind of
/// statement? 5. Run it: a SELECT writes into a pipe, an insert takes its data as it comes, all else answers from memory. A client
/// that goes away cancels its query. The engine's calls block; they are made on threads of the pool, which has room for them
/// (<see cref="EngineProgram"/> sees to it): a handover to a thread of their own costs a short query more than the query.
/// </summary>
sealed partial class QueryHandler(
    ChdbStore store, Credentials credentials, SemaphoreSlim turns, TimeProvider time, ILogger<QueryHandler> logger)
{
    const string DefaultFormat = "TabSeparated";

    /// <param name="hardStop">Cancels what runs: the engine stops and has waited long enough.</param>
    public async Task HandleAsync(HttpContext context, CancellationToken hardStop)
    {
        var request = new QueryRequest(context.Request);
        var queryId = request.QueryId.Length > 0 ? request.QueryId : Guid.NewGuid().ToString();
        var response = new QueryResponse(context, request, queryId, time);
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, hardStop);
        try
        {
            // Step 1: who asks?
            if (credentials.Check(context.Request) is { } refusal)
            {
                throw new QueryRefusedException(refusal);
            }

            RefuseWhatIsNotOffered(request);

            // Step 2: a turn among the running queries.
            await turns.WaitAsync(gone.Token);
            try
            {
                await RunAsync(context, request, response, queryId, gone.Token);
            }
            finally
            {
                turns.Release();
            }
        }
        catch (QueryRefusedException refused) when (!context.Response.HasStarted)
        {
            await response.WriteErrorAsync(refused.Error, CancellationToken.None);
        }
        catch (Exception exception) when (gone.IsCancellationRequested && exception is OperationCanceledException or IOException)
        {
            Log.ClientGone(logger, queryId);
            context.Abort();
        }
        catch (Exception exception) when (exception is BadHttpRequestException or InvalidDataException && !context.Response.HasStarted)
        {
            // The body ended early or does not decompress: nothing of it was inserted.
            await response.WriteErrorAsync(ChdbError.Of(33, "CANNOT_READ_ALL_DATA", exception.Message), CancellationToken.None);
        }
    }

    async Task RunAsync(HttpContext context, QueryRequest request, QueryResponse response, string queryId, CancellationToken gone)
    {
        // Step 3: a connection with the request's database and settings.
        var connection = store.Connect(queryId, request.LogComment);
        try
        {
            await using var body = await RequestBody.TryOpenAsync(context.Request, request, gone) ?? throw new QueryRefusedException(ChdbError.Of(
                48, "NOT_IMPLEMENTED",
                $"Content-Encoding '{context.Request.Headers.ContentEncoding}' is not supported: use gzip, deflate, br or none"));
            Prepare(connection, request);

            // Step 4: what kind of statement?
            var statement = await body.ReadStatementAsync(request.Query, gone);
            if (statement.Error is { } error)
            {
                throw new QueryRefusedException(error);
            }

            // Step 5: run it.
            using var cancel = gone.UnsafeRegister(_ => _ = Task.Run(() => store.CancelAsync(queryId, time), CancellationToken.None), null);
            await (statement.Kind switch
            {
                StatementKind.Empty => throw new QueryRefusedException(Statement.SyntaxError("empty query")),
                StatementKind.Select => SelectAsync(connection, request, response, statement, body, gone),
                StatementKind.InsertData => InsertAsync(connection, request, response, statement, body, gone),
                StatementKind.Kill => RunAsync(connection, request, response, statement, RewriteKill(body.Text), gone),
                _ => RunAsync(connection, request, response, statement, body.Text.ToArray(), gone),
            });
        }
        finally
        {
            connection.Dispose();
            store.Release(queryId);
        }
    }

    static async Task SelectAsync(
        ChdbConnection connection, QueryRequest request, QueryResponse response, Statement statement, RequestBody body,
        CancellationToken gone)
    {
        var format = statement.Format ?? FormatOf(request);
        using var pipe = new OutputPipe();
        var text = body.Text;
        byte[] sql =
        [
            .. text[..statement.Offset], .. Encoding.UTF8.GetBytes($"\nINTO OUTFILE '{pipe.Path}' TRUNCATE "), .. text[statement.Offset..],
        ];
        var query = Task.Run(() =>
        {
            try
            {
                return connection.Query(sql, format, request.Parameters);
            }
            finally
            {
                pipe.CloseWriter();
            }
        }, CancellationToken.None);
        try
        {
            await response.WriteAsync(pipe.Reader, query, format, gone);
        }
        finally
        {
            // The connection is closed only after the query has ended, and it ends when nobody reads.
            await pipe.Reader.DisposeAsync();
            await query;
        }
    }

    static async Task InsertAsync(
        ChdbConnection connection, QueryRequest request, QueryResponse response, Statement statement, RequestBody body,
        CancellationToken gone)
    {
        var format = statement.Format ?? (request.DefaultFormat.Length > 0 ? request.DefaultFormat : "Values");
        using var insert = connection.BeginInsert(statement.InsertHead, format, request.Parameters);
        if (insert.Error is { } error)
        {
            throw new QueryRefusedException(error);
        }

        try
        {
            await body.CopyDataAsync(statement.Offset, piece => insert.Append(piece.Span), gone);
        }
        catch
        {
            insert.Cancel();
            throw;
        }

        var outcome = insert.Complete();
        await response.WriteAsync(outcome, format, gone);
    }

    static async Task RunAsync(
        ChdbConnection connection, QueryRequest request, QueryResponse response, Statement statement, byte[] sql, CancellationToken gone)
    {
        var format = FormatOf(request);
        var outcome = connection.Query(sql, format, request.Parameters);
        await response.WriteAsync(outcome, statement.Format ?? format, gone);
    }

    /// <summary>The engine gives its queries ids of its own; a client that kills one names the id that it chose.</summary>
    static byte[] RewriteKill(ReadOnlySpan<byte> text)
    {
        var sql = new List<byte>(text.Length + 256);
        var scanner = new SqlScanner(text);
        var copied = 0;
        while (scanner.MoveNext())
        {
            if (scanner.Is("query_id"u8))
            {
                sql.AddRange(text[copied..scanner.Start]);
                sql.AddRange(Encoding.UTF8.GetBytes(ChdbStore.QueryIdExpression));
                copied = scanner.End;
            }
        }

        sql.AddRange(text[copied..]);
        return [.. sql];
    }

    static void Prepare(ChdbConnection connection, QueryRequest request)
    {
        if (request.Database.Length > 0)
        {
            Require(connection.Query("USE " + Sql.Identifier(request.Database)));
        }

        if (request.SetStatement() is { } set)
        {
            Require(connection.Query(set));
        }
    }

    static void Require(ChdbOutcome outcome)
    {
        if (outcome.Error is { } error)
        {
            throw new QueryRefusedException(error);
        }
    }

    static void RefuseWhatIsNotOffered(QueryRequest request)
    {
        if (request.UsesNativeCompression)
        {
            throw new QueryRefusedException(ChdbError.Of(
                48, "NOT_IMPLEMENTED", "compress and decompress are not supported: use Content-Encoding and enable_http_compression"));
        }

        if (request.SessionId.Length > 0)
        {
            throw new QueryRefusedException(ChdbError.Of(48, "NOT_IMPLEMENTED", "Sessions are not supported by the embedded engine"));
        }
    }

    static string FormatOf(QueryRequest request) => request.DefaultFormat.Length > 0 ? request.DefaultFormat : DefaultFormat;

    static partial class Log
    {
        [LoggerMessage(9001, LogLevel.Debug, "The client of query {QueryId} is gone: the query was cancelled")]
        public static partial void ClientGone(ILogger logger, string queryId);
    }
}
