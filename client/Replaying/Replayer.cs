using Guardian.Cli.Commands;
using Guardian.Cli.Recordings;
using Guardian.Client;
using Guardian.Client.Producing;
using Guardian.Contracts;

namespace Guardian.Cli.Replaying;

/// <summary>Carries recordings into a session, symbol by symbol in order, symbols side by side. Single use.</summary>
internal sealed class Replayer(IGuardianClient client, ReplayPlan plan, TimeProvider time)
{
    /// <summary>Longest wait between two looks at the clock when the speed is limited.</summary>
    private static readonly TimeSpan LongestStep = TimeSpan.FromMilliseconds(50);

    /// <summary>Longest wait for the history; after it the counts may be short.</summary>
    private static readonly TimeSpan LongestCatchUp = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, List<Observation>> _buffers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _keys = new(StringComparer.Ordinal);
    private readonly long _start = time.GetTimestamp();
    private LosslessProducer? _producer;

    /// <summary>Gets the rows read so far.</summary>
    public long Rows => plan.Recordings.Sum(r => r.Report.Rows);

    /// <summary>Gets the lines of all files, headers included.</summary>
    public long TotalRows => plan.Recordings.Sum(r => r.Lines);

    /// <summary>Gets the counts so far.</summary>
    public ProducerCounts Counts => _producer?.Counts ?? new ProducerCounts();

    /// <summary>Gets the number of symbols so far.</summary>
    public int Symbols => _producer?.Symbols.Count ?? 0;

    /// <summary>Gets how long it has run.</summary>
    public TimeSpan Elapsed => time.GetElapsedTime(_start);

    /// <summary>Opens the session, sends everything, waits until it is durable, and asks how the symbols are.</summary>
    /// <exception cref="UsageException">The session can't be opened so, or a file is damaged.</exception>
    /// <exception cref="GuardianUnreachableException">No silo answered until the deadline.</exception>
    /// <exception cref="ProducerRefusedException">A guardian refused the producer.</exception>
    public async Task<ReplaySummary> RunAsync(CancellationToken cancellationToken)
    {
        SessionRequest request = new() { Limits = plan.Limits, Append = plan.Append, RecordedTime = true };
        ActionResult opened = await PatientlyAsync(
            () => client.OpenSessionAsync(plan.Session, request), cancellationToken);
        if (!opened.Done)
            throw new UsageException(
                opened.Message ?? $"Condition failed: the session can't be opened: {opened.Code}.");
        long epoch = await PatientlyAsync(
            () => client.OpenProducerAsync(plan.Session, plan.Producer), cancellationToken);

        await using LosslessProducer producer = new(client, plan.Producer, epoch, plan.Sending, time);
        _producer = producer;
        foreach (Recording recording in plan.Recordings)
        {
            await SendAsync(recording, producer, cancellationToken);
            await FlushAllAsync(producer, cancellationToken);
        }

        await producer.CompleteAsync(cancellationToken);
        return await SummariseAsync(producer, Elapsed, cancellationToken);
    }

    private async Task SendAsync(Recording recording, LosslessProducer producer, CancellationToken cancellationToken)
    {
        long began = time.GetTimestamp();
        Timestamp first = default;
        foreach (RecordedItem item in recording.Read())
        {
            if (plan.Speed is { } speed && item.Observation.At.HasValue)
            {
                if (!first.HasValue) first = item.Observation.At;
                TimeSpan due = TimeSpan.FromMicroseconds(
                    (item.Observation.At.UnixNanoseconds - first.UnixNanoseconds) / 1_000.0 / speed);
                await PaceAsync(began, due, producer, cancellationToken);
            }

            List<Observation> buffer = BufferOf(item.Symbol);
            buffer.Add(item.Observation);
            if (buffer.Count >= plan.Sending.BatchSize)
                await FlushAsync(item.Symbol, buffer, producer, cancellationToken);
        }
    }

    /// <summary>Waits until a row is due; what is waiting is sent first.</summary>
    private async Task PaceAsync(
        long began, TimeSpan due, LosslessProducer producer, CancellationToken cancellationToken)
    {
        TimeSpan left = due - time.GetElapsedTime(began);
        // Below the timer's resolution a wait costs more than it keeps.
        if (left < TimeSpan.FromMilliseconds(2)) return;
        await FlushAllAsync(producer, cancellationToken);
        while (left > TimeSpan.Zero)
        {
            await Task.Delay(left < LongestStep ? left : LongestStep, time, cancellationToken);
            left = due - time.GetElapsedTime(began);
        }
    }

