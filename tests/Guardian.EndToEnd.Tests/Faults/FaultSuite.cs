namespace Guardian.EndToEnd.Tests.Faults;

/// <summary>Tests of faults that measure, one after the other and alone. The others run side by side.</summary>
[CollectionDefinition(FaultSuite.Faults, DisableParallelization = true)]
public sealed class FaultCollection;

/// <summary>What tests of faults share: the full form by <c>./test.sh faults</c>, and the tools they need.</summary>
internal static class FaultSuite
{
    /// <summary>Name of the trait by which they are chosen.</summary>
    public const string Category = "Category";

    /// <summary>Value of that trait.</summary>
    public const string Faults = "Faults";

    /// <summary>Gets whether everything is tried, not a sample of each kind.</summary>
    public static bool IsFull =>
        string.Equals(Environment.GetEnvironmentVariable("GUARDIAN_FAULTS"), "full", StringComparison.Ordinal);

    /// <summary>Skips the test where a program is missing; a machine that must not skip says so.</summary>
    public static void Need(string program, string package)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':');
        Require(
            Array.Exists(folders, folder => File.Exists(Path.Combine(folder, program))),
            $"{program} is missing (Debian package {package}); as root, ./test.sh installs it");
    }

    /// <summary>Skips the test where something is missing; a machine that must not skip says so.</summary>
    public static void Require(bool there, string otherwise)
    {
        if (there) return;
        bool mustRun = Environment.GetEnvironmentVariable("CI") is { Length: > 0 };
        Assert.False(mustRun, $"CI must not skip: {otherwise}");
        Assert.Skip(otherwise);
    }

    /// <summary>Gets a seed, and says it.</summary>
    public static int Seed()
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("GUARDIAN_SEED"), out int given)
            ? given
            : Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed} (GUARDIAN_SEED={seed} repeats it)");
        return seed;
    }
}
