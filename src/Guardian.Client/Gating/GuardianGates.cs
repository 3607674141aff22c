using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Guardian.Contracts;
using Microsoft.Extensions.Logging;

namespace Guardian.Client.Gating;

/// <summary>Answers orders from this process' memory, kept by asking the guardians all the time.</summary>
/// <remarks>
/// Thread-safe. <see cref="Gate(string)"/> neither waits, throws nor allocates for a symbol that is watched. A symbol
/// is watched from its first question on, which is answered with <see cref="GateAnswer.AskServer"/>. Source of the
/// idea of a lease: Gray and Cheriton 1989.
/// </remarks>
public sealed partial class GuardianGates : IAsyncDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Guardian.Client";

    private const int MostAtOnce = 16;
    private const string Lost = "the cluster can't be reached and the lease has run out";

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Session, string Strategy), Entry> _strategies = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly IGuardianClient _client;
    private readonly GuardianGateOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<GuardianGates> _logger;
    private readonly Meter _meter;
    private readonly Counter<long> _failures;
    private readonly Counter<long> _expired;
    private readonly Counter<long> _refused;
    private readonly long _lease;
    private readonly Lock _gate = new();
    private Task? _running;
    private int _disposed;

    /// <summary>Initializes gates that watch nothing yet.</summary>
    /// <param name="client">Who is asked.</param>
    /// <param name="options">How they are kept.</param>
    /// <param name="time">The clock of leases.</param>
    /// <param name="meters">Makes the meter.</param>
    /// <param name="logger">Where to log.</param>
    /// <exception cref="ArgumentException">An option is wrong; the message says which, and the rule.</exception>
    public GuardianGates(
        IGuardianClient client,
        GuardianGateOptions options,
        TimeProvider time,
        IMeterFactory meters,
        ILogger<GuardianGates> logger)
    {
        if (options.Validate() is { Count: > 0 } errors)
            throw new ArgumentException(string.Join(' ', errors), nameof(options));
        (_client, _options, _time, _logger) = (client, options, time, logger);
        _lease = (long)(options.Lease.TotalSeconds * time.TimestampFrequency);
        _meter = meters.Create(MeterName);
        _failures = _meter.CreateCounter<long>("guardian.client.gate.failures", "{call}", "Questions without answer.");
        _expired = _meter.CreateCounter<long>("guardian.client.gate.expired", "{lease}", "Leases that ran out.");
        _refused = _meter.CreateCounter<long>(
            "guardian.client.gate.refused", "{symbol}", "Symbols beyond the most that are watched.");
        _meter.CreateObservableGauge(
            "guardian.client.gates", () => _entries.Count, "{symbol}", "Symbols that are watched.");
    }

    /// <summary>Occurs when a gate that let orders pass does not any more; so that resting orders can be pulled.
    /// </summary>
    /// <remarks>
    /// Called off the trading threads; what it throws is logged. Changes of one symbol come one after the other, those
    /// of several may come at once. A hold of a strategy is told for every symbol that is watched, with the strategy's
    /// name.
    /// </remarks>
    public event EventHandler<GateChangedEventArgs>? OnHalted;

    /// <summary>Occurs when a gate lets orders pass again.</summary>
    public event EventHandler<GateChangedEventArgs>? OnResumed;

    /// <summary>Says whether an order of a symbol may go out, from memory.</summary>
    /// <param name="symbol">The guardian's key.</param>
    public GateAnswer Gate(string symbol) =>
        _entries.TryGetValue(symbol, out Entry? entry) ? Now(entry) : Watch(symbol);

    /// <summary>Says whether an order of a symbol and a strategy may go out, from memory.</summary>
    /// <param name="symbol">The guardian's key.</param>
    /// <param name="strategy">The strategy.</param>
    public GateAnswer Gate(string symbol, string strategy)
    {
        GateAnswer own = Gate(symbol);
        return _strategies.IsEmpty || !_strategies.TryGetValue((SessionOf(symbol), strategy), out Entry? held)
            ? own
            : GateRule.Stricter(own, held.Read().Answer);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await _stop.CancelAsync();
        Task? running;
        lock (_gate) running = _running;
        if (running is not null) await running;
        _meter.Dispose();
        _stop.Dispose();
    }

    private GateAnswer Now(Entry entry)
    {
        (GateAnswer answer, long asked) = entry.Read();
        if (asked == 0) return GateAnswer.AskServer;
        return _time.GetTimestamp() - asked <= _lease ? answer : GateRule.Expired(answer, _options.OnLeaseExpired);
    }

    private GateAnswer Watch(string symbol)
    {
        if (_entries.Count >= _options.MaximumSymbols)
        {
            _refused.Add(1);
            return GateAnswer.AskServer;
        }

        _entries.TryAdd(symbol, new Entry());
        lock (_gate) _running ??= Task.Run(RunAsync);
        return GateAnswer.AskServer;
    }

    private async Task RunAsync()
    {
        using PeriodicTimer timer = new(_options.RefreshPeriod, _time);
        try
        {
            do
            {
                await Parallel.ForEachAsync(
                    _entries,
                    new ParallelOptions { MaxDegreeOfParallelism = MostAtOnce, CancellationToken = _stop.Token },
                    async (entry, _) => await AskAsync(entry.Key, entry.Value));
                foreach (string session in _entries.Keys.Select(SessionOf).Distinct(StringComparer.Ordinal))
                    await AskHoldsAsync(session);
            }
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The process stops.
        }
    }

    private async Task AskAsync(string symbol, Entry entry)
    {
        long asked = Math.Max(1, _time.GetTimestamp());
        try
        {
            // A call that hangs must not keep others from being asked again before their lease runs out.
            Verdict verdict = await _client.GetVerdictAsync(symbol).AsTask()
                .WaitAsync(_options.Lease / 2, _time, _stop.Token);
            Set(symbol, entry, GateRule.Of(verdict), asked, Why(verdict));
        }
        catch (Exception error) when (error is GuardianUnreachableException or TimeoutException)
        {
            _failures.Add(1);
            (GateAnswer last, long since) = entry.Read();
            if (since == 0 || entry.IsExpired || _time.GetTimestamp() - since <= _lease) return;
            entry.IsExpired = true;
            _expired.Add(1);
            GateAnswer left = GateRule.Expired(last, _options.OnLeaseExpired);
            if (left != entry.Told) Tell(symbol, entry, left, Lost);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            _failures.Add(1);
            LogFailed(error, symbol);
        }
    }

    private void Set(string symbol, Entry entry, GateAnswer answer, long asked, string why)
    {
        bool first = entry.Read().AskedAt == 0;
        entry.Set(answer, asked);
        entry.IsExpired = false;
        if (first) entry.Told = answer is GateAnswer.Denied or GateAnswer.ReduceOnly ? GateAnswer.Allowed : answer;
        if (answer != entry.Told) Tell(symbol, entry, answer, why);
    }

    private async Task AskHoldsAsync(string session)
    {
        try
        {
            Hold[] holds = await _client.GetHoldsAsync(session).WaitAsync(_options.Lease, _time, _stop.Token);
            Dictionary<string, Hold[]> held = holds.Where(h => h.Scope == Scope.Strategy)
                .GroupBy(h => h.Key, StringComparer.Ordinal)
                .ToDictionary(g => g.Key, g => g.ToArray(), StringComparer.Ordinal);
            foreach (((string Session, string Strategy) known, Entry entry) in _strategies)
            {
                bool gone = string.Equals(known.Session, session, StringComparison.Ordinal)
                    && !held.ContainsKey(known.Strategy);
                if (!gone || !_strategies.TryRemove(known, out _)) continue;
                TellStrategy(known, entry, GateAnswer.Allowed, string.Empty);
            }

            // A hold of a strategy that was seen holds until it is seen to be gone, whatever the lease.
            foreach ((string strategy, Hold[] own) in held)
            {
                Entry entry = _strategies.GetOrAdd(
                    (session, strategy), _ => new Entry { Told = GateAnswer.Allowed });
                GateAnswer answer = GateRule.Of(own.Max(h => h.State));
                entry.Set(answer, asked: 1);
                TellStrategy((session, strategy), entry, answer, string.Join("; ", own.Select(h => h.Reason)));
            }
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            _failures.Add(1);
        }
    }

    // Whoever holds resting orders of a symbol looks at those of that symbol: each is told by itself.
    private void TellStrategy((string Session, string Strategy) of, Entry entry, GateAnswer to, string why)
    {
        GateAnswer from = entry.Told;
        if (from == to) return;
        entry.Told = to;
        foreach (string symbol in _entries.Keys)
        {
            if (string.Equals(SessionOf(symbol), of.Session, StringComparison.Ordinal))
                Raise(new GateChangedEventArgs(symbol, from, to, why, of.Strategy));
        }
    }

    private void Tell(string symbol, Entry entry, GateAnswer to, string why)
    {
        GateAnswer from = entry.Told;
        entry.Told = to;
        Raise(new GateChangedEventArgs(symbol, from, to, why));
    }

    private void Raise(GateChangedEventArgs change)
    {
        bool passed = change.From is GateAnswer.Allowed or GateAnswer.AskServer;
        bool passes = change.To is GateAnswer.Allowed or GateAnswer.AskServer;
        EventHandler<GateChangedEventArgs>? told = passed == passes ? null : passes ? OnResumed : OnHalted;
        try
        {
            told?.Invoke(this, change);
        }
        catch (Exception error)
        {
            LogThrew(error, change.Symbol);
        }
    }

    private static string Why(Verdict verdict) => verdict.Reasons.Length == 0
        ? string.Empty
        : string.Join("; ", verdict.Reasons.Select(r => r.Text ?? r.Code));

    private static string SessionOf(string symbol)
    {
        int at = symbol.IndexOf('@', StringComparison.Ordinal);
        return at < 0 ? SymbolName.Live : symbol[(at + 1)..];
    }

    [LoggerMessage(5100, LogLevel.Error, "The gate of {Symbol} could not be kept.")]
    private partial void LogFailed(Exception error, string symbol);

    [LoggerMessage(5101, LogLevel.Error, "What was to be told of the gate of {Symbol} threw.")]
    private partial void LogThrew(Exception error, string symbol);

    /// <summary>One gate: written by one loop, read by anybody. Answer and time are one word: none is torn.</summary>
    private sealed class Entry
    {
        private long _word;

        internal GateAnswer Told { get; set; }

        internal bool IsExpired { get; set; }

        internal (GateAnswer Answer, long AskedAt) Read()
        {
            long word = Volatile.Read(ref _word);
            return ((GateAnswer)(word & 3), word >> 2);
        }

        internal void Set(GateAnswer answer, long asked) => Volatile.Write(ref _word, (asked << 2) | (long)answer);
    }
}
