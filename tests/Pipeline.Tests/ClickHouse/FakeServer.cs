using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Pipeline.Tests.ClickHouse;

/// <summary>
/// A server of raw bytes on a loopback port, for what a real one does not do on demand. Each connection is answered by the
/// script, once the head of its request
/// (and, unless told otherwise, its body) has been read; then it is closed.
/// </summary>
sealed class FakeServer : IAsyncDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource _stop = new();
    readonly Func<Connection, Task> _script;
    readonly Task _loop;
    readonly List<string> _heads = [];

    public FakeServer(Func<Connection, Task> script)
    {
        _script = script;
        _listener.Start();
        Url = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _loop = AcceptAsync();
    }

    public Uri Url { get; }

    /// <summary>Request lines and headers seen so far.</summary>
    public IReadOnlyList<string> Heads
    {
        get
        {
            lock (_heads)
            {
                return [.. _heads];
            }
        }
    }

    /// <summary>Answers every request with the same bytes, after its body.</summary>
    public static FakeServer Answering(string response) => new(async connection =>
    {
        await connection.ReadBodyAsync();
        await connection.WriteAsync(response);
    });

    public static string Ok(string body, string headers = "") =>
        $"HTTP/1.1 200 OK\r\n{headers}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}";

    public static string Status(int status, string body = "", string headers = "") =>
        $"HTTP/1.1 {status} Something\r\n{headers}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}";

    public async ValueTask DisposeAsync()
    {
        // The loop first: between two connections it would meet a listener that does not listen any more.
        await _stop.CancelAsync();
        await _loop;
        _listener.Dispose();
        _stop.Dispose();
    }

    async Task AcceptAsync()
    {
        var open = new List<Task>();
        try
        {
            while (true)
            {
                open.Add(ServeAsync(await _listener.AcceptSocketAsync(_stop.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(open);
        }
    }

    async Task ServeAsync(Socket socket)
    {
        using (socket)
        {
            try
            {
                var connection = new Connection(socket, _stop.Token);
                var head = await connection.ReadHeadAsync();
                lock (_heads)
                {
                    _heads.Add(head);
                }

                await _script(connection);
                socket.Shutdown(SocketShutdown.Both);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The client left, or the test ends: what the test asserts is what the client saw.
            }
        }
    }

    public sealed class Connection(Socket socket, CancellationToken stop)
    {
        readonly List<byte> _read = [];

        public CancellationToken Stop => stop;

        public async Task<string> ReadHeadAsync()
        {
            while (!Encoding.Latin1.GetString([.. _read]).Contains("\r\n\r\n", StringComparison.Ordinal))
            {
                await ReadSomeAsync();
            }

            var text = Encoding.Latin1.GetString([.. _read]);
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
            _read.RemoveRange(0, end);
            Head = text[..end];
            return Head;
        }

        public string Head { get; private set; } = "";

        /// <summary>Reads a chunked body to its end, or one of a known length.</summary>
        public async Task ReadBodyAsync()
        {
            if (Head.Contains("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase))
            {
                while (!Encoding.Latin1.GetString([.. _read]).EndsWith("0\r\n\r\n", StringComparison.Ordinal))
                {
                    await ReadSomeAsync();
                }
            }
            else if (Head.IndexOf("Content-Length: ", StringComparison.OrdinalIgnoreCase) is >= 0 and var at)
            {
                var length = int.Parse(Head[(at + 16)..].Split('\r')[0], System.Globalization.CultureInfo.InvariantCulture);
                while (_read.Count < length)
                {
                    await ReadSomeAsync();
                }
            }
        }

        public async Task WriteAsync(string text) => await socket.SendAsync(Encoding.UTF8.GetBytes(text), stop);

        /// <summary>Breaks the connection as a crash does: with a reset, not an end.</summary>
        public void Reset()
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            socket.Close();
        }

        public async Task ReadSomeAsync()
        {
            var buffer = new byte[64 * 1024];
            var read = await socket.ReceiveAsync(buffer, stop);
            if (read == 0)
            {
                throw new SocketException((int)SocketError.ConnectionReset);
            }

            _read.AddRange(buffer.AsSpan(0, read));
        }
    }
}
