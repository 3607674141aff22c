using Guardian.Detection.Events;

namespace Guardian.Detection.Tests.Events;

public sealed class ActivatedTests
{
    [Theory]
    [InlineData("record", 1, 154901421, 42)]
    [InlineData("hot+events", long.MaxValue, int.MinValue, long.MaxValue)]
    [InlineData("journal", 0, 0, 1)]
    public void Folded_AsWritten_ComesBack(string source, long number, int generation, long sequence)
    {
        var activated = new Activated(1, 1, "hash", Activated.From(source, number, generation, sequence), 0);
        Assert.StartsWith(source, activated.RecoveredFrom, StringComparison.Ordinal);
        Assert.Equal((number, generation, sequence), activated.Folded);
    }

    [Theory]
    [InlineData("fresh")]
    [InlineData("journal")]
    [InlineData("journal through ")]
    [InlineData("journal through 1.2")]
    [InlineData("journal through 1.2/x")]
    [InlineData("journal through -1.2/3")]
    [InlineData("journal through 1.99999999999/3")]
    [InlineData("journal through 1.2/3/4")]
    public void Folded_NotTold_Null(string text) => Assert.Null(new Activated(1, 1, "hash", text, 0).Folded);

    [Fact]
    public void From_NothingFolded_IsTheSourceAlone() => Assert.Equal("fresh", Activated.From("fresh", 0, 0, 0));
}
