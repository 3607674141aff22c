using System.Text.RegularExpressions;

namespace Guardian.Conventions.Tests;

/// <summary>Every alert name has a page that says what to do.</summary>
public sealed partial class RunbookTests
{
    private static readonly string[] Sections = ["Meaning", "Impact", "Diagnosis", "Mitigation"];

    private static IEnumerable<TreeFile> Runbooks => Tree.Pages.Where(
        page => page.Path.StartsWith("docs/runbooks/", StringComparison.Ordinal) && page.Name != "README.md");

    [Fact]
    public void Runbooks_Sections_AreComplete() => Tree.AssertNone(
        "Condition failed: a runbook has Meaning, Impact, Diagnosis and Mitigation, in this order.",
        from page in Runbooks
        let headings = Markdown.Headings(page, 2).ToList()
        where !headings.SequenceEqual(Sections)
        select $"{page.Path}: {string.Join(", ", headings)}");

    [Fact]
    public void Runbooks_AlertNames_HaveAPageEach() => Tree.AssertNone(
        "Condition failed: every alert name in the code has docs/runbooks/<name>.md.",
        from alert in AlertNames().Distinct()
        where Runbooks.All(page => page.Name != alert.Name + ".md")
        select $"{alert.Name} ({alert.Path})");

    [Fact]
    public void Runbooks_Title_IsTheAlertsName() => Tree.AssertNone(
        "Condition failed: a runbook is titled by its alert's name.",
        from page in Runbooks
        let name = Path.GetFileNameWithoutExtension(page.Name)
        where !Markdown.Headings(page, 1).SequenceEqual([name])
        select page.Path);

    [Fact]
    public void Runbooks_Index_ListsEveryPage()
    {
        List<string> links = [.. Markdown.Links(Tree.File("docs/runbooks/README.md"))];
        Tree.AssertNone(
            "Condition failed: docs/runbooks/README.md lists every page.",
            Runbooks.Select(page => page.Name).Except(links));
    }

    private static IEnumerable<(string Name, string Path)> AlertNames() =>
        from file in Tree.Product
        let pattern = file.Name == "AlertNames.cs" ? Constant() : ConditionName()
        from Match match in pattern.Matches(file.Text)
        select (match.Groups[1].Value, file.Path);

    [GeneratedRegex(@"\bconst\s+string\s+\w+\s*=\s*""(\w+)""")]
    private static partial Regex Constant();

    [GeneratedRegex(@"\bnew\s+(?:Contracts\.)?Condition\b[^;]*?\bName\s*=\s*""(\w+)""")]
    private static partial Regex ConditionName();
}
