using System.Runtime.InteropServices;
using System.Threading.Channels;
using Guardian.Contracts;

namespace Guardian.Client.Producing;

/// <summary>One symbol's way of a <see cref="LosslessProducer"/>: numbers, sends, keeps and resends.</summary>
/// <remarks>
/// Kept items are those after the last durable one: <c>_kept[0]</c> has sequence <c>_first</c>. <c>_next</c> is the
/// sequence to be sent next; it falls when a guardian came back knowing less. Only the worker touches these.
/// </remarks>
internal sealed class ProducerLane
{
    private static readonly TimeSpan FirstPoll = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan LongestPoll = TimeSpan.FromMilliseconds(200);

    private readonly Channel<Observation[]> _written = Channel.CreateBounded<Observation[]>(
        new BoundedChannelOptions(4) { SingleReader = true });

    private readonly List<Observation> _kept = [];
    private readonly LaneCounts _counts = new();
    private readonly string _symbol;
    private readonly LosslessProducer _owner;
    private readonly IObserveEndpoint _endpoint;
    private readonly CancellationToken _stop;
    private readonly RetryBackoff _failures;
    private readonly RetryBackoff _stalls;
    private long _first = 1;
    private long _next = 1;
    private long _highestAccepted;
    private bool _closed;

    public ProducerLane(
        string symbol,
        LosslessProducer owner,
        IObserveEndpoint endpoint,
        TimeProvider time,
        Action<Exception> fail,
        CancellationToken stop)
    {
        (_symbol, _owner, _endpoint, _stop) = (symbol, owner, endpoint, stop);
        LosslessProducerOptions options = owner.Options;
        _failures = new RetryBackoff(time, options.FirstPause, options.LongestPause, options.Deadline);
        _stalls = new RetryBackoff(time, FirstPoll, LongestPoll, options.Deadline);
        Done = Task.Run(() => WorkAsync(fail), CancellationToken.None);
    }

    /// <summary>Gets the end of the work; never faulted, faults go to the owner.</summary>
    public Task Done { get; }

    public ProducerCounts Counts => _counts.Snapshot();

    private long Last => _first + _kept.Count - 1;

    /// <summary>Takes items; false when the lane has stopped.</summary>
    public async ValueTask<bool> WriteAsync(Observation[] items, CancellationToken cancellationToken)
    {
        try
        {
            await _written.Writer.WriteAsync(items, cancellationToken);
        }
        catch (ChannelClosedException)
        {
            return false;
        }

        _counts.Written(items.Length);
        return true;
    }

    public void Complete() => _written.Writer.TryComplete();

    private async Task WorkAsync(Action<Exception> fail)
    {
        try
        {
            while (await FillAsync())
            {
                if (_next <= Last) await SendAsync(Math.Min(_owner.Options.BatchSize, (int)(Last - _next + 1)));
                else await SendAsync(0);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopped by the owner, who knows why.
        }
        catch (Exception e)
        {
            fail(e);
        }
        finally
        {
            _written.Writer.TryComplete();
        }
    }

    /// <summary>Takes what was written, as far as there is room; waits only when there is nothing else to do.</summary>
    /// <returns>False when all is durable and nothing more will be written.</returns>
    private async ValueTask<bool> FillAsync()
    {
        while (true)
        {
            while (HasRoom() && _written.Reader.TryRead(out Observation[]? items)) _kept.AddRange(items);
            if (_next <= Last) return true;
            if (_closed || !HasRoom())
            {
                if (_kept.Count == 0 && _closed) return false;
                return true;
            }

            if (!await _written.Reader.WaitToReadAsync(_stop)) _closed = true;
        }
    }

    private bool HasRoom() =>
        !_written.Reader.TryPeek(out Observation[]? items) || _kept.Count + items.Length <= _owner.Options.MaximumKept;

    /// <summary>Sends a batch, none of the items to ask only how far the guardian is, and acts on the answer.</summary>
    private async Task SendAsync(int count)
    {
        ObservationBatch batch = new()
        {
            Producer = _owner.Producer,
            ProducerEpoch = _owner.Epoch,
            FirstSequence = _next,
            Items = count == 0 ? [] : CollectionsMarshal.AsSpan(_kept).Slice((int)(_next - _first), count).ToArray(),
        };
        bool fresh = _counts.Sent(_next, count);
        ObserveResult result;
        try
        {
            result = await _endpoint.ObserveAsync(_symbol, batch).AsTask().WaitAsync(_stop);
        }
        catch (GuardianUnreachableException e)
        {
            _counts.Failed();
            if (await _failures.WaitAsync(_stop)) return;
            throw new GuardianUnreachableException(
                $"'{_symbol}': no silo answered for {_owner.Options.Deadline.TotalSeconds:0} s; items from sequence "
                + $"{_first} on are not durable. Start a silo and send them again. Last: {e.Message}",
                e);
        }

        _failures.Succeeded();
        long sentFrom = _next;
        if (result.Code is ObserveCode.StaleProducer or ObserveCode.Invalid) throw Refusal(result);
        if (result.Code == ObserveCode.Accepted)
            _counts.Judged(_next, count, result.Errors, fresh ? result.Accepted : null);
        bool progress = Advance(result);
        if (result.Code == ObserveCode.Duplicate)
            _counts.Judged(sentFrom, (int)Math.Max(0, _next - sentFrom), [], null);
        if (progress)
        {
            _stalls.Succeeded();
            return;
        }

        // Resending after a rewind goes on at once; asking again for the same answer waits.
        if (_next > sentFrom) return;
        if (await _stalls.WaitAsync(_stop)) return;
        throw new GuardianUnreachableException(
            $"'{_symbol}': nothing became durable for {_owner.Options.Deadline.TotalSeconds:0} s; sequence "
            + $"{_first} is next. See the silo's tier health (guardian durability) and send again.");
    }

    /// <summary>Moves to where the guardian says it is.</summary>
    /// <returns>Whether more is durable, or more accepted, than ever before.</returns>
    private bool Advance(ObserveResult result)
    {
        long expected = result.ExpectedSequence > 0 ? result.ExpectedSequence : result.AcceptedThrough + 1;
        if (expected > Last + 1 || result.DurableThrough > Last)
        {
            throw new ProducerRefusedException(
                $"Invariant: '{_symbol}' expects sequence {expected} and calls {result.DurableThrough} durable, but "
                + $"{_owner.Producer} (epoch {_owner.Epoch}) wrote only up to {Last}.");
        }

        if (expected < _first)
        {
            throw new ProducerRefusedException(
                $"Invariant: '{_symbol}' expects sequence {expected}, but had called everything up to {_first - 1} "
                + "durable: its data folder was lost or exchanged. Open the session anew and send everything again.");
        }

        bool progress = false;
        if (result.DurableThrough >= _first)
        {
            int durable = (int)(result.DurableThrough - _first + 1);
            _kept.RemoveRange(0, durable);
            _first += durable;
            _counts.Durable(durable);
            progress = true;
        }

        if (expected < _next) _counts.Rewound();
        _next = Math.Max(expected, _first);
        if (_next - 1 <= _highestAccepted) return progress;
        _highestAccepted = _next - 1;
        return true;
    }

    private ProducerRefusedException Refusal(ObserveResult result) => new(
        result.Code == ObserveCode.StaleProducer
            ? $"'{_symbol}' refused {_owner.Producer}: a newer epoch than {_owner.Epoch} was issued to that name. "
                + "Another process sends under it; give each its own name."
            : $"'{_symbol}' refused the batch at sequence {_next}: {result.Message ?? "no reason given"}");
}
