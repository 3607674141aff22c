using Guardian.Contracts;
using Guardian.Storage.Hot;

namespace Guardian.Simulation.Stores;

/// <summary>The hot tier that silos share: the real volatile one, away at times, and what it took in order.</summary>
internal sealed class HotTwin(Checker check) : IHotStore
{
    private readonly MemoryHotStore _inner = new();
    private readonly Dictionary<string, Epoch> _newest = new(StringComparer.Ordinal);

    public string Store => "simulated";

    internal bool IsAway { get; set; }

    public async ValueTask<bool> PutAsync(Verdict verdict)
    {
        if (IsAway) throw new IOException("the hot store is away");
        bool stored = await _inner.PutAsync(verdict);
        Epoch newest = _newest.GetValueOrDefault(verdict.Symbol);
        check.Require(!stored || verdict.Epoch >= newest, Invariants.Epochs, () =>
            $"the hot tier took a verdict of {verdict.Symbol} of epoch {verdict.Epoch} after {newest}");
        if (stored) _newest[verdict.Symbol] = verdict.Epoch;
        return stored;
    }

    public ValueTask<Verdict?> GetAsync(string symbol) => _inner.GetAsync(symbol);

    public ValueTask ForgetAsync(string symbol) => _inner.ForgetAsync(symbol);
}

/// <summary>One silo's way to the hot tier; a dead one has none.</summary>
internal sealed class HotClient(HotTwin hot, Func<bool> lives) : IHotStore
{
    public string Store => hot.Store;

    public ValueTask<bool> PutAsync(Verdict verdict) => lives() ? hot.PutAsync(verdict) : ValueTask.FromResult(false);

    public ValueTask<Verdict?> GetAsync(string symbol) => hot.GetAsync(symbol);

    public ValueTask ForgetAsync(string symbol) => hot.ForgetAsync(symbol);
}
