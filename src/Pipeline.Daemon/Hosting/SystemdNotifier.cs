using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using Pipeline.Telemetry;

namespace Pipeline.Daemon.Hosting;

/// <summary>
/// Tells systemd how the service is (sd_notify): one datagram per message to the socket in NOTIFY_SOCKET. Without that variable
/// it says nothing. A name that begins with @ is a socket in the abstract name space.
/// </summary>
sealed partial class SystemdNotifier : IDisposable
{
    readonly Socket? _socket;
    readonly UnixDomainSocketEndPoint? _endPoint;
    readonly ILogger _logger;

    public SystemdNotifier(IReadOnlyDictionary<string, string> environment, ILogger logger)
    {
        _logger = logger;
        if (!environment.TryGetValue("NOTIFY_SOCKET", out var path) || path.Length < 2 || path[0] is not ('/' or '@'))
        {
            return;
        }

        _endPoint = new UnixDomainSocketEndPoint(path[0] == '@' ? "\0" + path[1..] : path);
        _socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

        // The interval is for the process that systemd started, unless it says otherwise.
        var isForUs = !environment.TryGetValue("WATCHDOG_PID", out var pid)
            || pid == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        if (isForUs && environment.TryGetValue("WATCHDOG_USEC", out var text)
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds) && microseconds > 0)
        {
            // systemd's own advice: half the interval.
            WatchdogInterval = TimeSpan.FromMicroseconds(microseconds) / 2;
        }
    }

    public bool IsActive => _socket is not null;

    /// <summary>How often <see cref="Watchdog"/> is expected; null when systemd does not watch.</summary>
    public TimeSpan? WatchdogInterval { get; }

    public void Ready(string status) => Send($"READY=1\nSTATUS={status}");

    public void Stopping(string status) => Send($"STOPPING=1\nSTATUS={status}");

    public void Watchdog() => Send("WATCHDOG=1");

    public void Dispose() => _socket?.Dispose();

    void Send(string message)
    {
        if (_socket is null)
        {
            return;
        }

        try
        {
            _socket.SendTo(Encoding.UTF8.GetBytes(message), _endPoint!);
        }
        catch (SocketException e)
        {
            Log.Unreachable(_logger, message.Split('\n')[0], e.Message);
        }
    }

    static partial class Log
    {
        [LoggerMessage(EventIds.SystemdUnreachable, LogLevel.Warning, "systemd could not be told {State}: {Reason}")]
        public static partial void Unreachable(ILogger logger, string state, string reason);
    }
}
