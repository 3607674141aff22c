using Guardian.Silo.Options;

namespace Guardian.Silo.Tests.Options;

public sealed class SiloArgumentsTests
{
    [Fact]
    public void Parse_Nothing_StartsWithoutDemo()
    {
        SiloArguments arguments = SiloArguments.Parse([]);
        Assert.False(arguments.Demo);
        Assert.False(arguments.Help);
        Assert.Null(arguments.Seed);
        Assert.Empty(arguments.Errors);
    }

    [Theory]
    [InlineData("--demo", "--seed", "7")]
    [InlineData("--seed", "7", "--demo")]
    [InlineData("--demo", "--seed=7")]
    public void Parse_DemoWithSeed_HasBoth(params string[] args)
    {
        SiloArguments arguments = SiloArguments.Parse(args);
        Assert.True(arguments.Demo);
        Assert.Equal(7, arguments.Seed);
        Assert.Empty(arguments.Errors);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    public void Parse_Help_IsHelp(string text) => Assert.True(SiloArguments.Parse([text]).Help);

    [Theory]
    [InlineData("0", 0)]
    [InlineData("2147483647", int.MaxValue)]
    public void Parse_SeedOnItsBounds_IsTaken(string text, int seed) =>
        Assert.Equal(seed, SiloArguments.Parse(["--demo", "--seed", text]).Seed);

    [Theory]
    [InlineData("-1")]
    [InlineData("2147483648")]
    [InlineData("x")]
    [InlineData("")]
    public void Parse_SeedBeyondItsBounds_IsRefused(string text) => Assert.Equal(
        [$"Condition failed: --seed is '{text}'; it takes a whole number from 0 to 2147483647."],
        SiloArguments.Parse(["--demo", "--seed", text]).Errors);

    [Fact]
    public void Parse_SeveralErrors_SaysAllAtOnce() => Assert.Equal(
        [
            "Condition failed: argument '--port' is not known; run with --help to see what there is.",
            "Condition failed: argument '80' is not known; run with --help to see what there is.",
            "Condition failed: --seed has no value; it takes a whole number from 0 to 2147483647.",
        ],
        SiloArguments.Parse(["--port", "80", "--seed"]).Errors);

    [Fact]
    public void Parse_SeedWithoutDemo_IsRefused() => Assert.Equal(
        ["Condition failed: --seed is given without --demo; the seed is that of the demo's market."],
        SiloArguments.Parse(["--seed", "1"]).Errors);
}
