using System.Collections.Concurrent;
using Guardian.Contracts;

namespace Guardian.Client.Reporting;

/// <summary>The reports of one symbol on their way: queue, numbers, and the batch that is not answered yet.</summary>
/// <remarks>Anybody adds; one caller at a time sends.</remarks>
internal sealed class ReportLane(string symbol, GuardianReportOptions options)
{
    private readonly ConcurrentQueue<Observation> _waiting = new();
    private ObservationBatch? _batch;
    private long _next = 1;
    private long _epoch;
    private long _dropped;

    /// <summary>Gets whether there is something to send.</summary>
    internal bool HasWork => _batch is not null || !_waiting.IsEmpty;

    /// <summary>Gets whether the guardian knows a newer epoch: another one is to be asked for.</summary>
    internal bool IsStale { get; private set; }

    /// <summary>Gets or sets whether it is being sent.</summary>
    internal bool IsSending { get; set; }

    /// <summary>Takes an observation.</summary>
    internal void Add(Observation item) => _waiting.Enqueue(item);

    /// <summary>Notes one that found no room: the guardian is told of the gap.</summary>
    internal void Dropped() => Interlocked.Increment(ref _dropped);

    /// <summary>Sends one batch; the same again until it is answered.</summary>
    /// <param name="endpoint">Where to.</param>
    /// <param name="epoch">The epoch that was issued.</param>
    /// <returns>How many are done with, and how many of them the guardian refused; done 0: to be sent again.</returns>
    internal async Task<(int Done, int Refused)> SendAsync(IGuardianClient endpoint, long epoch)
    {
        if (epoch != _epoch) Begin(epoch);
        if ((_batch ??= Make()) is not { } batch) return (0, 0);
        ObserveResult result = await endpoint.ObserveAsync(symbol, batch);
        switch (result.Code)
        {
            case ObserveCode.Gap:
                // What it had accepted and lost with its silo is not here any more: it is told so.
                _batch = batch with { Skipped = batch.FirstSequence - result.ExpectedSequence };
                return (0, 0);
            case ObserveCode.StaleProducer:
                IsStale = true; // Another process of this name has a newer one.
                return (0, 0);
            default:
                _batch = null;
                int refused = result.Code == ObserveCode.Invalid ? batch.Items.Length : result.Errors.Length;
                if (result.Code != ObserveCode.Invalid) _next = batch.FirstSequence + batch.Items.Length;
                return (batch.Items.Length, refused);
        }
    }

    private void Begin(long epoch)
    {
        (_epoch, _next, IsStale) = (epoch, 1, false);
        if (_batch is { } batch) _batch = batch with { ProducerEpoch = epoch, FirstSequence = 1, Skipped = 0 };
    }

    private ObservationBatch? Make()
    {
        List<Observation> items = [];
        while (items.Count < options.BatchSize && _waiting.TryDequeue(out Observation item)) items.Add(item);
        if (items.Count == 0) return null;
        long dropped = Interlocked.Exchange(ref _dropped, 0);
        return new ObservationBatch
        {
            Producer = options.Producer,
            ProducerEpoch = _epoch,
            FirstSequence = _next + dropped,
            Skipped = dropped,
            Items = [.. items],
        };
    }
}
