using System.Collections.Concurrent;
using Guardian.Contracts;
using Guardian.Storage.Checkpoints;

namespace Guardian.Storage.Hot;

/// <summary>L1 in memory: the newest verdict per symbol.</summary>
/// <remarks>Thread-safe. Bounded by the number of symbols.</remarks>
/// <param name="keepSnapshots">
/// Whether snapshots are kept: a silo has them in its file, so that memory would only hold them twice.
/// </param>
public sealed class MemoryHotStore(bool keepSnapshots) : IHotStore
{
    private readonly ConcurrentDictionary<string, Verdict> _verdicts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Checkpoint> _snapshots = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, PortfolioSummary> _summaries = new(StringComparer.Ordinal);
    private long _refused;

    /// <summary>Initializes a store without snapshots.</summary>
    public MemoryHotStore()
        : this(keepSnapshots: false)
    {
    }

    /// <inheritdoc/>
    public string Store => "memory";

    /// <summary>Gets how many older verdicts were refused.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <inheritdoc/>
    public ValueTask<bool> PutAsync(Verdict verdict)
    {
        Verdict kept = _verdicts.AddOrUpdate(
            verdict.Symbol, verdict, (_, known) => IsOlder(verdict, known) ? known : verdict);
        bool stored = ReferenceEquals(kept, verdict);
        if (!stored) Interlocked.Increment(ref _refused);
        return ValueTask.FromResult(stored);
    }

    /// <inheritdoc/>
    public ValueTask<Verdict?> GetAsync(string symbol) => ValueTask.FromResult(_verdicts.GetValueOrDefault(symbol));

    /// <summary>Lists the newest verdict of every symbol, in no order.</summary>
    public IReadOnlyCollection<Verdict> List() => [.. _verdicts.Values];

    /// <inheritdoc/>
    public ValueTask ForgetAsync(string symbol)
    {
        _verdicts.TryRemove(symbol, out _);
        _snapshots.TryRemove(symbol, out _);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<bool> PutSnapshotAsync(Checkpoint snapshot)
    {
        if (!keepSnapshots) return ValueTask.FromResult(false);
        bool outlived = _verdicts.TryGetValue(snapshot.Symbol, out Verdict? verdict) && verdict.Epoch > snapshot.Epoch;
        Checkpoint? kept = outlived
            ? null
            : _snapshots.AddOrUpdate(
                snapshot.Symbol, snapshot, (_, known) => IsOlder(snapshot, known) ? known : snapshot);
        bool stored = ReferenceEquals(kept, snapshot);
        if (!stored) Interlocked.Increment(ref _refused);
        return ValueTask.FromResult(stored);
    }

    /// <inheritdoc/>
    public ValueTask<HotSnapshot> FindSnapshotAsync(string symbol) =>
        ValueTask.FromResult(new HotSnapshot(_snapshots.GetValueOrDefault(symbol), null));

    /// <inheritdoc/>
    public ValueTask PutSummaryAsync(PortfolioSummary summary)
    {
        _summaries[summary.Session] = summary;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<PortfolioSummary?> GetSummaryAsync(string session) =>
        ValueTask.FromResult(_summaries.GetValueOrDefault(session));

    private static bool IsOlder(Verdict verdict, Verdict known) =>
        IsOlder(verdict.Epoch, verdict.Sequence, known.Epoch, known.Sequence);

    private static bool IsOlder(Checkpoint snapshot, Checkpoint known) =>
        IsOlder(snapshot.Epoch, snapshot.Sequence, known.Epoch, known.Sequence);

    private static bool IsOlder(Epoch epoch, long sequence, Epoch known, long knownSequence)
    {
        int order = epoch.CompareTo(known);
        return order < 0 || (order == 0 && sequence < knownSequence);
    }
}
