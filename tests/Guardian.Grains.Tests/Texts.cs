namespace Guardian.Grains.Tests;

/// <summary>Compares texts to the letter.</summary>
internal static class Texts
{
    internal static void Equal(IEnumerable<string> expected, IEnumerable<string> actual) =>
        Assert.Equal(expected, actual, StringComparer.Ordinal);
}
