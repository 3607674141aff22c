using System.Text;
using System.Text.RegularExpressions;

namespace Guardian.Conventions.Tests;

/// <summary>Reads what the documentation tests need from a page.</summary>
internal static partial class Markdown
{
    /// <summary>Gets the headings of a level, in order.</summary>
    public static IEnumerable<string> Headings(TreeFile page, int level) =>
        from line in WithoutFences(page)
        where line.StartsWith(new string('#', level) + " ", StringComparison.Ordinal)
        select line[(level + 1)..].Trim();

    /// <summary>Gets the anchors that links may point at.</summary>
    public static IEnumerable<string> Anchors(TreeFile page) =>
        from line in WithoutFences(page)
        where line.StartsWith('#')
        select Slug(line.TrimStart('#').Trim());

    /// <summary>Gets the targets of links that stay in the repository.</summary>
    public static IEnumerable<string> Links(TreeFile page) =>
        from line in WithoutFences(page)
        from Match match in Link().Matches(CodeSpan().Replace(line, string.Empty))
        let target = match.Groups[1].Value
        where !target.Contains("://", StringComparison.Ordinal)
        where !target.StartsWith("mailto:", StringComparison.Ordinal)
        select target;

    /// <summary>Gets the rows of the tables below a heading, each as its cells, without head and rule.</summary>
    public static IEnumerable<string[]> Rows(TreeFile page, string heading)
    {
        bool inside = false, body = false;
        foreach (string line in WithoutFences(page))
        {
            if (line.StartsWith('#'))
            {
                inside = line.TrimStart('#').Trim() == heading;
                body = false;
            }
            else if (!line.StartsWith('|')) body = false;
            else if (TableRule().IsMatch(line)) body = true;
            else if (inside && body)
                yield return [.. line.Trim('|', ' ').Split('|').Select(cell => cell.Trim())];
        }
    }

    /// <summary>Gets what stands between backticks.</summary>
    public static IEnumerable<string> CodeSpans(string text) =>
        CodeSpan().Matches(text).Select(match => match.Groups[1].Value);

    private static IEnumerable<string> WithoutFences(TreeFile page)
    {
        bool fenced = false;
        foreach (string line in page.Lines)
        {
            if (line.TrimStart().StartsWith("```", StringComparison.Ordinal)) fenced = !fenced;
            else if (!fenced) yield return line;
        }
    }

    private static string Slug(string heading)
    {
        StringBuilder slug = new();
        foreach (char c in heading.ToLowerInvariant())
        {
            if (char.IsLetterOrDigit(c) || c is '-' or '_') slug.Append(c);
            else if (c == ' ') slug.Append('-');
        }

        return slug.ToString();
    }

    [GeneratedRegex(@"\[[^\]]*\]\(([^)\s]+)[^)]*\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^\|\s*:?--")]
    private static partial Regex TableRule();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex CodeSpan();
}
