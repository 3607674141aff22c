using System.Text.RegularExpressions;
using Guardian.Silo.Options;
using Microsoft.Extensions.Configuration;
using YamlDotNet.RepresentationModel;

namespace Guardian.Silo.Tests;

/// <summary>docker-compose.yml, what it mounts, and the image: no engine is at hand, so they are read.</summary>
public sealed partial class ComposeTests
{
    private static readonly YamlMappingNode Compose = Yaml.Read("docker-compose.yml")[0];

    private static IEnumerable<(string Name, YamlNode Service)> Services =>
        ((YamlMappingNode)Compose.At("services")!).Children.Select(s => ($"{s.Key}", s.Value));

    [Fact]
    public void Services_Names_AreThePromisedOnes() => Assert.Equal(
        ["alertmanager", "grafana", "prometheus", "redis", "silo-1", "silo-2", "timescaledb"],
        Services.Select(s => s.Name).Order());

    [Fact]
    public void Services_EachOne_PinnedWatchedAndStartedAgain() => Assert.All(Services, s =>
    {
        string image = $"{s.Service.At("image")}";
        Assert.Matches("^[a-z/]+:[v0-9][a-z0-9.-]+$|^guardian:local$", image);
        Assert.NotEmpty(s.Service.At("healthcheck", "test").Items());
        Assert.Equal("always", $"{s.Service.At("restart")}");
    });

    [Fact]
    public void Services_Secrets_ComeFromFilesOnly()
    {
        Dictionary<string, YamlNode> secrets = ((YamlMappingNode)Compose.At("secrets")!).Children
            .ToDictionary(c => $"{c.Key}", c => c.Value);
        string made = File.ReadAllText(Yaml.PathOf("deploy/secrets/make"));
        Assert.All(secrets.Values, s => Assert.Contains(
            Path.GetFileName($"{s.At("file")}"), made, StringComparison.Ordinal));
        foreach ((string name, YamlNode service) in Services)
        {
            Assert.All(
                service.At("secrets").Items(), used => Assert.True(secrets.ContainsKey($"{used}"), $"{name}: {used}"));
            Assert.All(
                service.At("environment").Texts().Where(e => Secret().IsMatch(e.Key)),
                e => Assert.StartsWith("/run/secrets/", e.Value));
        }
    }

    [Fact]
    public void Services_WhatIsMounted_IsThere()
    {
        string[] volumes = [.. Compose.At("volumes").Texts().Keys];
        foreach (string mount in Services.SelectMany(s => s.Service.At("volumes").Items()).Select(m => $"{m}"))
        {
            string from = mount.Split(':')[0];
            bool there = from.StartsWith("./", StringComparison.Ordinal)
                ? Directory.Exists(Yaml.PathOf(from))
                : volumes.Contains(from);
            Assert.True(there, mount);
        }
    }

    [Theory]
    [InlineData("silo-1")]
    [InlineData("silo-2")]
    public void Silos_Environment_IsWhatTheSiloReads(string name)
    {
        YamlNode silo = Services.Single(s => s.Name == name).Service;
        Dictionary<string, string> environment = silo.At("environment").Texts();
        SiloOptionsResult read = Read(environment);
        Assert.Empty(read.Errors);
        Assert.Equal($"{silo.At("networks", "guardian", "ipv4_address")}", $"{read.Options.Cluster.AdvertisedAddress}");
        Assert.Equal("redis", read.Options.Redis!.Host);
        Assert.Equal(["dotnet", "/app/silo/Guardian.Silo.dll", "health"],
            silo.At("healthcheck", "test").Items().Skip(1).Select(t => $"{t}"));
    }

