using System.Xml.Linq;

namespace Guardian.Conventions.Tests;

/// <summary>Who may know whom: the order of the projects is the order of the data.</summary>
public sealed class DependencyTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Guardian.Contracts"] = [],
        ["Guardian.Detection"] = [],
        ["Guardian.Storage"] = ["Guardian.Contracts", "Guardian.Detection"],
        ["Guardian.Grains"] = ["Guardian.Contracts", "Guardian.Detection", "Guardian.Storage"],
        ["Guardian.Client"] = ["Guardian.Contracts"],
        ["Guardian.Silo"] = ["Guardian.Contracts", "Guardian.Detection", "Guardian.Storage", "Guardian.Grains"],
        ["Guardian.Cli"] = ["Guardian.Contracts", "Guardian.Storage", "Guardian.Client"],
    };

    [Fact]
    public void Projects_References_FollowTheDependencyRule() => Tree.AssertNone(
        "Condition failed: a project refers only to those the dependency rule names (docs/ARCHITECTURE.md).",
        from project in Tree.Projects
        where project.Under("src", "silo", "client")
        let name = Path.GetFileNameWithoutExtension(project.Name)
        from reference in References(project, "ProjectReference")
        let target = Path.GetFileNameWithoutExtension(reference)
        where !Allowed.TryGetValue(name, out string[]? allowed) || !allowed.Contains(target)
        select $"{name} → {target}");

    [Theory]
    [InlineData("Guardian.Detection")]
    [InlineData("Guardian.Contracts", "Microsoft.Orleans.Sdk")]
    public void Leaves_Packages_AreOnlyThose(string project, params string[] packages)
    {
        TreeFile file = Tree.File($"src/{project}/{project}.csproj");
        Tree.AssertNone(
            $"Condition failed: {project} takes no package but [{string.Join(", ", packages)}].",
            References(file, "PackageReference").Except(packages));
    }

    [Theory]
    [InlineData("src/Guardian.Contracts/", "Guardian.Detection")]
    [InlineData("src/Guardian.Detection/", "Guardian.Contracts")]
    [InlineData("src/Guardian.Client/", "Guardian.Grains")]
    [InlineData("src/Guardian.Detection/", "Orleans")]
    public void Leaves_Sources_DoNotName(string folder, string stranger) => Tree.AssertNone(
        $"Condition failed: {folder} does not know {stranger}.",
        from file in Tree.Product
        where file.Path.StartsWith(folder, StringComparison.Ordinal)
        where file.Code.Contains($"{stranger}.", StringComparison.Ordinal)
            || file.Code.Contains($"{stranger};", StringComparison.Ordinal)
        select file.Path);

    [Fact]
    public void Product_References_NeverPointAtTests() => Tree.AssertNone(
        "Condition failed: what is shipped never refers to tests.",
        from project in Tree.Projects
        where project.Under("src", "silo", "client")
        from reference in References(project, "ProjectReference")
        where reference.Contains("tests/", StringComparison.Ordinal)
        select $"{project.Path} → {reference}");

    [Fact]
    public void Packages_Versions_AreCentral() => Tree.AssertNone(
        "Condition failed: versions stand in Directory.Packages.props only.",
        from project in Tree.Projects
        from package in XDocument.Parse(project.Text).Descendants("PackageReference")
        where package.Attribute("Version") is not null || package.Attribute("VersionOverride") is not null
        select $"{project.Path}: {package.Attribute("Include")?.Value}");

    [Fact]
    public void Packages_LockFile_StandsBesideEveryProject() => Tree.AssertNone(
        "Condition failed: every project has its packages.lock.json, so that a restore gives the same bytes.",
        from project in Tree.Projects
        let expected = project.Path[..^project.Name.Length] + "packages.lock.json"
        where Tree.Files.All(file => file.Path != expected)
        select expected);

    private static IEnumerable<string> References(TreeFile project, string kind) =>
        from element in XDocument.Parse(project.Text).Descendants(kind)
        let include = element.Attribute("Include")?.Value
        where include is not null
        select include.Replace('\\', '/');
}
