using System.Collections.Immutable;
using Guardian.Contracts;
using Guardian.Storage.Halts;

namespace Guardian.Grains.Halts;

/// <summary>What is known of all halts: the union of entries, less their tombstones. Immutable and pure.</summary>
/// <remarks>Merging is commutative, associative and idempotent; only <see cref="Version"/> counts the steps.</remarks>
public sealed class HaltSet
{
    private readonly ImmutableSortedDictionary<string, (Hold Entry, long Version)> _entries;

    private HaltSet(
        ImmutableSortedDictionary<string, (Hold Entry, long Version)> entries, ImmutableArray<Hold> open, long version)
    {
        _entries = entries;
        Open = open;
        Beyond = [.. open.Where(h => h.Scope != Scope.Symbol)];
        Version = version;
    }

    /// <summary>Gets the set in which nothing is known.</summary>
    public static HaltSet Empty { get; } =
        new(ImmutableSortedDictionary.Create<string, (Hold, long)>(StringComparer.Ordinal), [], 0);

    /// <summary>Gets a number that rises with every change.</summary>
    public long Version { get; }

    /// <summary>Gets the open entries, oldest first.</summary>
    public ImmutableArray<Hold> Open { get; }

    /// <summary>Gets the open entries that reach beyond one symbol, oldest first.</summary>
    public ImmutableArray<Hold> Beyond { get; }

    /// <summary>Gets the number of entries, released ones included.</summary>
    public int Count => _entries.Count;

    /// <summary>Gets every entry and tombstone, by identifier.</summary>
    public IEnumerable<Hold> Entries => _entries.Values.Select(e => e.Entry);

    /// <summary>Finds an entry, open or released; null when there is none.</summary>
    public Hold? Find(string id) => _entries.TryGetValue(id, out (Hold Entry, long Version) known) ? known.Entry : null;

    /// <summary>Gets what changed after a version: what a peer that knows the rest lacks.</summary>
    public IReadOnlyList<Hold> Since(long version) =>
        [.. _entries.Values.Where(e => e.Version > version).OrderBy(e => e.Version).Select(e => e.Entry)];

    /// <summary>Takes entries and tombstones from anywhere.</summary>
    /// <param name="entries">In any order, any number of times.</param>
    /// <param name="fresh">What the set did not know, as merged.</param>
    public HaltSet Merge(IEnumerable<Hold> entries, out IReadOnlyList<Hold> fresh)
    {
        ImmutableSortedDictionary<string, (Hold Entry, long Version)>.Builder? next = null;
        Dictionary<string, Hold>? changed = null;
        long version = Version;
        foreach (Hold entry in entries)
        {
            Hold? known = (next ?? (IReadOnlyDictionary<string, (Hold Entry, long Version)>)_entries)
                .TryGetValue(entry.Id, out (Hold Entry, long Version) found) ? found.Entry : null;
            Hold merged = known is null ? entry : HaltMerge.Merge(known, entry);
            if (merged == known) continue;
            (next ??= _entries.ToBuilder())[entry.Id] = (merged, ++version);
            (changed ??= new(StringComparer.Ordinal))[entry.Id] = merged;
        }

        fresh = changed is null ? [] : [.. changed.Values];
        return next is null ? this : new HaltSet(next.ToImmutable(), OpenAfter(changed!), version);
    }

    /// <summary>Forgets entries; the version rises in any case.</summary>
    public HaltSet Without(Func<Hold, bool> forgotten)
    {
        ImmutableSortedDictionary<string, (Hold Entry, long Version)> next =
            _entries.RemoveRange(_entries.Where(e => forgotten(e.Value.Entry)).Select(e => e.Key));
        return new HaltSet(next, [.. Open.Where(h => !forgotten(h))], Version + 1);
    }

    private ImmutableArray<Hold> OpenAfter(Dictionary<string, Hold> changed) =>
    [
        .. Open.Where(h => !changed.ContainsKey(h.Id)).Concat(changed.Values.Where(h => h.IsOpen))
            .OrderBy(h => h.Since).ThenBy(h => h.Id, StringComparer.Ordinal),
    ];
}
