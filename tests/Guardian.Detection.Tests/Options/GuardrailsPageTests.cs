using System.Collections;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Guardian.Detection.Breaker;
using Guardian.Detection.Options;
using Guardian.Testing;

namespace Guardian.Detection.Tests.Options;

/// <summary>docs/reference/guardrails.md and the code in step, both ways.</summary>
public sealed partial class GuardrailsPageTests
{
    private const string Update = "GUARDIAN_UPDATE_GUARDRAILS";
    private const string SettingsHead = "| path | default | legal values | meaning |";
    private const string ProfilesHead = "| profile | path | default | in the profile |";

    // These name a move that has the guardrails' own reasons.
    private static readonly BreakerTrigger[] Trips =
    [
        BreakerTrigger.Trip, BreakerTrigger.LatchingTrip, BreakerTrigger.EpisodeLimit, BreakerTrigger.Return,
        BreakerTrigger.ReturnLimit,
    ];

    private static string Root => Recordings.RepositoryRoot()
        ?? throw new InvalidOperationException("Invariant: the tests lie in no repository.");

    private static string Page => Path.Combine(Root, "docs", "reference", "guardrails.md");

    [Fact]
    public void Settings_Table_IsThatOfTheCode()
    {
        string[] expected = [.. OptionPaths.List(new GuardianOptions()).Select(o => RowOf(o.Key, o.Value))];
        AssertTable(SettingsHead, expected);
    }

    [Fact]
    public void Settings_OfTheCode_HaveAMeaningAndLegalValues()
    {
        foreach ((string path, string value) in OptionPaths.List(new GuardianOptions()))
        {
            string[] cells = RowOf(path, value).Split(" | ");
            Assert.True(cells[2].Length > 0 && cells[3].Length > " |".Length, $"{path}: {cells[2]} {cells[3]}");
        }
    }

