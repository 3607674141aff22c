using System.Text.RegularExpressions;

namespace Guardian.Conventions.Tests;

/// <summary>Every test there is, by reading the sources: <c>Class.Method</c>.</summary>
internal static partial class TestIndex
{
    private static readonly Lazy<HashSet<string>> AllTests = new(
        () => [.. Tree.Tests.SelectMany(file => NamesIn(file))]);

    /// <summary>Gets every test as <c>Class.Method</c>.</summary>
    public static IReadOnlySet<string> All => AllTests.Value;

    /// <summary>Gets the test methods of a file.</summary>
    public static IEnumerable<string> MethodsOf(TreeFile file) =>
        TestMethod().Matches(file.Code).Select(match => match.Groups[1].Value);

    /// <summary>Gets the classes of a file that are called after tests.</summary>
    public static IEnumerable<string> ClassesOf(TreeFile file) =>
        TestClass().Matches(file.Code).Select(match => match.Groups[1].Value);

    private static IEnumerable<string> NamesIn(TreeFile file) =>
        from type in ClassesOf(file)
        from method in MethodsOf(file)
        select $"{type}.{method}";

    [GeneratedRegex(
        @"\[(?:Fact|Theory)\b[^\]]*\](?:\s*\[[^\]]*\]+)*\s*"
        + @"public\s+(?:static\s+|async\s+)*[\w<>]+\s+(\w+)\s*\(")]
    private static partial Regex TestMethod();

    [GeneratedRegex(@"\bclass\s+(\w+Tests)\b")]
    private static partial Regex TestClass();
}
