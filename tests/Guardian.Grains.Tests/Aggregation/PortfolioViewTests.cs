using Guardian.Contracts;
using Guardian.Detection.Encoding;
using Guardian.Detection.Latency;
using Guardian.Grains.Aggregation;

namespace Guardian.Grains.Tests.Aggregation;

public sealed class PortfolioViewTests
{
    private readonly PortfolioView _view = new();

    private static GuardianSummary Summary(
        string symbol, TradingState state = TradingState.Active, Level level = Level.Healthy, long sequence = 1,
        long epoch = 1, params StageWindow[] windows) => new()
        {
            Summary = new SymbolSummary { Symbol = symbol, TradingState = state, Level = level },
            Epoch = new Epoch(epoch, 7),
            Sequence = sequence,
            Windows = windows,
        };

    private void Take(params GuardianSummary[] items) => _view.Take(new SummaryBatch(items, new Timestamp(100)));

    [Fact]
    public void Summarize_Nothing_IsEmptyAndNeverZeroLatency()
    {
        PortfolioSummary summary = _view.Summarize("live");
        Assert.Equal(("live", 0), (summary.Session, summary.Symbols));
        Assert.Empty(summary.Latency);
        Assert.Empty(summary.Worst);
    }

    [Theory]
    [InlineData(1, 4, TradingState.Halted)]
    [InlineData(1, 5, TradingState.Active)]
    [InlineData(1, 6, TradingState.Active)]
    [InlineData(0, 9, TradingState.Halted)]
    [InlineData(2, 1, TradingState.Active)]
    public void Take_OlderEpochOrSequence_IsIgnored(long epoch, long sequence, TradingState expected)
    {
        Take(Summary("A", TradingState.Halted, sequence: 5));
        Take(Summary("A", TradingState.Active, sequence: sequence, epoch: epoch));
        Assert.Equal(1, _view.Summarize("live").ByTradingState[expected]);
    }

    [Fact]
    public void Clear_LateBatch_IsIgnoredAndANewLifeMayBeginAnew()
    {
        Take(Summary("A", TradingState.Halted, sequence: 5_000));
        _view.Clear(new Timestamp(200));
        Take(Summary("A", TradingState.Halted, sequence: 5_001));
        Assert.Equal(0, _view.Summarize("live").Symbols);
        _view.Take(new SummaryBatch([Summary("A")], new Timestamp(200)));
        Assert.Equal(1, _view.Summarize("live").ByTradingState[TradingState.Active]);
    }

    [Fact]
    public void Summarize_Counts_AddUp()
    {
        Take(
            Summary("A", TradingState.Halted, Level.Breach),
            Summary("B", TradingState.Active, Level.Warning),
            Summary("C"),
            Summary("D", TradingState.Active, Level.Unknown));
        PortfolioSummary summary = _view.Summarize("live");
        Assert.Equal(4, summary.Symbols);
        Assert.Equal(1, summary.ByTradingState[TradingState.Halted]);
        Assert.Equal(3, summary.ByTradingState[TradingState.Active]);
        Assert.Equal([Level.Unknown, Level.Healthy, Level.Warning, Level.Breach], summary.ByLevel.Keys.Order());
        Assert.Equal(new Timestamp(100), summary.AsOf);
    }

    [Fact]
    public void Summarize_Worst_ByStateThenLevelThenName()
    {
        Take(
            Summary("healthy"),
            Summary("warning", TradingState.Active, Level.Warning),
            Summary("breach", TradingState.Active, Level.Breach),
            Summary("reducing", TradingState.Reducing, Level.Healthy),
            Summary("halted-b", TradingState.Halted, Level.Warning),
            Summary("halted-a", TradingState.Halted, Level.Warning),
            Summary("halted-worse", TradingState.Halted, Level.Breach));
        Texts.Equal(
            ["halted-worse", "halted-a", "halted-b", "reducing", "breach", "warning"],
            _view.Summarize("live").Worst.Select(s => s.Symbol));
    }

    [Fact]
    public void Summarize_ManyBad_ListsTen()
    {
        Take([.. Enumerable.Range(0, 11).Select(i => Summary($"s{i:00}", TradingState.Halted))]);
        Assert.Equal(10, _view.Summarize("live").Worst.Length);
    }

    [Fact]
    public void Summarize_Latency_EqualsTheUnionOfAllWindows()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            var random = new Random(seed);
            var view = new PortfolioView();
            var union = new LatencyHistogram();
            int symbols = random.Next(1, 12);
            for (int i = 0; i < symbols; i++)
            {
                var window = new LatencyHistogram();
                int samples = random.Next(1, 200);
                for (int n = 0; n < samples; n++)
                {
                    long value = (long)Math.Exp(random.NextDouble() * 18);
                    window.Add(value);
                    union.Add(value);
                }

                view.Take(new SummaryBatch([Summary($"s{i}", windows: [Pack("decision", window)])], new Timestamp(1)));
            }

            StageLatency merged = Assert.Single(view.Summarize("live").Latency);
            Assert.Equal(("decision", union.Count, symbols), (merged.Stage, merged.Count, merged.Symbols));
            long[] microseconds = [.. new[] { 500, 900, 990, 999 }.Select(p => union.Percentile(p)!.Value)];
            double[] expected = [.. microseconds.Append(union.Maximum!.Value).Select(u => u / 1_000d)];
            double[] actual = [merged.P50, merged.P90, merged.P99, merged.P999, merged.Maximum];
            Assert.True(expected.SequenceEqual(actual), $"seed {seed}: {string.Join(' ', expected)} against {merged}");
        }
    }

    [Fact]
    public void Summarize_EmptyWindow_IsLeftOut()
    {
        Take(Summary("A", windows: [Pack("decision", new LatencyHistogram())]));
        Assert.Empty(_view.Summarize("live").Latency);
    }

    private static StageWindow Pack(string stage, LatencyHistogram window)
    {
        var writer = new StateWriter();
        window.Write(writer);
        return new StageWindow(stage, writer.ToArray());
    }
}