    [Fact]
    public void Codes_Table_HasEveryReasonOfTheCodeAndNoOther()
    {
        string source = string.Join('\n', Directory
            .EnumerateFiles(
                Path.Combine(Root, "src", "Guardian.Detection"), "*Guardrail*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Contains("obj", StringComparer.Ordinal))
            .Select(File.ReadAllText));
        string[] expected =
        [
            "hold",
            "breaker.latch-restored",
            .. GuardrailCode().Matches(source).Select(m => m.Groups[1].Value),
            .. Enum.GetValues<BreakerTrigger>().Except(Trips).Select(t => "breaker." + Kebab($"{t}")),
        ];
        string[] written =
        [
            .. SectionOf(File.ReadAllText(Page), "Codes").Split('\n')
                .Where(l => l.StartsWith("| `", StringComparison.Ordinal)).Select(l => l.Split('`')[1]),
        ];
        Assert.Equal(
            string.Join('\n', expected.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)),
            string.Join('\n', written.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void Profiles_Table_IsWhatTheyChange()
    {
        Dictionary<string, string> defaults = new(
            OptionPaths.List(new GuardianOptions()), StringComparer.Ordinal);
        List<string> expected = [];
        foreach (string profile in Profiles.Names)
        {
            GuardianOptions options = new();
            Assert.True(Profiles.TryApply(profile, options));
            Dictionary<string, string> listed = new(OptionPaths.List(options), StringComparer.Ordinal);
            foreach (string path in AllOf(defaults.Keys, listed.Keys))
            {
                string from = defaults.GetValueOrDefault(path, "–");
                string to = listed.GetValueOrDefault(path, "–");
                if (from != to) expected.Add($"| `{profile}` | `{path}` | {Code(from)} | {Code(to)} |");
            }
        }

        AssertTable(ProfilesHead, [.. expected]);
    }

    private static void AssertTable(string head, string[] expected)
    {
        string text = File.ReadAllText(Page);
        string[] rows = Table(text, head);
        if (Environment.GetEnvironmentVariable(Update) == "1")
        {
            string table = $"{head}\n{Rule(head)}\n";
            File.WriteAllText(Page, text.Replace(
                table + string.Concat(rows.Select(r => r + "\n")),
                table + string.Concat(expected.Select(r => r + "\n")),
                StringComparison.Ordinal));
            rows = expected;
        }

        string help = $"Condition failed: write the table anew with {Update}=1 and these tests.";
        string[] missing = [.. expected.Except(rows, StringComparer.Ordinal)];
        string[] wrong = [.. rows.Except(expected, StringComparer.Ordinal)];
        Assert.True(missing.Length == 0, $"{help} Missing:\n{string.Join('\n', missing)}");
        Assert.True(wrong.Length == 0, $"{help} Not so:\n{string.Join('\n', wrong)}");
    }

    private static IEnumerable<string> AllOf(IEnumerable<string> some, IEnumerable<string> others) =>
        some.Union(others, StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private static string Rule(string head) =>
        "|" + string.Concat(Enumerable.Repeat("---|", head.Count(c => c == '|') - 1));

    private static string[] Table(string text, string head)
    {
        string[] lines = text.Split('\n');
        int at = Array.IndexOf(lines, head);
        Assert.True(at >= 0, $"Condition failed: {Page} has no table '{head}'.");
        return [.. lines.Skip(at + 2).TakeWhile(l => l.StartsWith('|'))];
    }

    private static string RowOf(string path, string value)
    {
        (Type owner, PropertyInfo property) = PropertyOf(path);
        XElement? member = Documentation.GetValueOrDefault($"P:{owner.FullName}.{property.Name}");
        string meaning = TextOf(member?.Element("summary"));
        meaning = Opening().Replace(meaning, string.Empty);
        meaning = meaning.Length == 0 ? meaning : char.ToUpperInvariant(meaning[0]) + meaning[1..];
        return $"| `{path}` | {Code(value)} | {TextOf(member?.Element("value"))} | {meaning} |";
    }

    private static (Type Owner, PropertyInfo Property) PropertyOf(string path)
    {
        Type type = typeof(GuardianOptions);
        Type owner = type;
        PropertyInfo? property = null;
        foreach (string name in path.Split(':'))
        {
            if (typeof(IDictionary).IsAssignableFrom(type))
            {
                type = type.GetGenericArguments()[1];
                continue;
            }

            (owner, property) = (type, type.GetProperty(name)!);
            type = property.PropertyType;
        }

        return (owner, property!);
    }

    private static Dictionary<string, XElement> Documentation { get; } = XDocument
        .Load(Path.Combine(AppContext.BaseDirectory, "Guardian.Detection.xml")).Descendants("member")
        .ToDictionary(m => m.Attribute("name")!.Value, StringComparer.Ordinal);

    private static string TextOf(XElement? element)
    {
        if (element is null) return string.Empty;
        IEnumerable<string> parts = element.Nodes().Select(node => node switch
        {
            XElement { Name.LocalName: "see" } see => $"`{see.Attribute("cref")!.Value.Split('.')[^1]}`",
            XElement code => $"`{code.Value}`",
            XText text => text.Value,
            _ => string.Empty,
        });
        return Blanks().Replace(string.Concat(parts), " ").Trim();
    }

    private static string Code(string value) => value.Length == 0 ? "none" : value == "–" ? value : $"`{value}`";

    private static string SectionOf(string text, string heading)
    {
        int from = text.IndexOf($"\n## {heading}\n", StringComparison.Ordinal);
        Assert.True(from >= 0, $"Condition failed: {Page} has no section '{heading}'.");
        int to = text.IndexOf("\n## ", from + 4, StringComparison.Ordinal);
        return to < 0 ? text[from..] : text[from..to];
    }

    private static string Kebab(string name) => Upper().Replace(name, "-${letter}").TrimStart('-').ToLowerInvariant();

    [GeneratedRegex(
        @"""(?<code>(latency|clock|staleness|pending|drift|errors)\.[a-z-]+)""", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex GuardrailCode();

    [GeneratedRegex("^Gets (or sets )?(a value indicating )?", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Opening();

    [GeneratedRegex(@"\s+", RegexOptions.None, 1_000)]
    private static partial Regex Blanks();

    [GeneratedRegex("(?<letter>[A-Z])", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Upper();
}
