using System.Collections.Concurrent;
using Guardian.Contracts;

namespace Guardian.Client.Producing;

/// <summary>Sends observations so that none is lost when a silo dies: what is not durable yet is kept and
/// resent.</summary>
/// <remarks>
/// Items of one symbol are numbered from 1 and sent in the order in which they were written, one batch at a time;
/// symbols go side by side. Memory is bounded per symbol: <see cref="WriteAsync"/> waits when a symbol is full. A
/// guardian that comes back knowing less than it had accepted names the sequence it expects, and is given the rest
/// again. Writing is thread safe; the order of one symbol is the caller's to keep. Single use: open a new epoch for
/// the next run.
/// </remarks>
public sealed class LosslessProducer : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, ProducerLane> _lanes = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _starting = new();
    private readonly IObserveEndpoint _endpoint;
    private readonly TimeProvider _time;
    private Exception? _fault;
    private bool _completing;

    /// <summary>Makes a producer.</summary>
    /// <param name="endpoint">Where batches go.</param>
    /// <param name="producer">Its name, 1 to 64 characters.</param>
    /// <param name="epoch">The epoch that the server issued to it, ≥ 1.</param>
    /// <param name="options">How it sends.</param>
    /// <param name="time">The clock for pauses and deadlines.</param>
    /// <exception cref="ArgumentException">An option is wrong; the message says which, and the rule.</exception>
    public LosslessProducer(
        IObserveEndpoint endpoint, string producer, long epoch, LosslessProducerOptions options, TimeProvider time)
    {
        List<string> errors = [.. options.Validate()];
        if (producer.Length is 0 or > 64)
            errors.Add($"Condition failed: producer has {producer.Length} characters; it takes 1 to 64.");
        if (epoch < 1) errors.Add(
            $"Condition failed: epoch is {epoch}; it takes 1 and above, as the server issued it.");
        if (errors.Count > 0) throw new ArgumentException(string.Join(' ', errors), nameof(options));
        (_endpoint, Producer, Epoch, Options, _time) = (endpoint, producer, epoch, options, time);
    }

    /// <summary>Gets the producer's name.</summary>
    public string Producer { get; }

    /// <summary>Gets the producer's epoch.</summary>
    public long Epoch { get; }

    /// <summary>Gets how it sends.</summary>
    public LosslessProducerOptions Options { get; }

    /// <summary>Gets the symbols written to so far.</summary>
    public ICollection<string> Symbols => _lanes.Keys;

    /// <summary>Gets the counts over all symbols.</summary>
    public ProducerCounts Counts
    {
        get
        {
            ProducerCounts sum = new();
            foreach (ProducerLane lane in _lanes.Values) sum += lane.Counts;
            return sum;
        }
    }

    /// <summary>Gets the counts of one symbol; all zero when nothing was written to it.</summary>
    public ProducerCounts CountsOf(string symbol) =>
        _lanes.TryGetValue(symbol, out ProducerLane? lane) ? lane.Counts : new ProducerCounts();

    /// <summary>Takes items of one symbol; waits while the symbol is full.</summary>
    /// <param name="symbol">The guardian's key.</param>
    /// <param name="items">The items in order; the array is the producer's from now on.</param>
    /// <param name="cancellationToken">Stops waiting; items not taken yet are not sent.</param>
    /// <exception cref="GuardianUnreachableException">No silo answered until the deadline.</exception>
    /// <exception cref="ProducerRefusedException">A guardian refused this producer.</exception>
    /// <exception cref="InvalidOperationException">Too many symbols, or it has been completed.</exception>
    public async ValueTask WriteAsync(string symbol, Observation[] items, CancellationToken cancellationToken = default)
    {
        if (Volatile.Read(ref _completing))
            throw new InvalidOperationException("Condition failed: the producer is completed; open a new one.");
        ThrowIfFaulted();
        ProducerLane lane = LaneOf(symbol);
        foreach (Observation[] part in items.Length <= Options.BatchSize ? [items] : items.Chunk(Options.BatchSize))
        {
            if (await lane.WriteAsync(part, cancellationToken)) continue;
            ThrowIfFaulted();
            throw new OperationCanceledException("The producer was stopped.", _stop.Token);
        }
    }

    /// <summary>Waits until everything written is durable.</summary>
    /// <param name="cancellationToken">Stops waiting and sending.</param>
    /// <exception cref="GuardianUnreachableException">No silo answered, or nothing became durable,
    /// until the deadline.</exception>
    /// <exception cref="ProducerRefusedException">A guardian refused this producer.</exception>
    public async Task CompleteAsync(CancellationToken cancellationToken = default)
    {
        Volatile.Write(ref _completing, true);
        foreach (ProducerLane lane in _lanes.Values) lane.Complete();
        using (cancellationToken.Register(static stop => ((CancellationTokenSource)stop!).Cancel(), _stop))
            await Task.WhenAll(_lanes.Values.Select(lane => lane.Done));
        ThrowIfFaulted();
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Stops sending; what is not durable by now may be lost.</summary>
    public async ValueTask DisposeAsync()
    {
        Volatile.Write(ref _completing, true);
        await _stop.CancelAsync();
        await Task.WhenAll(_lanes.Values.Select(lane => lane.Done));
        _stop.Dispose();
    }

    private ProducerLane LaneOf(string symbol)
    {
        if (_lanes.TryGetValue(symbol, out ProducerLane? lane)) return lane;
        lock (_starting)
        {
            if (_lanes.TryGetValue(symbol, out lane)) return lane;
            if (_lanes.Count >= Options.MaximumSymbols)
            {
                throw new InvalidOperationException(
                    $"Condition failed: '{symbol}' would be symbol {_lanes.Count + 1}; "
                    + $"a producer takes {Options.MaximumSymbols}.");
            }

            lane = new ProducerLane(symbol, this, _endpoint, _time, Fail, _stop.Token);
            _lanes[symbol] = lane;
            return lane;
        }
    }

    private void Fail(Exception fault)
    {
        if (Interlocked.CompareExchange(ref _fault, fault, null) is null) _stop.Cancel();
    }

    private void ThrowIfFaulted()
    {
        if (Volatile.Read(ref _fault) is { } fault)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(fault);
    }
}
