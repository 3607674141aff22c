using Guardian.Contracts;
using Guardian.Grains.Aggregation;

namespace Guardian.Grains.Tests.Aggregation;

public sealed class WarningCorrelationTests
{
    private const long Second = 1_000_000_000;

    private readonly PortfolioView _view = new();
    private long _sequence;

    [Theory]
    [InlineData(2, 2, false)]
    [InlineData(2, 4, false)]
    [InlineData(3, 3, true)]
    [InlineData(3, 6, true)]
    [InlineData(3, 7, false)]
    [InlineData(4, 7, true)]
    public void Correlated_ThreeAndHalfOfTheSymbols_IsTheBound(int warning, int symbols, bool correlated)
    {
        for (int i = 0; i < symbols; i++)
            Tell(100, $"S{i}", "clock", i < warning ? Level.Warning : Level.Healthy);
        Assert.Equal(correlated ? 1 : 0, _view.Correlated().Length);
    }

    [Theory]
    [InlineData(10, true)]
    [InlineData(11, false)]
    public void Correlated_WarningThatEnded_CountsForTenSeconds(int seconds, bool correlated)
    {
        foreach (string symbol in (string[])["A", "B", "C"]) Tell(100, symbol, "latency", Level.Breach);
        Tell(102, "A", "latency", Level.Healthy);
        Assert.Single(_view.Correlated());
        Tell(102 + seconds, "B", "latency", Level.Breach);
        Assert.Equal(correlated ? 1 : 0, _view.Correlated().Length);
    }

    [Fact]
    public void Correlated_WarningsThatTurnUpTenSecondsApart_AreNone()
    {
        foreach ((int at, string symbol) in ((int, string)[])[(100, "A"), (120, "B"), (140, "C")])
        {
            Tell(at, symbol, "latency", Level.Warning);
            Tell(at + 1, symbol, "latency", Level.Healthy);
        }

        Assert.Empty(_view.Correlated());
    }

    [Fact]
    public void Correlated_DifferentGuardrails_AreNotAddedUp()
    {
        Tell(100, "A", "latency", Level.Warning);
        Tell(100, "B", "clock", Level.Warning);
        Tell(100, "C", "drift", Level.Warning);
        Assert.Empty(_view.Correlated());
    }

    [Fact]
    public void Correlated_Found_TellsWhoAndSinceWhen()
    {
        foreach (string symbol in (string[])["C", "A", "B", "D"]) Tell(100, symbol, "drift", Level.Unknown);
        foreach (string symbol in (string[])["C", "A", "B"]) Tell(105, symbol, "drift", Level.Warning);
        CorrelatedWarning found = Assert.Single(_view.Correlated());
        Assert.Equal(("drift", 3, 4), (found.Guardrail, found.Symbols, found.Of));
        Assert.Equal(["A", "B", "C"], found.Examples);
        Tell(130, "A", "drift", Level.Warning);
        Assert.Equal(new Timestamp(105 * Second), Assert.Single(_view.Correlated()).Since);
        Condition condition = Assert.Single(CorrelationConditions.Of(_view.Summarize("live").Correlated));
        Assert.Equal(
            ("CorrelatedWarnings", Severity.P1, Scope.Portfolio, "drift"),
            (condition.Name, condition.Severity, condition.Scope, condition.Key));
        Assert.Equal("drift warns at 3 of 4 symbols: A, B, C", condition.Summary);
    }

    [Fact]
    public void Clear_AfterwardsNothing_IsCorrelated()
    {
        foreach (string symbol in (string[])["A", "B", "C"]) Tell(100, symbol, "drift", Level.Warning);
        Assert.Single(_view.Correlated());
        _view.Clear(default);
        Assert.Empty(_view.Correlated());
        Tell(50, "A", "drift", Level.Warning);
        Assert.Empty(_view.Correlated());
    }

    private void Tell(long at, string symbol, string guardrail, Level level) => _view.Take(new SummaryBatch(
        [
            new GuardianSummary
            {
                Summary = new SymbolSummary { Symbol = symbol, Level = level },
                Sequence = ++_sequence,
                AsOf = new Timestamp(at * Second),
                Levels = [new SubjectLevel(guardrail, "x", level)],
            },
        ],
        new Timestamp(at * Second)));
}
