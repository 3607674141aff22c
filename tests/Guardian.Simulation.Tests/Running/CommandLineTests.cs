using Guardian.Simulation.Running;

namespace Guardian.Simulation.Tests.Running;

public sealed class CommandLineTests
{
    private static (int Code, string Text) Run(params string[] args)
    {
        using var output = new StringWriter();
        return (CommandLine.Run(args, output), output.ToString());
    }

    [Fact]
    public void Run_SeedsThatHold_ExitsWithZeroAndSums()
    {
        (int code, string text) = Run("--seeds", "3", "--from", "7", "--threads", "1", "--steps", "20");
        Assert.Equal(0, code);
        Assert.StartsWith("3 seeds, 60 steps, ", text, StringComparison.Ordinal);
        Assert.Contains(" invariants checked, 0 broken, ", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_PlantedFault_ExitsWithOneAndSaysHowToReplay()
    {
        (int code, string text) = Run("--seeds", "50", "--threads", "1", "--fault", "sync-that-lies");
        Assert.Equal(1, code);
        Assert.Contains("shrinking …", text, StringComparison.Ordinal);
        Assert.Contains(
            "replay: dotnet run --project tests/Guardian.Simulation -c Release -- --seed ",
            text,
            StringComparison.Ordinal);
        Assert.Contains(" --steps 75 --fault sync-that-lies", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--seeds")]
    [InlineData("--seeds", "many")]
    [InlineData("--seeds", "0")]
    [InlineData("--fault", "none-of-these")]
    [InlineData("--what", "1")]
    public void Run_NotUnderstood_ExitsWithTwo(params string[] args)
    {
        (int code, string text) = Run(args);
        Assert.Equal(2, code);
        Assert.StartsWith($"Condition failed: '{args[0]} {args.ElementAtOrDefault(1)}' is not known", text,
            StringComparison.Ordinal);
    }
}