    private async Task FlushAllAsync(LosslessProducer producer, CancellationToken cancellationToken)
    {
        foreach ((string symbol, List<Observation> buffer) in _buffers)
        {
            if (buffer.Count > 0) await FlushAsync(symbol, buffer, producer, cancellationToken);
        }
    }

    private async Task FlushAsync(
        string symbol, List<Observation> buffer, LosslessProducer producer, CancellationToken cancellationToken)
    {
        Observation[] items = [.. buffer];
        buffer.Clear();
        await producer.WriteAsync(KeyOf(symbol), items, cancellationToken);
    }

    private List<Observation> BufferOf(string symbol)
    {
        if (!_buffers.TryGetValue(symbol, out List<Observation>? buffer)) _buffers[symbol] = buffer = [];
        return buffer;
    }

    private string KeyOf(string symbol)
    {
        if (!_keys.TryGetValue(symbol, out string? key)) _keys[symbol] = key = $"{symbol}@{plan.Session}";
        return key;
    }

    private async Task<ReplaySummary> SummariseAsync(
        LosslessProducer producer, TimeSpan elapsed, CancellationToken cancellationToken)
    {
        await CatchUpAsync(cancellationToken);
        List<ReplayedSymbol> symbols = [];
        foreach (string key in producer.Symbols.Order(StringComparer.Ordinal))
        {
            Verdict verdict = await PatientlyAsync(() => client.GetVerdictAsync(key).AsTask(), cancellationToken);
            ProducerCounts counts = producer.CountsOf(key);
            symbols.Add(new ReplayedSymbol
            {
                Symbol = key,
                TradingState = verdict.TradingState,
                Level = verdict.Level,
                Breaker = verdict.Breaker,
                Episode = verdict.Episode,
                Transitions = await PatientlyAsync(() => CountTransitionsAsync(key), cancellationToken),
                Reasons = verdict.Reasons,
                AsOf = verdict.AsOf,
                Accepted = counts.Accepted,
                Refused = counts.Refused,
            });
        }

        return new ReplaySummary
        {
            Session = plan.Session,
            Profile = plan.Limits.Profile,
            Files = [.. plan.Recordings.Select(
                r => new ReplayedFile(r.Report.File, r.Format, r.Report.Rows, r.Report.BadRowCount))],
            Rows = Rows,
            Seconds = Math.Round(elapsed.TotalSeconds, 3),
            RowsPerSecond = elapsed > TimeSpan.Zero ? Math.Round(Rows / elapsed.TotalSeconds) : 0,
            Observations = producer.Counts,
            BadRowCount = plan.Recordings.Sum(r => r.Report.BadRowCount),
            BadRows = [.. plan.Recordings.SelectMany(r => r.Report.BadRows)],
            Items = symbols,
        };
    }

    /// <summary>
    /// Waits, for a while, until the history has what is durable: it follows the journal at its own pace.
    /// </summary>
    private async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        RetryBackoff backoff = new(time, TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(200), LongestCatchUp);
        while (true)
        {
            DurabilityReport report = await PatientlyAsync(client.GetDurabilityAsync, cancellationToken);
            if (!Array.Exists(report.Tiers, t => t.Tier == "L2" && t.LagEvents > 0)) return;
            if (!await backoff.WaitAsync(cancellationToken)) return;
        }
    }

    private async Task<long> CountTransitionsAsync(string key)
    {
        long count = 0;
        HistoryQuery query = new() { Symbol = key, Kinds = [HistoryKind.Transition] };
        await foreach (HistoryEvent _ in HistoryCommand.ReadAsync(client, query, long.MaxValue)) count++;
        return count;
    }

    /// <summary>Asks again while no silo answers, as long as the producer would.</summary>
    private async Task<T> PatientlyAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        RetryBackoff backoff = new(time, plan.Sending.FirstPause, plan.Sending.LongestPause, plan.Sending.Deadline);
        while (true)
        {
            try
            {
                return await call();
            }
            catch (GuardianUnreachableException)
            {
                if (!await backoff.WaitAsync(cancellationToken)) throw;
            }
        }
    }
}
