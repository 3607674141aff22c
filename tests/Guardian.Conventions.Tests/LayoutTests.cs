using System.Text.RegularExpressions;

namespace Guardian.Conventions.Tests;

/// <summary>Where things lie and how they are called.</summary>
public sealed partial class LayoutTests
{
    private static readonly string[] TopLevelNames =
    [
        "src", "tests", "silo", "client", "samples", "docs", "deploy", "docker-compose.yml", "Guardian.Orleans.sln",
        "global.json", "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props",
        "BannedSymbols.txt", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "test.sh",
    ];

    /// <summary>Test projects that watch over more than one project.</summary>
    private static readonly string[] OverAll =
        ["Guardian.Conventions.Tests", "Guardian.EndToEnd.Tests", "Guardian.Simulation.Tests"];

    [Fact]
    public void TopLevel_Entries_AreTheAgreedOnes() => Tree.AssertNone(
        "Condition failed: the top level holds src, tests, silo, client, samples, docs, deploy and the agreed files "
        + "only.",
        Tree.TopLevel.Where(name => name[0] != '.').Except(TopLevelNames));

    [Fact]
    public void Sources_Namespace_MatchesFolder() => Tree.AssertNone(
        "Condition failed: the namespace is the project's followed by the folder; in Guardian.Contracts and in "
        + "Guardian.Cli the folder may be left out.",
        from file in Tree.Sources
        let declared = Namespace().Match(file.Code)
        where declared.Success
        let actual = declared.Groups[1].Value
        let allowed = AllowedNamespaces(file)
        where !allowed.Contains(actual)
        select $"{file.Path}: {actual}, expected {string.Join(" or ", allowed)}");

    [Fact]
    public void Sources_Namespace_NeverStartsWithTheSolutionsName() => Tree.AssertNone(
        "Condition failed: below Guardian.Orleans the name Orleans.Runtime no longer resolves.",
        from file in Tree.Sources
        where BelowSolution().IsMatch(file.Code)
        select file.Path);

    [Fact]
    public void Sources_WithTypes_DeclareAFileScopedNamespace() => Tree.AssertNone(
        "Condition failed: every file with types declares a file-scoped namespace.",
        from file in Tree.Sources
        where TypeDeclaration().IsMatch(file.Code) && !Namespace().IsMatch(file.Code)
        select file.Path);

    [Fact]
    public void Tests_Project_HasTheProjectItTests()
    {
        HashSet<string> product = [.. ProductProjects().Select(file => Path.GetFileNameWithoutExtension(file.Name))];
        Tree.AssertNone(
            "Condition failed: a test project is called after the project it tests, with .Tests behind it.",
            from project in Tree.Projects
            let name = Path.GetFileNameWithoutExtension(project.Name)
            where project.Under("tests") && name.EndsWith(".Tests", StringComparison.Ordinal)
            where !OverAll.Contains(name) && !product.Contains(name[..^".Tests".Length])
            select project.Path);
    }

    [Fact]
    public void Tests_Folder_MirrorsTheFolderItTests()
    {
        Dictionary<string, string> home = ProductProjects().ToDictionary(
            file => Path.GetFileNameWithoutExtension(file.Name) + ".Tests",
            file => string.Join('/', file.Parts[..^1]));
        Tree.AssertNone(
            "Condition failed: tests lie in the folder of the same name as what they test.",
            from file in Tree.Tests
            where file.Is("Tests.cs") && file.Parts.Length > 3 && home.ContainsKey(file.Parts[1])
            let mirrored = $"{home[file.Parts[1]]}/{string.Join('/', file.Parts[2..^1])}/"
            where !Tree.Product.Any(source => source.Path.StartsWith(mirrored, StringComparison.Ordinal))
            select $"{file.Path}: there is no {mirrored}");
    }

    [Fact]
    public void Solution_Projects_AreAllThatExist()
    {
        string solution = Tree.File("Guardian.Orleans.sln").Text;
        Tree.AssertNone(
            "Condition failed: every project is in the solution, or it is neither built nor tested.",
            from project in Tree.Projects
            where !solution.Contains(project.Path.Replace('/', '\\'), StringComparison.Ordinal)
            select project.Path);
    }

    private static IEnumerable<TreeFile> ProductProjects() =>
        Tree.Projects.Where(file => file.Under("src", "silo", "client"));

    private static string[] AllowedNamespaces(TreeFile file)
    {
        TreeFile project = Tree.Projects
            .Where(candidate => file.Path.StartsWith(Folder(candidate), StringComparison.Ordinal))
            .MaxBy(candidate => candidate.Path.Length)
            ?? throw new InvalidOperationException($"{file.Path} belongs to no project.");
        string root = Path.GetFileNameWithoutExtension(project.Name);
        string[] folders = file.Path[Folder(project).Length..].Split('/')[..^1];
        string full = string.Join('.', [root, .. folders]);
        return root is "Guardian.Contracts" or "Guardian.Cli" ? [full, root] : [full];
    }

    private static string Folder(TreeFile project) => project.Path[..^project.Name.Length];

    [GeneratedRegex(@"^\s*namespace\s+([\w.]+)\s*;", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^\s*namespace\s+Guardian\.Orleans\b", RegexOptions.Multiline)]
    private static partial Regex BelowSolution();

    [GeneratedRegex(
        @"^\s*(public|internal|file)\s+[\w\s]*\b(class|struct|record|interface|enum)\b",
        RegexOptions.Multiline)]
    private static partial Regex TypeDeclaration();
}
