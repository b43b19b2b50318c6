using System.Net.Http.Headers;

namespace Pipeline.Engine.Tests;

/// <summary>Requests to an engine, for the tests that look at more than a result.</summary>
sealed class EngineHttp : IDisposable
{
    readonly HttpClient _client;

    public EngineHttp(Uri url, string user, string password)
    {
        _client = new(new SocketsHttpHandler { AutomaticDecompression = System.Net.DecompressionMethods.None }) { BaseAddress = url };
        _client.DefaultRequestHeaders.Add("X-ClickHouse-User", user);
        _client.DefaultRequestHeaders.Add("X-ClickHouse-Key", password);
    }

    public EngineHttp(EngineSupervisor supervisor)
        : this(supervisor.Url, supervisor.User, supervisor.Password)
    {
    }

    public Task<HttpResponseMessage> PostAsync(string sql, string parameters = "", CancellationToken cancellation = default) =>
        _client.PostAsync(new Uri("?" + parameters, UriKind.Relative), new StringContent(sql), cancellation);

    public Task<HttpResponseMessage> PostAsync(HttpContent body, string parameters) =>
        _client.PostAsync(new Uri("?" + parameters, UriKind.Relative), body);

    public Task<HttpResponseMessage> GetAsync(string parameters) => _client.GetAsync(new Uri("?" + parameters, UriKind.Relative));

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) =>
        _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

    /// <summary>Runs a statement that must succeed.</summary>
    public async Task<string> QueryAsync(string sql, string parameters = "")
    {
        using var response = await PostAsync(sql, parameters);
        var text = await response.Content.ReadAsStringAsync();
        response.IsSuccessStatusCode.ShouldBeTrue(text);
        return text;
    }

    /// <summary>Runs a statement until its answer is the expected one; fails after half a minute.</summary>
    public async Task WaitForAsync(string sql, string expected)
    {
        var give = TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(30);
        string last;
        do
        {
            last = await QueryAsync(sql);
            if (last == expected)
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
        }
        while (TimeProvider.System.GetUtcNow() < give);
        last.ShouldBe(expected);
    }

    public static string Header(HttpResponseMessage response, string name) => response.Headers.GetValues(name).Single();

    public static ByteArrayContent Encoded(byte[] data, string encoding)
    {
        var content = new ByteArrayContent(data);
        content.Headers.ContentEncoding.Add(encoding);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return content;
    }

    public void Dispose() => _client.Dispose();
}
