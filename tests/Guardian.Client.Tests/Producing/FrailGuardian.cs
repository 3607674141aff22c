using Guardian.Client.Producing;
using Guardian.Contracts;

namespace Guardian.Client.Tests.Producing;

/// <summary>A guardian in memory that keeps the rules of the contract and dies often. Seeded.</summary>
public sealed class FrailGuardian(int seed) : IObserveEndpoint
{
    private readonly Random _random = new(seed);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<Observation>> _folded = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _durable = new(StringComparer.Ordinal);

    public double UnansweredBefore { get; init; }

    public double UnansweredAfter { get; init; }

    public double Crashes { get; init; }

    public bool Durable { get; set; } = true;

    public bool Down { get; set; }

    public bool ForgetsDurable { get; init; }

    public ObserveCode? Answer { get; init; }

    public long Epoch { get; set; } = 1;

    public int Calls { get; private set; }

    public int CrashCount { get; private set; }

    public List<int> BatchSizes { get; } = [];

    public double? RefusedValue { get; init; }

    public int MostErrors { get; init; } = int.MaxValue;

    public Observation[] Folded(string symbol)
    {
        lock (_lock) return [.. _folded.GetValueOrDefault(symbol, [])];
    }

    public Task<long> OpenProducerAsync(string session, string producer) => Task.FromResult(++Epoch);

    public ValueTask<ObserveResult> ObserveAsync(string symbol, ObservationBatch batch)
    {
        lock (_lock)
        {
            Calls++;
            if (Down || _random.NextDouble() < UnansweredBefore) throw new GuardianUnreachableException("down");
            if (_random.NextDouble() < Crashes) Crash();
            ObserveResult result = Fold(symbol, batch);
            if (_random.NextDouble() < UnansweredAfter) throw new GuardianUnreachableException("answer lost");
            return ValueTask.FromResult(result);
        }
    }

    private void Crash()
    {
        CrashCount++;
        foreach ((string symbol, List<Observation> folded) in _folded)
        {
            int durable = ForgetsDurable ? 0 : _durable.GetValueOrDefault(symbol);
            folded.RemoveRange(durable, folded.Count - durable);
        }
    }

    private ObserveResult Fold(string symbol, ObservationBatch batch)
    {
        if (!_folded.TryGetValue(symbol, out List<Observation>? folded)) _folded[symbol] = folded = [];
        if (Answer is { } forced) return new ObserveResult { Code = forced, Message = "because" };
        if (batch.ProducerEpoch < Epoch) return new ObserveResult { Code = ObserveCode.StaleProducer };
        BatchSizes.Add(batch.Items.Length);
        List<ItemError> errors = [];
        int refused = 0;
        long expected = folded.Count + 1;
        ObserveCode code = ObserveCode.Accepted;
        if (batch.FirstSequence > expected) code = ObserveCode.Gap;
        else if (batch.Items.Length > 0
            && batch.FirstSequence + batch.Items.Length - 1 < expected) code = ObserveCode.Duplicate;
        else
        {
            for (int i = (int)(expected - batch.FirstSequence); i < batch.Items.Length; i++)
            {
                bool no = RefusedValue is { } value && batch.Items[i].Value >= value;
                if (no) refused++;
                if (no && errors.Count < MostErrors) errors.Add(new ItemError(i, "value", "7", "not seven"));
                folded.Add(batch.Items[i]);
            }
        }

        if (Durable)
        {
            int before = _durable.GetValueOrDefault(symbol);
            _durable[symbol] = before + _random.Next(folded.Count - Math.Min(before, folded.Count) + 1);
        }

        return new ObserveResult
        {
            Code = code,
            AcceptedThrough = folded.Count,
            DurableThrough = Math.Min(_durable.GetValueOrDefault(symbol), folded.Count),
            ExpectedSequence = folded.Count + 1,
            Accepted = folded.Count + 1 - (int)expected - refused,
            Errors = [.. errors],
        };
    }
}
