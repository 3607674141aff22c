using System.Text.RegularExpressions;

namespace Guardian.Conventions.Tests;

/// <summary>What a source may look like.</summary>
public sealed partial class SourceTests
{
    private const int MaximumLines = 400;
    private const int MaximumColumns = 120;

    [Fact]
    public void Sources_Lines_AreAtMost400() => Tree.AssertNone(
        $"Condition failed: a file has at most {MaximumLines} lines; split it by idea.",
        from file in Tree.Sources
        where file.Lines.Length > MaximumLines
        select $"{file.Path}: {file.Lines.Length} lines");

    [Fact]
    public void Sources_Columns_AreAtMost120() => Tree.AssertNone(
        $"Condition failed: a line has at most {MaximumColumns} columns.",
        from file in Tree.Sources
        from line in file.Lines.Index()
        where line.Item.Length > MaximumColumns
        select $"{file.Path}:{line.Index + 1}: {line.Item.Length} columns");

    [Fact]
    public void Detection_Code_HasNoClockAndNoInputOutput() => Find(
        "Condition failed: judgement is pure: no clock, no I/O, no tasks, no logging, no chance.",
        Tree.Product.Where(file => file.Path.StartsWith("src/Guardian.Detection/", StringComparison.Ordinal)),
        Impure());

    [Fact]
    public void Product_Text_HasNoLooseEnds() => Tree.AssertNone(
        "Condition failed: what is shipped is finished; what is not there is absent, not stubbed.",
        from file in Tree.Product
        from Match match in LooseEnds().Matches(file.Text)
        select $"{file.At(file.Text, match.Index)}: {match.Value}");

    [Fact]
    public void Sources_SilencedWarnings_CarryTheirReason() => Tree.AssertNone(
        "Condition failed: a silenced warning says why, in a comment on its line or the line above.",
        from file in Tree.Sources
        from line in file.Code.Split('\n').Index()
        where Silenced().IsMatch(line.Item) && !HasReason(file.Text.Split('\n'), line.Index)
        select $"{file.Path}:{line.Index + 1}");

    [Fact]
    public void Sources_CatchBlocks_AreNeverEmpty() => Tree.AssertNone(
        "Condition failed: nothing is swallowed: log it, count it, or say in the block why it is no fault.",
        from file in Tree.Sources
        from Match match in EmptyCatch().Matches(file.Code)
        where !file.Text.AsSpan(match.Index, match.Length).Contains("//", StringComparison.Ordinal)
        select $"{file.At(file.Code, match.Index)}: {match.Value}");

    [Fact]
    public void Product_ErrorMessages_UseOneOfTheTwoVocabularies() => Tree.AssertNone(
        "Condition failed: an ArgumentException or InvalidOperationException begins with 'Condition failed:' (the "
        + "caller's) or 'Invariant:' (ours).",
        from file in Tree.Product
        from Match match in ThrownText().Matches(file.Text)
        let text = match.Groups[1].Value
        where !text.StartsWith("Condition failed:", StringComparison.Ordinal)
            && !text.StartsWith("Invariant:", StringComparison.Ordinal)
        select $"{file.At(file.Text, match.Index)}: {text}");

    [Fact]
    public void LoggerMessages_EventIds_AreGivenAndUnique()
    {
        List<(string Place, string Id)> found =
        [
            .. from file in Tree.Product
               from Match match in LoggerMessage().Matches(file.Code)
               let id = EventId().Match(match.Groups[1].Value)
               select (file.At(file.Code, match.Index), id.Success ? id.Groups[1].Value : "none"),
        ];
        Tree.AssertNone(
            "Condition failed: every [LoggerMessage] has an event id that no other has.",
            from one in found
            where one.Id == "none" || found.Count(other => other.Id == one.Id) > 1
            orderby one.Id
            select $"{one.Place}: {one.Id}");
    }

    [Fact]
    public void AllFiles_Words_BelongToTheProduct() => Tree.AssertNone(
        "Condition failed: names of places and persons around the making do not belong in the product.",
        from file in Tree.Files
        where !file.Is(".lock.json")
        from Match match in Foreign().Matches(file.Text)
        select $"{file.At(file.Text, match.Index)}: {match.Value.Trim()}");

    private static void Find(string rule, IEnumerable<TreeFile> files, Regex pattern) => Tree.AssertNone(
        rule,
        from file in files
        from Match match in pattern.Matches(file.Code)
        select $"{file.At(file.Code, match.Index)}: {match.Value}");

    private static bool HasReason(string[] lines, int index) =>
        lines[index].Contains("//", StringComparison.Ordinal)
        || lines[index].Contains("Justification", StringComparison.Ordinal)
        || (index > 0 && lines[index - 1].TrimStart().StartsWith("//", StringComparison.Ordinal));

    [GeneratedRegex(
        @"\b(DateTime|Stopwatch|TimeProvider|Task|ValueTask|async|await|ILogger|File|FileStream|Directory|Random"
        + @"|Thread|Console|Socket|HttpClient|Guid\.NewGuid)\b(?!\s*[:=])")]
    private static partial Regex Impure();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b|\bNotImplementedException\b")]
    private static partial Regex LooseEnds();

    [GeneratedRegex(@"#pragma\s+warning\s+disable|\bSuppressMessage\b\s*\(")]
    private static partial Regex Silenced();

    [GeneratedRegex(@"\bcatch\b\s*(\([^)]*\))?\s*(when\s*\([^{]*\)\s*)?\{\s*\}")]
    private static partial Regex EmptyCatch();

    [GeneratedRegex(@"throw\s+new\s+(?:ArgumentException|InvalidOperationException)\(\s*\$?""([^""]*)""")]
    private static partial Regex ThrownText();

    [GeneratedRegex(@"\[LoggerMessage\(([^\]]*)\)\]")]
    private static partial Regex LoggerMessage();

    [GeneratedRegex(@"^\s*(?:EventId\s*=\s*)?(\d+)|EventId\s*=\s*(?<1>\d+)")]
    private static partial Regex EventId();

    [GeneratedRegex(@"(^|[^a-z.])/(wo[r]k|fa[r]m)/|cl[a]ude|as an a[i]\b|language mode[l]", RegexOptions.IgnoreCase)]
    private static partial Regex Foreign();
}
