using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Pipeline.ClickHouse;

/// <summary>What a response says besides its data: error, summary, how long to wait.</summary>
static class ResponseReader
{
    // Errors are a few kilobytes; a proxy's page is cut.
    const int MaxErrorBytes = 64 * 1024;

    /// <summary>Has the server refused before sending data?</summary>
    public static bool IsError(HttpResponseMessage response) =>
        !response.IsSuccessStatusCode || ExceptionCode(response) is not null;

    /// <summary>The error of a response that <see cref="IsError"/>.</summary>
    public static async Task<ClickHouseError> ReadErrorAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var text = await ReadTextAsync(response, cancellation);
        var code = ExceptionCode(response);
        return ErrorText.TryParse(text, code) ?? ErrorText.OfStatus((int)response.StatusCode, text);
    }

    /// <summary>The text of a body that should be empty or small.</summary>
    public static async Task<string> ReadTextAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var stream = await response.Content.ReadAsStreamAsync(cancellation);
        var bytes = ArrayPool<byte>.Shared.Rent(MaxErrorBytes);
        var length = await stream.ReadAtLeastAsync(bytes.AsMemory(0, MaxErrorBytes), MaxErrorBytes, throwOnEndOfStream: false, cancellation);
        var text = Encoding.UTF8.GetString(bytes, 0, length);
        ArrayPool<byte>.Shared.Return(bytes);
        return text;
    }

    public static QuerySummary Summary(HttpResponseMessage response, string queryId)
    {
        if (Header(response, "X-ClickHouse-Summary") is not { } text)
        {
            return new QuerySummary(0, 0, 0, 0, queryId);
        }

        try
        {
            using var json = JsonDocument.Parse(text);
            return new QuerySummary(
                Number(json.RootElement, "read_rows") ?? 0, Number(json.RootElement, "read_bytes") ?? 0,
                Number(json.RootElement, "written_rows") ?? 0, Number(json.RootElement, "written_bytes") ?? 0, queryId);
        }
        catch (JsonException)
        {
            // A summary is a check and no part of the answer: one that cannot be read counts as missing.
            return new QuerySummary(0, 0, 0, 0, queryId);
        }
    }

    /// <summary>Rows written, by the summary; null when there is none or it does not say.</summary>
    public static long? WrittenRows(HttpResponseMessage response) =>
        Header(response, "X-ClickHouse-Summary") is { } text && text.Contains("written_rows", StringComparison.Ordinal)
            ? Summary(response, "").WrittenRows
            : null;

    public static TimeSpan? RetryAfter(HttpResponseMessage response, TimeProvider time) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => Max(date - time.GetUtcNow(), TimeSpan.Zero),
        _ => null,
    };

    public static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    static int? ExceptionCode(HttpResponseMessage response) =>
        int.TryParse(Header(response, "X-ClickHouse-Exception-Code"), NumberStyles.None, CultureInfo.InvariantCulture,
            out var code) ? code : null;

    // The server writes its numbers as JSON strings.
    static long? Number(JsonElement summary, string name) =>
        summary.ValueKind != JsonValueKind.Object || !summary.TryGetProperty(name, out var value) ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number
        : long.TryParse(value.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out number) ? number
        : null;

    static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
