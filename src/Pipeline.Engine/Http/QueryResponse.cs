using System.Globalization;
using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Http;
using Pipeline.Engine.Chdb;

namespace Pipeline.Engine.Http;

/// <summary>
/// The answer to one query: headers like a server's, a body that is held back until it is either complete or too large to hold, so
/// that an error still gets its own status line for as long as possible.
/// </summary>
sealed class QueryResponse
{
    // What a server holds back by default before it commits to 200.
    const int HeldBytes = 1 << 20;

    // With wait_end_of_query everything is held: up to this in memory, the rest in a file that is gone with its handle.
    const int HeldInMemoryBytes = 16 << 20;

    readonly HttpContext _context;
    readonly QueryRequest _request;
    readonly TimeProvider _time;
    readonly long _started;
    string _exceptionTag = "";

    public QueryResponse(HttpContext context, QueryRequest request, string queryId, TimeProvider time)
    {
        _context = context;
        _request = request;
        _time = time;
        _started = time.GetTimestamp();
        var headers = context.Response.Headers;
        headers["X-ClickHouse-Query-Id"] = queryId;
        headers["X-ClickHouse-Server-Display-Name"] = "pipeline-engine";
        headers["X-ClickHouse-Timezone"] = "UTC";
    }

    /// <summary>Answers with what a statement left behind.</summary>
    public async Task WriteAsync(ChdbOutcome outcome, string format, CancellationToken cancellation)
    {
        if (outcome.Error is { } error)
        {
            await WriteErrorAsync(error, cancellation);
            return;
        }

        WriteHeaders(outcome, format);
        using var body = new MemoryStream(outcome.Data, writable: false);
        await SendAsync(body, outcome.Data.Length, cancellation);
    }

    /// <summary>Answers with what comes out of a pipe, and at its end with what became of the query.</summary>
    public async Task WriteAsync(Stream output, Task<ChdbOutcome> query, string format, CancellationToken cancellation)
    {
        await using var held = new HeldOutput(_request.WaitsForEnd ? HeldInMemoryBytes : HeldBytes);
        var isComplete = await held.FillAsync(output, _request.WaitsForEnd, cancellation);
        if (isComplete)
        {
            var outcome = await query;
            if (outcome.Error is { } error)
            {
                await WriteErrorAsync(error, cancellation);
                return;
            }

            WriteHeaders(outcome, format);
            await SendAsync(held.Content, held.Content.Length, cancellation);
            return;
        }

        _exceptionTag = Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8));
        _context.Response.Headers["X-ClickHouse-Exception-Tag"] = _exceptionTag;
        WriteHeaders(new([], null, 0, 0, 0, 0, 0), format);
        await SendAsync(held.Content, output, query, cancellation);
    }

    public async Task WriteErrorAsync(ChdbError error, CancellationToken cancellation)
    {
        var response = _context.Response;
        response.StatusCode = ErrorStatus.Of(error.Code);
        response.Headers["X-ClickHouse-Exception-Code"] = error.Code.ToString(CultureInfo.InvariantCulture);
        response.ContentType = "text/plain; charset=UTF-8";
        if (response.StatusCode == StatusCodes.Status401Unauthorized)
        {
            response.Headers.WWWAuthenticate = "Basic realm=\"ClickHouse server HTTP API\"";
        }

        await response.WriteAsync(error.Text + "\n", cancellation);
    }

    void WriteHeaders(ChdbOutcome outcome, string format)
    {
        var elapsed = (long)_time.GetElapsedTime(_started).TotalNanoseconds;
        var headers = _context.Response.Headers;
        headers["X-ClickHouse-Format"] = format;
        headers.ContentType = ContentTypes.Of(format);
        headers["X-ClickHouse-Summary"] = string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"read_rows\":\"{outcome.RowsRead}\",\"read_bytes\":\"{outcome.BytesRead}\",\"written_rows\":\"{outcome.RowsWritten}\"," +
            $"\"written_bytes\":\"{outcome.BytesWritten}\",\"total_rows_to_read\":\"0\",\"result_rows\":\"{Math.Max(outcome.ResultRows, outcome.RowsWritten)}\"," +
            $"\"result_bytes\":\"{outcome.Data.Length}\",\"elapsed_ns\":\"{elapsed}\"}}");
    }

    async Task SendAsync(Stream body, long length, CancellationToken cancellation)
    {
        if (OpenCompressor() is { } compressor)
        {
            await using (compressor)
            {
                await body.CopyToAsync(compressor, cancellation);
            }
        }
        else
        {
            _context.Response.ContentLength = length;
            await body.CopyToAsync(_context.Response.Body, cancellation);
        }
    }

    async Task SendAsync(Stream held, Stream output, Task<ChdbOutcome> query, CancellationToken cancellation)
    {
        var body = OpenCompressor() ?? _context.Response.Body;
        await held.CopyToAsync(body, cancellation);
        await output.CopyToAsync(body, HeldBytes, cancellation);
        var outcome = await query;
        if (outcome.Error is { } error)
        {
            // The status line is gone. The text follows the rows, between marks that a client can look for; the exception makes
            // Kestrel close the connection without the last chunk, so that no client can take what it has for the whole.
            await body.WriteAsync(ExceptionBlock(error), cancellation);
            if (body != _context.Response.Body)
            {
                await body.DisposeAsync();
            }

            await _context.Response.Body.FlushAsync(cancellation);
            throw new ResponseCutException(error);
        }

        if (body != _context.Response.Body)
        {
            await body.DisposeAsync();
        }
    }

    byte[] ExceptionBlock(ChdbError error)
    {
        var message = error.Text + "\n";
        return Encoding.UTF8.GetBytes(
            $"\r\n__exception__\r\n{_exceptionTag}\r\n{message}{Encoding.UTF8.GetByteCount(message)} {_exceptionTag}\r\n__exception__\r\n");
    }

    /// <summary>A compressor that the client accepts; null when it asked for none. Like a server, only on enable_http_compression=1.</summary>
    Stream? OpenCompressor()
    {
        if (!_request.AcceptsCompression)
        {
            return null;
        }

        var accepted = _context.Request.Headers.AcceptEncoding.ToString();
        var response = _context.Response;
        if (accepted.Contains("br", StringComparison.OrdinalIgnoreCase))
        {
            response.Headers.ContentEncoding = "br";
            return new BrotliStream(response.Body, CompressionLevel.Fastest, leaveOpen: true);
        }

        if (accepted.Contains("gzip", StringComparison.OrdinalIgnoreCase))
        {
            response.Headers.ContentEncoding = "gzip";
            return new GZipStream(response.Body, CompressionLevel.Fastest, leaveOpen: true);
        }

        if (accepted.Contains("deflate", StringComparison.OrdinalIgnoreCase))
        {
            response.Headers.ContentEncoding = "deflate";
            return new ZLibStream(response.Body, CompressionLevel.Fastest, leaveOpen: true);
        }

        return null;
    }
}

/// <summary>A query that failed behind its status line: the response ends here, unfinished.</summary>
sealed class ResponseCutException(ChdbError error) : Exception(error.Text);
