using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Pipeline.Daemon.Cli;
using Pipeline.Daemon.Hosting;

namespace Pipeline.Daemon.Commands;

/// <summary>The commands, done by the running daemon through its local API.</summary>
sealed class DaemonClient : IPipelineCommands, IDisposable
{
    readonly HttpClient _http;

    public DaemonClient(Uri url, DaemonCredentials credentials)
    {
        // No time limit: a file may take hours; the user's Ctrl+C ends the wait. Proxies are for other hosts.
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false }, disposeHandler: true)
        {
            BaseAddress = url,
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", credentials.Token) },
        };
    }

    public async IAsyncEnumerable<IngestUpdate> IngestAsync(
        IngestOrder order, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var response = await SendAsync("api/v1/ingest", order, cancellation);
        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        using var lines = new StreamReader(body, Encoding.UTF8);
        var missing = order.Files.Count;
        while (await NextLineAsync(lines, cancellation) is { } line)
        {
            var update = JsonSerializer.Deserialize<IngestUpdate>(line, Json.Compact)!;
            missing -= update.Result is null ? 0 : 1;
            yield return update;
        }

        if (missing > 0)
        {
            throw Ended(
                $"{missing} of {order.Files.Count} files were not settled yet; repeat the command and they are picked up again");
        }
    }

    public Task<CommandReply> UndoAsync(string file, CancellationToken cancellation) => CommandAsync("undo", file, cancellation);

    public void Dispose() => _http.Dispose();

    async Task<CommandReply> CommandAsync(string command, string file, CancellationToken cancellation)
    {
        using var response = await SendAsync($"api/v1/{command}", new FileOrder(file), cancellation);
        return (await response.Content.ReadFromJsonAsync<CommandReply>(Json.Compact, cancellation))!;
    }

    async Task<HttpResponseMessage> SendAsync<T>(string path, T body, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post, path)
        { Content = JsonContent.Create(body, options: Json.Compact) };
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        }
        catch (HttpRequestException e)
        {
            throw new CliException(
                ExitCode.DestinationUnreachable, $"The daemon at {_http.BaseAddress} does not answer: {e.Message}", e);
        }

        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            var text = await response.Content.ReadAsStringAsync(cancellation);
            throw new CliException(
                (int)response.StatusCode == 503 ? ExitCode.DestinationUnreachable : ExitCode.Usage,
                $"The daemon at {_http.BaseAddress} refused: {Detail(text) ?? $"status {(int)response.StatusCode}"}");
        }
    }

    static async Task<string?> NextLineAsync(StreamReader lines, CancellationToken cancellation)
    {
        try
        {
            return await lines.ReadLineAsync(cancellation);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw Ended(e.Message);
        }
    }

    static CliException Ended(string how) => new(ExitCode.DestinationUnreachable, $"The daemon ended before it was done: {how}.");

    static string? Detail(string problem)
    {
        try
        {
            using var json = JsonDocument.Parse(problem);
            return json.RootElement.TryGetProperty("detail", out var detail) ? detail.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>The body of a command about one file.</summary>
sealed record FileOrder(string File);
