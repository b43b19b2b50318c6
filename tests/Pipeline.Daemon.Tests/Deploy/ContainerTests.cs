using System.Text.RegularExpressions;
using Pipeline.TestKit;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Daemon.Tests.Deploy;

/// <summary>What can be said about image and compose file without a Docker engine.</summary>
public sealed partial class ContainerTests
{
    readonly YamlMappingNode _compose = Compose();

    [Fact]
    public void Compose_Services_AreTheFour() =>
        Services().Select(s => s.Name).ShouldBe(["clickhouse", "pipeline", "prometheus", "grafana"], ignoreOrder: true);

    [Fact]
    public void Compose_Images_ArePinnedByTag()
    {
        foreach (var (name, service) in Services())
        {
            PinnedImage().IsMatch(service["image"].ToString()).ShouldBeTrue($"{name}: {service["image"]}");
        }
    }

    [Fact]
    public void Compose_Ports_ArePublishedOnTheLoopbackOnly()
    {
        var ports = Services().SelectMany(s => List(s.Service, "ports")).ToList();

        ports.Count.ShouldBe(4);
        ports.ShouldAllBe(p => p.StartsWith("127.0.0.1:", StringComparison.Ordinal));
    }

    [Fact]
    public void Compose_Services_HaveAHealthCheckAndRestart()
    {
        foreach (var (name, service) in Services())
        {
            List(service["healthcheck"], "test").ShouldNotBeEmpty(name);
            service["restart"].ToString().ShouldBe("unless-stopped", name);
        }
    }

    [Fact]
    public void Compose_DaemonEnvironment_IsSettings()
    {
        var environment = ((YamlMappingNode)_compose["services"]["pipeline"]["environment"]).Children
            .ToDictionary(e => e.Key.ToString(), e => e.Value.ToString());

        environment.Keys.ShouldAllBe(name => SettingNames.IsSetting(name));
        environment["PIPELINE__CLICKHOUSE__URL"].ShouldBe("http://clickhouse:8123");
    }

    [Fact]
    public void SettingNames_PlantedMistake_IsFound()
    {
        SettingNames.IsSetting("PIPELINE__CLICKHOUSE__URL").ShouldBeTrue();
        SettingNames.IsSetting("PIPELINE__CLICKHOUSE__ULR").ShouldBeFalse();
        SettingNames.IsSetting("PIPELINE__CLICKHOUSE").ShouldBeFalse();
    }

    [Fact]
    public void Compose_VolumesAndSecrets_AreDeclaredOrInTheRepository()
    {
        var declared = Names(_compose["volumes"]);
        var secrets = Names(_compose["secrets"]);
        foreach (var (name, service) in Services())
        {
            foreach (var source in List(service, "volumes").Select(v => v[..v.IndexOf(':', StringComparison.Ordinal)]))
            {
                var exists = source.StartsWith("./", StringComparison.Ordinal)
                    ? Path.Exists(Golden.FromRoot(source))
                    : declared.Contains(source);
                exists.ShouldBeTrue($"{name}: {source}");
            }

            List(service, "secrets").ShouldBeSubsetOf(secrets, name);
        }

        File.ReadAllText(Golden.FromRoot("docker-compose.yml")).ShouldNotContain("PASSWORD: ");
    }

    [Fact]
    public void Compose_Secrets_AreMadeByTheScriptAndNotCommitted()
    {
        var script = File.ReadAllText(Golden.FromRoot("deploy/secrets/make"));

        foreach (var name in Names(_compose["secrets"]))
        {
            _compose["secrets"][name]["file"].ToString().ShouldBe($"./deploy/secrets/{name}");
            script.ShouldContain(name);
        }

        File.ReadAllLines(Golden.FromRoot("deploy/secrets/.gitignore"))[0].ShouldBe("*");
    }

    [SkippableFact]
    public async Task Compose_ReadByDocker_IsValid()
    {
        Skip.If(Tool.Find("docker") is null, "docker is not on this machine.");
        var (version, _) = await Tool.RunAsync("docker", "compose", "version");
        Skip.If(version != 0, "docker has no compose plug-in on this machine.");

        var (exitCode, output) = await Tool.RunAsync("docker", "compose", "--file", Golden.FromRoot("docker-compose.yml"), "config", "--quiet");

        exitCode.ShouldBe(0, output);
    }

    [Fact]
    public void Dockerfile_Copies_ExistAndReachTheBuilder()
    {
        var sources = Dockerfile()
            .Where(l => l.StartsWith("COPY ", StringComparison.Ordinal) && !l.Contains("--from="))
            .SelectMany(l => l.Split(' ')[1..^1])
            .ToList();
        var sent = File.ReadLines(Golden.FromRoot(".dockerignore")).Where(l => l.StartsWith('!')).Select(l => l[1..]).ToList();

        sources.Count.ShouldBeGreaterThan(8);
        foreach (var source in sources)
        {
            Path.Exists(Golden.FromRoot(source)).ShouldBeTrue(source);
            sent.ShouldContain(s => source == s || source.StartsWith(s + "/", StringComparison.Ordinal), source);
        }
    }

    [Fact]
    public void Dockerfile_EveryProjectOfTheDaemon_IsRestored()
    {
        var projects = Directory.EnumerateFiles(Golden.FromRoot("src"), "*.csproj", SearchOption.AllDirectories)
            .Select(p => Path.GetRelativePath(Golden.FromRoot("."), p));

        projects.ShouldAllBe(p => Dockerfile().Any(l => l.StartsWith($"COPY {p} ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Dockerfile_Runtime_IsNotRootAndAnswersForItsHealth()
    {
        var lines = Dockerfile();

        lines.Count(l => l.StartsWith("FROM ", StringComparison.Ordinal)).ShouldBe(2);
        lines.ShouldContain("USER pipeline");
        lines.ShouldContain("EXPOSE 8080");
        lines.ShouldContain("STOPSIGNAL SIGTERM");
        lines.ShouldContain(l => l.Contains("/healthz"));
    }

    static IReadOnlyList<string> Dockerfile() =>
        [.. File.ReadAllText(Golden.FromRoot("Dockerfile")).Replace("\\\n", " ", StringComparison.Ordinal).Split('\n')];

    IEnumerable<(string Name, YamlMappingNode Service)> Services() =>
        ((YamlMappingNode)_compose["services"]).Children.Select(s => (s.Key.ToString(), (YamlMappingNode)s.Value));

    static IReadOnlyList<string> List(YamlNode node, string key) =>
        ((YamlMappingNode)node).Children.TryGetValue(key, out var list) ? [.. ((YamlSequenceNode)list).Select(v => v.ToString())] : [];

    static IReadOnlyList<string> Names(YamlNode node) => [.. ((YamlMappingNode)node).Children.Keys.Select(k => k.ToString())];

    static YamlMappingNode Compose()
    {
        var yaml = new YamlStream();
        using var reader = File.OpenText(Golden.FromRoot("docker-compose.yml"));
        yaml.Load(reader);
        return (YamlMappingNode)yaml.Documents[0].RootNode;
    }

    [GeneratedRegex(@"^[\w./-]+:v?[0-9][\w.-]*$", RegexOptions.NonBacktracking)]
    private static partial Regex PinnedImage();
}
