using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Pipeline.Engine.Chdb;

namespace Pipeline.Engine.Http;

/// <summary>
/// The statement's text and what follows it: the URL's query, a line break, then the body, decompressed. At most
/// <see cref="MaxStatementBytes"/> are held; the data of an insert passes through.
/// </summary>
sealed class RequestBody : IAsyncDisposable
{
    /// <summary>The longest statement that is not an insert with data. Long lists of values are the reason to be generous.</summary>
    public const int MaxStatementBytes = 64 << 20;

    // What is read at once from a compressed body, and what is handed to the engine at once.
    const int PieceBytes = 256 << 10;

    readonly PipeReader _reader;
    readonly Stream? _decompressor;
    readonly ArrayBufferWriter<byte> _head = new();
    bool _isRead;

    RequestBody(PipeReader reader, Stream? decompressor)
    {
        _reader = reader;
        _decompressor = decompressor;
    }

    /// <summary>What has been read so far and is not data of an insert.</summary>
    public ReadOnlySpan<byte> Text => _head.WrittenSpan;

    /// <returns>Null when the body is encoded in a way that cannot be read.</returns>
    /// <param name="fields">Gets the fields of a multipart body, which has no other content.</param>
    public static async Task<RequestBody?> TryOpenAsync(HttpRequest request, QueryRequest fields, CancellationToken cancellation)
    {
        if (request.ContentType?.StartsWith("multipart/form-data", StringComparison.OrdinalIgnoreCase) == true)
        {
            await ReadFieldsAsync(request, fields, cancellation);
            return new(PipeReader.Create(Stream.Null), null);
        }

        Stream? decompressor;
        switch (request.Headers.ContentEncoding.ToString())
        {
            case "" or "identity":
                return new(request.BodyReader, null);
            case "gzip" or "x-gzip":
                decompressor = new GZipStream(request.Body, CompressionMode.Decompress);
                break;
            case "deflate":
                decompressor = new ZLibStream(request.Body, CompressionMode.Decompress);
                break;
            case "br":
                decompressor = new BrotliStream(request.Body, CompressionMode.Decompress);
                break;
            default:
                return null;
        }

        return new(PipeReader.Create(decompressor, new StreamPipeReaderOptions(bufferSize: PieceBytes)), decompressor);
    }

    /// <summary>Reads until the statement is understood.</summary>
    /// <exception cref="QueryRefusedException">The statement is too long.</exception>
    public async Task<Statement> ReadStatementAsync(string urlQuery, CancellationToken cancellation)
    {
        if (urlQuery.Length > 0)
        {
            _head.Write(Encoding.UTF8.GetBytes(urlQuery));
            _head.Write("\n"u8);
        }

        while (true)
        {
            if (Statement.TryParse(Text, _isRead) is { } statement)
            {
                return statement;
            }

            await ReadMoreAsync(cancellation);
        }
    }

    /// <summary>Hands the data of an insert over, piece by piece, as it comes.</summary>
    /// <param name="offset">Where the data begins in <see cref="Text"/>.</param>
    /// <param name="append">Takes a piece, blocking as long as the engine needs; false ends it.</param>
    public async Task CopyDataAsync(int offset, Func<ReadOnlyMemory<byte>, bool> append, CancellationToken cancellation)
    {
        var rest = _head.WrittenMemory[Math.Min(offset, _head.WrittenCount)..];
        if (!append(rest))
        {
            return;
        }

        while (!_isRead)
        {
            var result = await _reader.ReadAsync(cancellation);
            var isTaken = true;
            foreach (var piece in result.Buffer)
            {
                isTaken = isTaken && append(piece);
            }

            _reader.AdvanceTo(result.Buffer.End);
            _isRead = result.IsCompleted;
            if (!isTaken)
            {
                return;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_decompressor is not null)
        {
            await _reader.CompleteAsync();
            await _decompressor.DisposeAsync();
        }
    }

    static async Task ReadFieldsAsync(HttpRequest request, QueryRequest fields, CancellationToken cancellation)
    {
        var form = await request.ReadFormAsync(
            new FormOptions { BufferBody = false, ValueLengthLimit = MaxStatementBytes, MultipartBodyLengthLimit = MaxStatementBytes },
            cancellation);
        if (form.Files.Count > 0)
        {
            throw new QueryRefusedException(ChdbError.Of(
                48, "NOT_IMPLEMENTED", "External tables are not supported by the embedded engine: insert into a table first"));
        }

        foreach (var (name, values) in form)
        {
            fields.AddField(name, values.ToString());
        }
    }

    async Task ReadMoreAsync(CancellationToken cancellation)
    {
        if (_head.WrittenCount > MaxStatementBytes)
        {
            throw new QueryRefusedException(ChdbError.Of(
                229, "QUERY_IS_TOO_LARGE", $"The statement is longer than {MaxStatementBytes} bytes"));
        }

        var result = await _reader.ReadAsync(cancellation);
        foreach (var piece in result.Buffer)
        {
            _head.Write(piece.Span);
        }

        _reader.AdvanceTo(result.Buffer.End);
        _isRead = result.IsCompleted;
    }
}

/// <summary>A request that ends with an error of ClickHouse's before it reached the engine.</summary>
sealed class QueryRefusedException(ChdbError error) : Exception(error.Text)
{
    public ChdbError Error { get; } = error;
}
