using System.Text.RegularExpressions;

namespace Guardian.Conventions.Tests;

/// <summary>What a test may look like.</summary>
public sealed partial class TestCodeTests
{
    [Fact]
    public void Tests_Names_AreMethodConditionOutcome() => Tree.AssertNone(
        "Condition failed: a test is called Method_Condition_Outcome.",
        from file in Tree.Tests
        from name in TestIndex.MethodsOf(file)
        where !ThreeParts().IsMatch(name)
        select $"{file.Path}: {name}");

    [Fact]
    public void Tests_Waits_AreForPhasesNotForTimes() => Tree.AssertNone(
        "Condition failed: a test waits for a phase, not for a time.",
        from file in Tree.Tests
        from Match match in Sleep().Matches(file.Code)
        select $"{file.At(file.Code, match.Index)}: {match.Value}");

    [Fact]
    public void Tests_Skips_AreDecidedAtRunTime() => Tree.AssertNone(
        "Condition failed: a test is skipped by Assert.SkipWhen/SkipUnless with its reason, never switched off.",
        from file in Tree.Tests
        from Match match in SwitchedOff().Matches(file.Code)
        select $"{file.At(file.Code, match.Index)}: {match.Value}");

    [Fact]
    public void Tests_Classes_HaveOneNameEach()
    {
        ILookup<string, string> places = Tree.Tests
            .SelectMany(file => TestIndex.ClassesOf(file).Select(name => (Name: $"{file.Parts[1]}: {name}", file.Path)))
            .Distinct()
            .ToLookup(pair => pair.Name, pair => pair.Path, StringComparer.Ordinal);
        Tree.AssertNone(
            "Condition failed: a test class stands in one file, so that Class.Method names one test of its project.",
            from place in places
            where place.Count() > 1
            select $"{place.Key}: {string.Join(", ", place)}");
    }

    [GeneratedRegex(@"^[A-Z][A-Za-z0-9]*(_[A-Z0-9][A-Za-z0-9]*){2}$")]
    private static partial Regex ThreeParts();

    [GeneratedRegex(@"\bThread\.Sleep\b|\bTask\.Delay\b")]
    private static partial Regex Sleep();

    [GeneratedRegex(@"\[(Fact|Theory)\([^\]]*\bSkip\s*=[^\]]*\]")]
    private static partial Regex SwitchedOff();
}
