using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Guardian.Conventions.Tests;

/// <summary>Documentation and code in step.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string[] Expected =
    [
        "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/ARCHITECTURE.md", "docs/GLOSSARY.md", "docs/TESTING.md",
        "docs/reference/dependencies.md", "docs/reference/http.md", "docs/reference/cli.md",
        "docs/reference/guardrails.md",
    ];

    private static readonly string[] RecordSections = ["Context", "Options", "Choice", "Confirmation"];

    private static readonly string[] Lives = ["Bird's eye", "Life of a latency sample", "Life of a halt",
        "Life of a restart", "Code map", "Invariants", "Deliberately absent"];

    [Fact]
    public void Pages_Expected_AreThere() => Tree.AssertNone(
        "Condition failed: this page belongs to the house.",
        Expected.Except(Tree.Pages.Select(page => page.Path)));

    [Fact]
    public void Pages_Links_Resolve() => Tree.AssertNone(
        "Condition failed: a link leads to a file, and to a heading where it names one.",
        from page in Tree.Pages
        from link in Markdown.Links(page)
        where !Resolves(page, link)
        select $"{page.Path}: {link}");

    [Fact]
    public void Architecture_Sections_AreComplete() => Tree.AssertNone(
        "Condition failed: docs/ARCHITECTURE.md has this section.",
        Lives.Except(Markdown.Headings(Tree.File("docs/ARCHITECTURE.md"), 2)));

    [Fact]
    public void Architecture_Invariants_NameTestsThatExist()
    {
        List<string[]> rows = [.. Markdown.Rows(Tree.File("docs/ARCHITECTURE.md"), "Invariants")];
        Assert.NotEmpty(rows);
        Tree.AssertNone(
            "Condition failed: each invariant names a test as `Class.Method_Condition_Outcome`, and it exists.",
            from row in rows
            let tests = Markdown.CodeSpans(row[^1]).ToList()
            let missing = tests.Where(test => !TestIndex.All.Contains(test)).ToList()
            where tests.Count == 0 || missing.Count > 0
            select $"{row[0]}: named {tests.Count}, missing [{string.Join(", ", missing)}]");
    }

    [Fact]
    public void Architecture_CodeMap_NamesEveryProject()
    {
        string map = Tree.File("docs/ARCHITECTURE.md").Text;
        Tree.AssertNone(
            "Condition failed: the code map in docs/ARCHITECTURE.md names every shipped project's folder.",
            from project in Tree.Projects
            where project.Under("src", "silo", "client")
            let folder = string.Join('/', project.Parts[..^1])
            where !map.Contains($"`{folder}`", StringComparison.Ordinal)
            select folder);
    }

    [Fact]
    public void Decisions_Records_HaveTheirSections() => Tree.AssertNone(
        "Condition failed: a decision record is called NNNN-title.md and has Context, Options, Choice, Confirmation.",
        from page in Tree.Pages
        where page.Path.StartsWith("docs/decisions/", StringComparison.Ordinal) && page.Name != "README.md"
        let missing = RecordSections.Except(Markdown.Headings(page, 2)).ToList()
        where missing.Count > 0 || !RecordName().IsMatch(page.Name)
        select $"{page.Path}: {string.Join(", ", missing)}");

    [Fact]
    public void Decisions_Confirmations_NameTestsThatExist() => Tree.AssertNone(
        "Condition failed: a test that a decision record names in backticks exists.",
        from page in Tree.Pages
        where page.Path.StartsWith("docs/decisions/", StringComparison.Ordinal)
        from span in Markdown.CodeSpans(page.Text)
        where TestName().IsMatch(span) && !TestIndex.All.Contains(span)
        select $"{page.Path}: {span}");

    [Fact]
    public void Dependencies_Page_ExplainsEveryPackageAndNoOther()
    {
        HashSet<string> packages =
        [
            .. from element in XDocument.Parse(Tree.File("Directory.Packages.props").Text).Descendants("PackageVersion")
               select element.Attribute("Include")!.Value,
            .. from tool in JsonNode.Parse(Tree.File(".config/dotnet-tools.json").Text)!["tools"]!.AsObject()
               select tool.Key,
        ];
        HashSet<string> explained =
        [
            .. from heading in Markdown.Headings(Tree.File("docs/reference/dependencies.md"), 2)
               from row in Markdown.Rows(Tree.File("docs/reference/dependencies.md"), heading)
               from span in Markdown.CodeSpans(row[0])
               select span,
        ];
        Tree.AssertNone(
            "Condition failed: docs/reference/dependencies.md says why of each package and tool.",
            packages.Except(explained).Select(name => $"{name}: not explained")
                .Concat(explained.Except(packages).Select(name => $"{name}: explained, but not used")));
    }

    [Fact]
    public void Glossary_Terms_CoverTheVocabulary()
    {
        string glossary = Tree.File("docs/GLOSSARY.md").Text;
        IEnumerable<string> members =
            from Match match in EnumMember().Matches(Tree.File("src/Guardian.Contracts/Vocabulary.cs").Code)
            select match.Groups[1].Value;
        Tree.AssertNone(
            "Condition failed: docs/GLOSSARY.md explains this word of src/Guardian.Contracts/Vocabulary.cs.",
            members.Distinct().Where(name => !glossary.Contains($"`{name}`", StringComparison.Ordinal)));
    }

    [Fact]
    public void Glossary_Words_AreUsedInTheCode()
    {
        string code = string.Join('\n', Tree.Product.Select(file => file.Text));
        List<string[]> rows = [.. Markdown.Rows(Tree.File("docs/GLOSSARY.md"), "Words")];
        Assert.NotEmpty(rows);
        Tree.AssertNone(
            "Condition failed: a word of the glossary appears in the code, or it is not a word of this product.",
            from row in rows
            from word in row[0].Trim('*').Split(", ")
            where !code.Contains(word, StringComparison.OrdinalIgnoreCase)
            select word);
    }

    [Fact]
    public void Changelog_Head_IsUnreleased() =>
        Assert.Equal("[Unreleased]", Markdown.Headings(Tree.File("CHANGELOG.md"), 2).First());

    private static bool Resolves(TreeFile page, string link)
    {
        string[] parts = link.Split('#', 2);
        string folder = Path.GetDirectoryName(Path.Combine(Tree.Root, page.Path))!;
        string target = parts[0].Length == 0
            ? page.Path
            : Path.GetRelativePath(Tree.Root, Path.GetFullPath(Path.Combine(folder, parts[0]))).Replace('\\', '/');
        TreeFile? file = Tree.Files.FirstOrDefault(candidate => candidate.Path == target);
        if (file is null) return parts.Length == 1 && Directory.Exists(Path.Combine(Tree.Root, target));
        return parts.Length == 1 || Markdown.Anchors(file).Contains(parts[1]);
    }

    [GeneratedRegex(@"^\d{4}-[a-z0-9-]+\.md$")]
    private static partial Regex RecordName();

    [GeneratedRegex(@"^\w+Tests\.\w+$")]
    private static partial Regex TestName();

    [GeneratedRegex(@"^\s*([A-Z]\w*)\s*=\s*\d+,", RegexOptions.Multiline)]
    private static partial Regex EnumMember();
}
