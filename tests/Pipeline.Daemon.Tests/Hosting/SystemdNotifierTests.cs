using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Daemon.Hosting;
using Pipeline.TestKit.Files;

namespace Pipeline.Daemon.Tests.Hosting;

public sealed class SystemdNotifierTests : IDisposable
{
    readonly TempHome _temp = new();

    public void Dispose() => _temp.Dispose();

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Messages_ArriveAsOneDatagramEach(bool isAbstract)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "systemd is Linux.");
        var path = isAbstract ? "@pipeline-test-" + Guid.NewGuid().ToString("N") : _temp.PathOf("notify");
        using var systemd = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 5000 };
        systemd.Bind(new UnixDomainSocketEndPoint(isAbstract ? "\0" + path[1..] : path));
        using var sut = Create(("NOTIFY_SOCKET", path));

        sut.Ready("loading from data");
        sut.Watchdog();
        sut.Stopping("finishing");

        Receive(systemd).ShouldBe("READY=1\nSTATUS=loading from data");
        Receive(systemd).ShouldBe("WATCHDOG=1");
        Receive(systemd).ShouldBe("STOPPING=1\nSTATUS=finishing");
    }

    [Fact]
    public void Watchdog_IntervalIsHalfOfWhatSystemdAllows() =>
        Create(("NOTIFY_SOCKET", "/nowhere"), ("WATCHDOG_USEC", "3000000")).WatchdogInterval.ShouldBe(TimeSpan.FromSeconds(1.5));

    [Fact]
    public void Watchdog_ForAnotherProcess_IsOff() =>
        Create(("NOTIFY_SOCKET", "/nowhere"), ("WATCHDOG_USEC", "3000000"),
            ("WATCHDOG_PID", "1")).WatchdogInterval.ShouldBeNull();

    [Fact]
    public void Messages_NoSystemd_AreNotSent()
    {
        using var sut = Create();

        sut.IsActive.ShouldBeFalse();
        Should.NotThrow(() => sut.Ready("x"));
    }

    [Fact]
    public void Messages_SocketIsGone_DoNotStopTheDaemon()
    {
        using var sut = Create(("NOTIFY_SOCKET", _temp.PathOf("gone")));

        Should.NotThrow(() => sut.Ready("x"));
    }

    static SystemdNotifier Create(params (string Name, string Value)[] environment) =>
        new(environment.ToDictionary(e => e.Name, e => e.Value), NullLogger.Instance);

    static string Receive(Socket socket)
    {
        var buffer = new byte[1024];
        return Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer));
    }
}
