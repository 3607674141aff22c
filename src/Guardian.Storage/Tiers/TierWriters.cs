using Guardian.Contracts;
using Guardian.Storage.History;
using Guardian.Storage.Journal;
using Microsoft.Extensions.Logging;

namespace Guardian.Storage.Tiers;

/// <summary>The writers of the configured tiers: each has its own loop, so that none waits for another.</summary>
/// <remarks>Thread-safe.</remarks>
public sealed class TierWriters
{
    /// <summary>Initializes a writer for each store.</summary>
    /// <param name="stores">The configured tiers' stores, one a tier.</param>
    /// <param name="journal">The journal.</param>
    /// <param name="parked">Where poison rows go.</param>
    /// <param name="options">Valid options.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where to log.</param>
    public TierWriters(
        IEnumerable<ITierStore> stores,
        IJournal journal,
        IParkedStore parked,
        StorageOptions options,
        TimeProvider time,
        ILogger<TierWriter> logger)
    {
        All =
        [
            .. stores.OrderBy(store => store.Tier, StringComparer.Ordinal)
                .Select(store => new TierWriter(store, journal, parked, options, time, logger)),
        ];
        if (All.GroupBy(writer => writer.Tier, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new InvalidOperationException($"Invariant: {twice.Key} has {twice.Count()} stores; it takes one.");
    }

    /// <summary>Gets the writers, by tier.</summary>
    public IReadOnlyList<TierWriter> All { get; }

    /// <summary>Gets the rows that were parked since the start.</summary>
    public long Parked => All.Sum(writer => writer.Parked);

    /// <summary>Finds the writer of a tier; null when the journal feeds no such tier.</summary>
    public TierWriter? Of(string tier) =>
        All.FirstOrDefault(writer => string.Equals(writer.Tier, tier, StringComparison.Ordinal));

    /// <summary>Says how the tiers are now, by tier.</summary>
    public TierHealth[] Health() => [.. All.Select(writer => writer.Health())];

    /// <summary>Ships until it is cancelled; never throws but for that.</summary>
    public Task RunAsync(CancellationToken cancellation) =>
        Task.WhenAll(All.Select(writer => Task.Run(() => writer.RunAsync(cancellation), cancellation)));

    /// <summary>Ships everything that is durable now to every tier; for tests and shutdown.</summary>
    /// <exception cref="StorageUnavailableException">A tier can't be written.</exception>
    public Task DrainAsync(CancellationToken cancellation) =>
        Task.WhenAll(All.Select(writer => writer.DrainAsync(cancellation)));
}
