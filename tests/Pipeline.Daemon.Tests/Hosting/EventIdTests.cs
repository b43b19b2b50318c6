using System.Reflection;
using Microsoft.Extensions.Logging;
using Pipeline.Telemetry;
using Pipeline.TestKit;

namespace Pipeline.Daemon.Tests.Hosting;

public sealed class EventIdTests
{
    static readonly List<(int Id, LogLevel Level, string Name)> s_events =
    [
        .. ((Assembly[])[typeof(EventIds).Assembly, typeof(Engine.EngineSupervisor).Assembly, typeof(Daemon.Json).Assembly])
            .SelectMany(a => a.GetTypes())
            .SelectMany(t => t.GetMethods(
                BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Select(m => (Attribute: m.GetCustomAttribute<LoggerMessageAttribute>(), Method: m))
            .Where(x => x.Attribute is not null)
            .Select(x => (x.Attribute!.EventId, x.Attribute.Level, Name: $"{OuterName(x.Method.DeclaringType!)}.{x.Method.Name}"))
            .OrderBy(x => x.EventId),
    ];

    [Fact]
    public void Events_AreTheApprovedOnes() => Golden.Matches(
        Golden.FromRoot("tests/Pipeline.Daemon.Tests/Hosting/events.approved.txt"),
        string.Concat(s_events.Select(e => $"{e.Id} {e.Level} {e.Name}\n")));

    [Fact]
    public void Events_IdsAreUniqueAndInARange()
    {
        s_events.Count.ShouldBeGreaterThan(20);
        s_events.GroupBy(
            e => e.Id).Where(g => g.Count() > 1).Select(g => string.Join(" = ", g.Select(e => e.Name))).ShouldBeEmpty();
        s_events.ShouldAllBe(e => e.Id >= EventIds.Discovery && e.Id < EventIds.Engine + 1000);
    }

    static string OuterName(Type type) => type.DeclaringType is { } outer ? OuterName(outer) : type.Name;
}