    [Fact]
    public void Prometheus_Targets_AreTheSilosAndTheirPort()
    {
        YamlMappingNode prometheus = Yaml.Read("deploy/prometheus/prometheus.yml")[0];
        string dockerfile = File.ReadAllText(Yaml.PathOf("deploy/Dockerfile"));
        string port = MetricsPort().Match(dockerfile).Value;
        Assert.Equal(
            Services.Select(s => s.Name).Where(n => n.StartsWith("silo-", StringComparison.Ordinal))
                .Select(n => $"{n}:{port}"),
            prometheus.At("scrape_configs").Items().Single().At("static_configs").Items().Single()
                .At("targets").Items().Select(t => $"{t}"));
        Assert.All(
            prometheus.At("rule_files").Items(), f => Assert.True(File.Exists(Yaml.PathOf($"deploy/prometheus/{f}"))));
        Assert.Equal("alertmanager:9093", $"{prometheus.At("alerting", "alertmanagers").Items().Single()
            .At("static_configs").Items().Single().At("targets").Items().Single()}");
    }

    [Fact]
    public void RulesAndDashboards_Metrics_AreThoseOfTheReference()
    {
        string[] known =
        [
            "up",
            .. Metric().Matches(File.ReadAllText(Yaml.PathOf("docs/reference/metrics.md"))).Select(m => m.Value),
        ];
        string[] expressions =
        [
            .. Yaml.Read("deploy/prometheus/rules.yml")[0].At("groups").Items()
                .SelectMany(g => g.At("rules").Items()).Select(r => $"{r.At("expr")}"),
            .. Yaml.Read("deploy/grafana/dashboards/guardian.json")[0].At("panels").Items()
                .SelectMany(p => p.At("targets").Items()).Select(t => $"{t.At("expr")}"),
        ];
        Assert.True(expressions.Length > 10);
        Assert.All(expressions, expression => Assert.All(
            Metric().Matches(expression),
            m => Assert.Contains(m.Value.Replace("_bucket", string.Empty, StringComparison.Ordinal), known)));
        Assert.All(expressions, e => Assert.True(
            e.StartsWith("up", StringComparison.Ordinal) || e.Contains("up{", StringComparison.Ordinal)
            || Metric().IsMatch(e), e));
    }

    [Fact]
    public void Dockerfile_WhatIsCopied_IsThereAndTheUserIsNotRoot()
    {
        string[] lines = File.ReadAllLines(Yaml.PathOf("deploy/Dockerfile"));
        string[] copied =
        [
            .. lines.Where(l => l.StartsWith("COPY ", StringComparison.Ordinal) && !l.Contains("--from"))
                .SelectMany(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..^1]),
        ];
        Assert.Contains("src", copied);
        Assert.All(copied, f => Assert.True(
            File.Exists(Yaml.PathOf(f)) || Directory.Exists(Yaml.PathOf(f)), $"COPY {f}"));
        Assert.Contains("USER $APP_UID", lines);
        // Of the SDK that the repository asks for: 10.0.4xx builds with any newer one of 10.0.
        string[] asked = $"{Yaml.Read("global.json")[0].At("sdk", "version")}".Split('.');
        Assert.All(
            lines.Where(l => l.StartsWith("FROM ", StringComparison.Ordinal)),
            l => Assert.Contains($":{asked[0]}.{asked[1]}.", l, StringComparison.Ordinal));
    }

    internal static SiloOptionsResult Read(IReadOnlyDictionary<string, string> environment)
    {
        // What is read from a mounted file is not there: its place is taken by the value itself.
        Dictionary<string, string> values = environment.ToDictionary(
            e => e.Key.Replace("_FILE", string.Empty, StringComparison.Ordinal),
            e => e.Key == "TIMESCALEDB_URI_FILE" ? "postgres://guardian:x@timescaledb:5432/guardian" : e.Value);
        IConfigurationRoot configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(values.Where(v => v.Key.StartsWith("GUARDIAN__", StringComparison.Ordinal))
                .Select(v => KeyValuePair.Create(v.Key.Replace("__", ":", StringComparison.Ordinal), (string?)v.Value)))
            .Build();
        return SiloOptionsReader.Read(configuration, values.GetValueOrDefault);
    }

    [GeneratedRegex("PASSWORD|URI|SECRET|TOKEN", RegexOptions.None, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Secret();

    [GeneratedRegex("guardian_[a-z_]+", RegexOptions.None, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Metric();

    [GeneratedRegex("(?<=GUARDIAN__METRICSPORT=)[0-9]+", RegexOptions.None, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex MetricsPort();
}
