using Guardian.Contracts;
using Guardian.Storage.Halts;
using Microsoft.Extensions.Logging;

namespace Guardian.Grains.Halts;

/// <summary>Brings what acts to where it rests, and knows what does not rest yet. Thread-safe.</summary>
/// <remarks>
/// A place may answer late and out of order: an answer counts for what was handed to it, so a tombstone is never taken
/// for stored because its entry was. What could not be stored is tried again in the order in which it came; a place
/// that failed last is tried with few at a time, each time others, until it takes one.
/// </remarks>
internal sealed partial class RestingPlaces(
    IReadOnlyList<IHaltPlace> places, TimeProvider time, ILogger logger, bool isLocalVolatile = false)
{
    /// <summary>Most entries that are tried again at once.</summary>
    internal const int MostRetries = 1_000;

    /// <summary>Most entries that a place which failed last is tried with at once.</summary>
    internal const int MostRetriesWhileFailing = 16;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Resting> _waiting = new(StringComparer.Ordinal);
    private readonly bool[] _failing = new bool[places.Count];
    private long _order;
    private int _turn;
    private Action? _late;

    /// <summary>Gets in how many places an entry must rest: two, or all there are.</summary>
    internal int Needed { get; } = isLocalVolatile && places.Count > 1
        ? Math.Min(2, places.Count - 1) + 1
        : Math.Min(2, places.Count);

    internal IReadOnlyList<Hold> Undurable => List(_ => true);

    internal IReadOnlyList<Hold> Overdue => List(r => r.IsLate);

    /// <summary>Asks to be told, from any thread, that something does not rest in time.</summary>
    internal void OnLate(Action tell)
    {
        lock (_gate) _late += tell;
    }

    /// <summary>Stores an entry everywhere and waits until it rests in enough places, or for the patience.</summary>
    internal async Task<Durability> StoreAsync(Hold hold)
    {
        Gathering gathering = Begin(hold);
        try
        {
            await gathering.Enough.WaitAsync(HaltBoard.Patience, time);
        }
        catch (TimeoutException)
        {
            LogSlow(hold.Id, HaltBoard.Patience.TotalMilliseconds);
        }

        Durability durable = DurabilityOf(gathering);
        if (durable != Durability.Full) Delay(hold.Id);
        return durable;
    }

    // A place that is lost with the machine counts as none.
    private Durability DurabilityOf(Gathering gathering)
    {
        if (gathering.Good >= Needed && (!isLocalVolatile || places.Count > 1)) return Durability.Full;
        return gathering.IsLocal && !isLocalVolatile ? Durability.Local : Durability.None;
    }

    /// <summary>Hands an entry to every place without waiting.</summary>
    internal Gathering Begin(Hold hold)
    {
        Resting resting;
        lock (_gate)
        {
            if (!_waiting.TryGetValue(hold.Id, out resting!))
                _waiting.Add(hold.Id, resting = new Resting(hold, places.Count) { Order = ++_order });
            else resting.Want(HaltMerge.Merge(resting.Wanted, hold));
            for (int i = 0; i < places.Count; i++) resting.InFlight[i]++;
            hold = resting.Wanted;
        }

        var gathering = new Gathering(places.Count, Needed);
        for (int i = 0; i < places.Count; i++) PutAsync(resting, hold, i, gathering).Ignore();
        return gathering;
    }

    /// <summary>Tries again what rests nowhere and is not on its way, oldest first; waits for the patience.</summary>
    internal async Task RetryAsync()
    {
        List<Task> tries = [];
        List<(Resting Resting, Hold Hold, int Place)> due = [];
        lock (_gate)
        {
            _turn = (_turn + 1) % MostRetries;
            Resting[] oldest = [.. _waiting.Values.OrderBy(r => r.Order).Take(MostRetries)];
            for (int i = 0; i < places.Count; i++)
            {
                foreach (Resting resting in Due(oldest, i))
                {
                    resting.InFlight[i]++;
                    due.Add((resting, resting.Wanted, i));
                }
            }
        }

        foreach ((Resting resting, Hold hold, int place) in due)
            tries.Add(PutAsync(resting, hold, place, gathering: null));
        if (tries.Count == 0) return;
        try
        {
            await Task.WhenAll(tries).WaitAsync(HaltBoard.Patience, time);
        }
        catch (TimeoutException)
        {
            LogStillWaiting(tries.Count);
        }
    }

    // Thousands of failures a second to a place that is away would take the processor from decisions.
    private Resting[] Due(Resting[] oldest, int place)
    {
        Resting[] due = [.. oldest.Where(r => !r.Done[place] && r.InFlight[place] == 0)];
        if (!_failing[place] || due.Length <= MostRetriesWhileFailing) return due;
        return [.. due.Skip(_turn * MostRetriesWhileFailing % due.Length).Take(MostRetriesWhileFailing)];
    }

    /// <summary>Drops what waits of forgotten entries.</summary>
    internal void Forget(Func<Hold, bool> forgotten)
    {
        lock (_gate)
        {
            foreach (Resting resting in _waiting.Values.Where(r => forgotten(r.Wanted)).ToArray())
                _waiting.Remove(resting.Wanted.Id);
        }
    }

    private Hold[] List(Func<Resting, bool> which)
    {
        lock (_gate)
        {
            return
            [
                .. _waiting.Values.Where(r => r.Rests < Needed && which(r)).OrderBy(r => r.Order)
                    .Select(r => r.Wanted),
            ];
        }
    }

    private async Task PutAsync(Resting resting, Hold hold, int place, Gathering? gathering)
    {
        bool good = false;
        try
        {
            await places[place].PutAsync(hold);
            good = true;
        }
        catch (Exception error)
        {
            // A place beside this silo's own says itself that it is away: what matters there is told by the alert.
            if (place > 0) LogElsewhere(hold.Id, error.Message);
            else if (resting.MayComplain()) LogFailed(error, hold.Id);
        }

        End(resting, hold, place, good);
        gathering?.Report(good, isLocal: place == 0);
        if (!good) Delay(hold.Id);
    }

    private void End(Resting resting, Hold hold, int place, bool good)
    {
        lock (_gate)
        {
            resting.InFlight[place]--;
            _failing[place] = !good;
            if (good && resting.Wanted == hold) resting.Done[place] = true;
            if (Array.TrueForAll(resting.Done, d => d) && _waiting.GetValueOrDefault(hold.Id) == resting)
                _waiting.Remove(hold.Id);
        }
    }

    private void Delay(string id)
    {
        lock (_gate)
        {
            if (!_waiting.TryGetValue(id, out Resting? resting) || resting.Rests >= Needed || resting.IsLate) return;
            resting.IsLate = true;
        }

        _late?.Invoke();
    }

    [LoggerMessage(1101, LogLevel.Error, "Halt {Id} acts, but is not durable after {Milliseconds} ms.")]
    private partial void LogSlow(string id, double milliseconds);

    [LoggerMessage(1102, LogLevel.Critical, "Halt {Id} acts, but could not be stored: a crash now would forget it.")]
    private partial void LogFailed(Exception error, string id);

    [LoggerMessage(1104, LogLevel.Debug, "Halt {Id} acts, but is not in every place yet: {Problem}")]
    private partial void LogElsewhere(string id, string problem);

    [LoggerMessage(1103, LogLevel.Debug, "{Count} halts are being stored again and don't rest yet.")]
    private partial void LogStillWaiting(int count);

    /// <summary>An entry on its way to its places. Guarded by the gate.</summary>
    private sealed class Resting(Hold wanted, int places)
    {
        private int _complaints;

        internal Hold Wanted { get; private set; } = wanted;

        internal long Order { get; init; }

        internal bool[] Done { get; } = new bool[places];

        internal int[] InFlight { get; } = new int[places];

        internal bool IsLate { get; set; }

        internal int Rests => Done.Count(d => d);

        internal void Want(Hold hold)
        {
            if (hold == Wanted) return;
            Wanted = hold;
            Array.Clear(Done);
        }

        // Once an entry: a disk that stays away is told by the alert, not by the log.
        internal bool MayComplain() => Interlocked.Increment(ref _complaints) == 1;
    }
}

/// <summary>Counts the places in which one handing-over has come to rest. Thread-safe.</summary>
internal sealed class Gathering(int places, int needed)
{
    private readonly TaskCompletionSource _enough = new();
    private int _good;
    private int _ended;
    private volatile bool _local;

    /// <summary>Gets what ends when enough places have it, or none is left to wait for.</summary>
    internal Task Enough => _enough.Task;

    internal int Good => Volatile.Read(ref _good);

    internal bool IsLocal => _local;

    internal void Report(bool good, bool isLocal)
    {
        if (good && isLocal) _local = true;
        int resting = good ? Interlocked.Increment(ref _good) : Good;
        int ended = Interlocked.Increment(ref _ended);
        if (resting >= needed || ended == places) _enough.TrySetResult();
    }
}
