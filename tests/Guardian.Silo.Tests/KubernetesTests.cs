using Guardian.Silo.Options;
using YamlDotNet.RepresentationModel;

namespace Guardian.Silo.Tests;

/// <summary>The manifests of deploy/kubernetes, read.</summary>
public sealed class KubernetesTests
{
    private static readonly YamlMappingNode[] All =
        [.. Yaml.Read("deploy/kubernetes/guardian.yaml"), .. Yaml.Read("deploy/kubernetes/stores.yaml")];

    private static readonly string[] Known =
        ["Service v1", "StatefulSet apps/v1", "PodDisruptionBudget policy/v1"];

    private static IEnumerable<YamlMappingNode> Sets => All.Where(m => $"{m.At("kind")}" == "StatefulSet");

    private static YamlNode Silo => Sets.Single(s => Name(s) == "guardian").At("spec", "template", "spec")!;

    private static YamlNode Container => Silo.At("containers").Items().Single();

    [Fact]
    public void Manifests_EachOne_HasKindVersionAndName() => Assert.All(All, m =>
    {
        Assert.Contains($"{m.At("kind")} {m.At("apiVersion")}", Known);
        Assert.NotEmpty(Name(m));
    });

    [Fact]
    public void Selectors_EachOne_FindsPods()
    {
        foreach (YamlMappingNode set in Sets)
        {
            Dictionary<string, string> labels = set.At("spec", "template", "metadata", "labels").Texts();
            Assert.Equal(labels, set.At("spec", "selector", "matchLabels").Texts());
            Assert.Contains(
                All, m => $"{m.At("kind")}" == "Service" && Name(m) == $"{set.At("spec", "serviceName")}"
                    && m.At("spec", "selector").Texts().SequenceEqual(labels));
        }

        Assert.Equal("guardian", All.Single(m => $"{m.At("kind")}" == "PodDisruptionBudget")
            .At("spec", "selector", "matchLabels", "app")!.ToString());
    }

    [Fact]
    public void Containers_EachOne_PinnedProbedAndMountedFromWhatIsThere()
    {
        foreach (YamlMappingNode set in Sets)
        {
            YamlNode pod = set.At("spec", "template", "spec")!;
            string[] volumes =
            [
                .. pod.At("volumes").Items().Select(v => $"{v.At("name")}"),
                .. set.At("spec", "volumeClaimTemplates").Items().Select(v => $"{v.At("metadata", "name")}"),
            ];
            foreach (YamlNode container in pod.At("containers").Items())
            {
                Assert.Matches("^[a-z./]+:[v0-9][a-z0-9.-]+$", $"{container.At("image")}");
                Assert.NotNull(container.At("readinessProbe"));
                Assert.NotNull(container.At("livenessProbe"));
                Assert.All(
                    container.At("volumeMounts").Items(), m => Assert.Contains($"{m.At("name")}", volumes));
            }
        }
    }

    [Fact]
    public void Silo_Environment_IsWhatTheSiloReads()
    {
        Dictionary<string, string> environment = Container.At("env").Items().Where(e => e.At("value") is not null)
            .ToDictionary(e => $"{e.At("name")}", e => $"{e.At("value")}");
        Assert.Equal("$(POD_IP)", environment["GUARDIAN__CLUSTER__ADVERTISEDADDRESS"]);
        Assert.Equal("status.podIP", $"{Container.At("env").Items().Single(e => $"{e.At("name")}" == "POD_IP")
            .At("valueFrom", "fieldRef", "fieldPath")}");
        environment["GUARDIAN__CLUSTER__ADVERTISEDADDRESS"] = "10.0.0.7";
        SiloOptionsResult read = ComposeTests.Read(environment);
        Assert.Empty(read.Errors);
        string[] services = [.. All.Where(m => $"{m.At("kind")}" == "Service").Select(Name)];
        Assert.Contains(read.Options.Redis!.Host, services);
        Assert.Contains("timescaledb", services);
    }

    [Fact]
    public void Silo_Pod_RunsAsNobodySpecialAndStopsInOrder()
    {
        Assert.Equal("true", $"{Silo.At("securityContext", "runAsNonRoot")}");
        Assert.Equal("true", $"{Container.At("securityContext", "readOnlyRootFilesystem")}");
        Assert.Equal("false", $"{Container.At("securityContext", "allowPrivilegeEscalation")}");
        Assert.True(int.Parse($"{Silo.At("terminationGracePeriodSeconds")}") >= 20); // A stop takes 15 s at most.
        Assert.Equal(["silo", "gateway", "metrics"], Container.At("ports").Items().Select(p => $"{p.At("name")}"));
        GuardianSiloOptions defaults = new();
        Assert.Equal(
            [$"{defaults.SiloPort}", $"{defaults.GatewayPort}", "9464"],
            Container.At("ports").Items().Select(p => $"{p.At("containerPort")}"));
    }

    private static string Name(YamlNode manifest) => $"{manifest.At("metadata", "name")}";
}
