using Guardian.Benchmarks.Measuring;
using Guardian.Detection.Encoding;
using Guardian.Detection.Engine;
using Guardian.Detection.Events;
using Polly;
using Polly.CircuitBreaker;

namespace Guardian.Benchmarks.Detecting;

/// <summary>The whole fold: what an observation and a question cost, and the bytes they and the state take.</summary>
internal sealed class EngineRows
{
    private const int Mask = Samples.Count - 1;
    private const long Gap = 1_000_000; // 1,000 observations a second of session time.
    private readonly long[] _latencies = Samples.Latencies();
    private readonly double[] _features = Samples.Features();
    private readonly CountingSink _sink = new();
    private readonly EventPacker _packer = new();
    private readonly GuardianEngine _engine;
    private readonly ResiliencePipeline _polly =
        new ResiliencePipelineBuilder().AddCircuitBreaker(new CircuitBreakerStrategyOptions()).Build();

    private long _now;
    private long _allowed;

    /// <summary>Initializes an armed guardian.</summary>
    public EngineRows()
    {
        _engine = Samples.Armed(_latencies, _features, _sink);
        _now = _engine.Now;
    }

    /// <summary>Measures.</summary>
    public IEnumerable<BenchmarkRow> Run(Effort effort)
    {
        yield return Contest.Time("engine: latency observation folded", FoldLatency, effort);
        yield return Contest.Bytes("engine: latency observation, allocated", FoldLatency, 1 << 20);
        yield return Contest.Time("engine: feature observation folded", FoldFeature, effort);
        yield return Contest.Bytes("engine: feature observation, allocated", FoldFeature, 1 << 18);
        yield return Contest.Run(
            "engine: order asked, breaker closed", Ask, "Polly circuit breaker, closed", Polly, effort, null);
        yield return Contest.Bytes("engine: order asked, allocated", Ask, 1 << 20);
        yield return Packed("latency observation, packed 100 a batch", i => Latency(i));
        yield return Packed("feature observation, packed 100 a batch", i => Feature(i));
        foreach (BenchmarkRow row in Snapshots()) yield return row;
    }

    private static int StateBytes(GuardianEngine engine)
    {
        StateWriter writer = new();
        engine.WriteState(writer);
        return writer.Length;
    }

    private IEnumerable<BenchmarkRow> Snapshots()
    {
        GuardianEngine engine = Samples.Armed(_latencies, _features, _sink);
        yield return new BenchmarkRow(
            "snapshot: one stage with 1,600 samples in its minute, two features", "bytes",
            Spread.Of(StateBytes(engine)));
        GuardianEngine busy = Samples.Armed(_latencies, _features, _sink);
        for (int i = 0; i < 600_000; i++)
        {
            var o = new Observation(
                ObservationKind.Latency, Samples.Start + 48_000_000_000 + (i * 100_000L), "market-data",
                _latencies[i & Mask] / 1e3);
            busy.Apply(in o, _sink);
        }

        yield return new BenchmarkRow(
            "snapshot: the same with 600,000 samples in the minute", "bytes", Spread.Of(StateBytes(busy)));
    }

    private BenchmarkRow Packed(string name, Func<int, Observation> make)
    {
        _packer.Clear();
        for (int i = 0; i < 100; i++)
        {
            Observation observation = make(i);
            _packer.Write(i + 1, in observation);
        }

        return new BenchmarkRow(name, "bytes/observation", Spread.Of(_packer.ToArray().Length / 100.0));
    }

    private Observation Latency(int i)
    {
        _now += Gap;
        return new Observation(ObservationKind.Latency, _now, "market-data", _latencies[i & Mask] / 1e3);
    }

    private Observation Feature(int i)
    {
        _now += Gap;
        return new Observation(ObservationKind.Feature, _now, "score", _features[i & Mask]);
    }

    private void FoldLatency(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Observation observation = Latency(i);
            _engine.Apply(in observation, _sink);
        }
    }

    private void FoldFeature(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Observation observation = Feature(i);
            _engine.Apply(in observation, _sink);
        }
    }

    private void Ask(int count)
    {
        for (int i = 0; i < count; i++)
            if (_engine.Ask(null, mayShrinkOnly: false, _now, _sink).Kind == AnswerKind.Allowed) _allowed++;
    }

    private void Polly(int count)
    {
        for (int i = 0; i < count; i++) _polly.Execute(static rows => rows._allowed++, this);
    }
}
