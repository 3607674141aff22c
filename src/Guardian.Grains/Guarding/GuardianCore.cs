using Guardian.Contracts;
using Guardian.Detection.Engine;
using Guardian.Detection.Events;
using Guardian.Grains.Halts;
using Guardian.Grains.Mapping;
using Guardian.Storage.Journal;
using Reason = Guardian.Contracts.Reason;

namespace Guardian.Grains.Guarding;

/// <summary>One guardian without Orleans: the engine, its producers' cursors and its way into the journal.</summary>
/// <remarks>
/// Every member is called on the guardian's turn, one at a time; only <see cref="OnDurable"/> comes from the journal's
/// thread. No member waits for a store.
/// </remarks>
public sealed partial class GuardianCore : IDurableListener
{
    private const string Board = "board";

    private readonly SiloClock _clock;
    private readonly HaltBoard _board;
    private readonly IJournal _journal;
    private readonly IDurableListener _listener;
    private readonly TradingState _onUnknownState;
    private readonly long _ahead;
    private readonly RecordingSink _sink = new();
    private readonly GuardianEngine _engine;
    private readonly ProducerCursors _cursors;
    private long _holeFrom;
    private long _holeTo;
    private long _wantedFrom;
    private string? _producer;
    private long _producerEpoch;
    private long _producerThrough;
    private Decision? _allowed;

    /// <summary>Initializes a guardian that has been recovered or is fresh.</summary>
    /// <param name="name">Its key.</param>
    /// <param name="epoch">The epoch it has claimed.</param>
    /// <param name="recordedTime">Whether only observations move its clock.</param>
    /// <param name="recovered">What it starts from.</param>
    /// <param name="parts">What it works with.</param>
    public GuardianCore(
        SymbolName name, Epoch epoch, bool recordedTime, RecoveredGuardian recovered, GuardianParts parts)
    {
        Name = name;
        Epoch = epoch;
        RecordedTime = recordedTime;
        Provenance = recovered.Provenance;
        _engine = recovered.Engine;
        _cursors = recovered.Cursors;
        _clock = parts.Clock;
        _board = parts.Board;
        _journal = parts.Journal;
        _listener = parts.Shared is { } shared ? new SharedListener(shared, this) : this;
        _onUnknownState = parts.Options.OnUnknownState;
        _ahead = Math.Max(0, recovered.Engine.Now - parts.Clock.Now);
        _engine.BeginEpoch(epoch.Number, epoch.Generation);
    }

    /// <summary>Gets the key.</summary>
    public SymbolName Name { get; }

    /// <summary>Gets the claimed epoch.</summary>
    public Epoch Epoch { get; }

    /// <summary>Gets whether only observations move its clock.</summary>
    public bool RecordedTime { get; }

    /// <summary>Gets or sets where the state came from.</summary>
    public Provenance Provenance { get; set; }

    /// <summary>Gets the engine, to be asked only.</summary>
    public GuardianEngine Engine => _engine;

    /// <summary>Gets a number that rises with every event.</summary>
    public long Sequence => _engine.Sequence;

    /// <summary>Gets whether events were lost to the journal, so that a checkpoint is wanted at once.</summary>
    public bool WantsCheckpoint => _wantedFrom != 0;

    /// <summary>Gets whether events found no room in the journal and no gap is recorded for them yet.</summary>
    public bool HasHole => _holeFrom != 0;

    /// <summary>Gets when time alone has something to do next, by the silo's clock; Unix nanoseconds.</summary>
    /// <value><see cref="long.MaxValue"/>: never, as in sessions that only observations move.</value>
    public long NextDeadline
    {
        get
        {
            long deadline = _engine.NextDeadline;
            if (RecordedTime || deadline == long.MaxValue) return long.MaxValue;
            return deadline <= _ahead ? 0 : deadline - _ahead; // An engine that nothing has moved yet is due at once.
        }
    }

    /// <summary>
    /// Gets by how much its stamps run ahead of the silo's clock, since the predecessor's did; nanoseconds.
    /// </summary>
    public long Ahead => RecordedTime ? 0 : _ahead;

    // Never below the predecessor's last stamp, and going on from there, so that durations survive a clock set back.
    private long Stamp => RecordedTime ? _engine.Now : _clock.Now + _ahead;

    /// <summary>Moves the live clock to now, so that deadlines fire without being called.</summary>
    /// <returns>Whether something came of it.</returns>
    public bool Tick()
    {
        // What found no room is made good as soon as there is some, also where nothing more happens here.
        if (_holeFrom != 0) Flush();
        if (RecordedTime) return false;
        long now = Stamp;
        if (_engine.NextDeadline > now) return false;
        long before = _engine.Sequence;
        _engine.Advance(now, _sink);
        Flush();
        return _engine.Sequence != before;
    }

    /// <summary>Answers an order; the effective state is the strictest over symbol, strategy and portfolio.</summary>
    public Decision Check(OrderRequest order)
    {
        if (order.Action != OrderAction.Cancel && OrderError(order) is { } message)
            return Denied("invalid", [], VerdictMapper.Map(_engine.TradingState), default) with { Message = message };
        long at = RecordedTime && order.At.HasValue ? order.At.UnixNanoseconds : Stamp;
        (TradingState beyond, Reason[] reasons) = Beyond(order.Strategy);
        if (beyond != TradingState.Active || order.Action == OrderAction.Cancel)
        {
            _engine.Advance(at, _sink);
            Flush();
            return CheckBeyond(order, beyond, reasons);
        }

        Answer answer = _engine.Ask(order.OrderId, order.ReduceOnly, at, _sink);
        Flush();
        return answer.Kind switch
        {
            AnswerKind.Allowed => Allowed(),
            AnswerKind.AllowedReducing =>
                Decided(true, "allowed.reduce-only", SymbolReasons(), TradingState.Reducing, 1),
            AnswerKind.AllowedProbe => Decided(
                true, "allowed.probe", SymbolReasons(), TradingState.Active, answer.SizeFactor)
                with
            { Permit = new Permit(answer.PermitId!, Epoch, new Timestamp(answer.PermitUntil)) },
            AnswerKind.DeniedReducing => Denied("denied.reducing", SymbolReasons(), TradingState.Reducing, Until),
            AnswerKind.DeniedProbes => Denied("denied.probes", SymbolReasons(), TradingState.Active, Until),
            _ => Denied("denied.halted", SymbolReasons(), TradingState.Halted, Until),
        };
    }

    /// <summary>Tells the verdict as of now.</summary>
    public Verdict GetVerdict()
    {
        if (!RecordedTime)
        {
            _engine.Advance(Stamp, _sink);
            Flush();
        }

        (TradingState beyond, Reason[] reasons) = Beyond(strategy: null);
        TradingState own = VerdictMapper.Map(_engine.TradingState);
        return new Verdict
        {
            Symbol = Name.Key,
            TradingState = beyond > own ? beyond : own,
            Level = VerdictMapper.Map(_engine.Level),
            Breaker = VerdictMapper.Map(_engine.Breaker),
            Episode = _engine.Episode,
            Reasons = [.. reasons, .. SymbolReasons()],
            Readings = VerdictMapper.Readings(_engine),
            Epoch = Epoch,
            Sequence = _engine.Sequence,
            AsOf = new Timestamp(_engine.Now),
            Provenance = Provenance,
            SizeFactor = _engine.SizeFactor,
            Until = beyond == TradingState.Active ? Until : default,
        };
    }

    /// <summary>Folds an event that is not an observation, and hands it to the journal.</summary>
    /// <param name="make">Makes the event from the stamp.</param>
    /// <returns>Null when it was folded; otherwise why it was refused.</returns>
    public string? Apply(Func<long, GuardianEvent> make)
    {
        string? refusal = _engine.Apply(make(Stamp), _sink);
        Flush();
        return refusal;
    }

    /// <summary>
    /// Releases a hold, or asks for it where that takes two persons; the second one approves by asking too.
    /// </summary>
    /// <returns>Null when it was folded; otherwise why it was refused.</returns>
    public string? Release(string id, string actor, string reason) => ApprovalFor(id, actor) is { } episode
        ? Apply(at => new ResumeApproved(at, episode, actor, reason))
        : Apply(at => new HoldReleased(at, id, actor, reason));

    /// <summary>
    /// Resets a latch, or asks for it where that takes two persons; the second one approves by asking too.
    /// </summary>
    /// <returns>Null when it was folded; otherwise why it was refused.</returns>
    public string? Reset(long episode, string actor, string reason) => ApprovalFor(holdId: null, actor) is not null
        ? Apply(at => new ResumeApproved(at, episode, actor, reason))
        : Apply(at => new BreakerReset(at, episode, actor, reason));

    /// <summary>Follows a tombstone: the release has been decided, by as many persons as it took.</summary>
    /// <returns>Null when the hold is lifted; otherwise why it was refused.</returns>
    public string? Follow(Hold tombstone)
    {
        string actor = tombstone.ReleasedBy ?? Board;
        string reason = tombstone.ReleaseReason ?? "tombstone";
        string? refusal = Release(tombstone.Id, actor, reason);
        return refusal is null && IsHeldBy(tombstone.Id) ? Release(tombstone.Id, Board, reason) : refusal;
    }

    /// <summary>Follows a latch's tombstone: its reset has been decided, by as many persons as it took.</summary>
    /// <returns>Null when the latch is reset; otherwise why it was refused.</returns>
    public string? FollowReset(Hold tombstone)
    {
        string actor = tombstone.ReleasedBy ?? Board;
        string reason = tombstone.ReleaseReason ?? "tombstone";
        string? refusal = Reset(_engine.Episode, actor, reason);
        return refusal is null && _engine.Latch is not null ? Reset(_engine.Episode, Board, reason) : refusal;
    }

    /// <summary>Gets whether a hold is open on the symbol itself.</summary>
    public bool IsHeldBy(string id) =>
        _engine.Holds.Any(h => string.Equals(h.Id, id, StringComparison.Ordinal));

    /// <summary>
    /// Promises nothing more as durable until a checkpoint is: the next recovery would end before a hole again.
    /// </summary>
    public void AwaitCheckpoint()
    {
        _wantedFrom = Math.Max(1, _engine.Sequence);
        _cursors.Withhold();
    }

    /// <summary>Notes that a checkpoint is durable; one from before the gap does not fulfil the wish for one.</summary>
    /// <param name="sequence">The last event that is in it.</param>
    public void CheckpointSaved(long sequence)
    {
        if (sequence < _wantedFrom) return;
        _wantedFrom = 0;
        if (_holeFrom == 0) _cursors.Resume();
    }

    /// <summary>Takes the transitions since the last call.</summary>
    public (long Sequence, Transition Transition)[] TakeTransitions() =>
        _sink.HasTransitions ? _sink.TakeTransitions() : [];

    /// <inheritdoc/>
    public void OnDurable(JournalEntry entry, long position)
    {
        if (entry.Producer is not null) _cursors.Persisted(entry.Producer, entry.ProducerEpoch, entry.ProducerThrough);
    }

    private sealed class SharedListener(SharedDurability shared, GuardianCore core) : IDurableListener
    {
        public void OnDurable(JournalEntry entry, long position) => shared.Take(entry, position, core);
    }

    // The episode that an approval by this actor would be bound to; null where there is none to give.
    private long? ApprovalFor(string? holdId, string actor)
    {
        Tick();
        return _engine.PendingRequest is { } request
            && string.Equals(request.HoldId, holdId, StringComparison.Ordinal)
            && !string.Equals(request.Actor, actor, StringComparison.OrdinalIgnoreCase)
            ? request.Episode
            : null;
    }

    private Timestamp Until => new(_engine.Until);

    /// <summary>Says what is wrong with an order, or null.</summary>
    public static string? OrderError(OrderRequest order)
    {
        if (order.OrderId is { Length: > 64 })
            return $"Condition failed: orderId has {order.OrderId.Length} characters; at most 64.";
        if (order.Action != OrderAction.Cancel && !(order.Quantity > 0 && double.IsFinite(order.Quantity)))
            return $"Condition failed: quantity is {order.Quantity}; it must be finite and above 0.";
        return order.Price is { } price && !double.IsFinite(price)
            ? $"Condition failed: price is {price}; it must be finite."
            : null;
    }

    // What reaches an order beyond its symbol: holds of portfolio and strategy, and halts nobody could tell.
    private (TradingState State, Reason[] Reasons) Beyond(string? strategy)
    {
        (TradingState state, IReadOnlyList<Hold> holds) = _board.Beyond(Name.Session, strategy);
        bool unknown = Provenance.Unverified && _onUnknownState != TradingState.Active;
        if (holds.Count == 0 && !unknown) return (TradingState.Active, []);
        var reasons = new List<Reason>(holds.Count + 1);
        foreach (Hold hold in holds) reasons.Add(VerdictMapper.Map(hold));
        if (unknown) reasons.Add(Unverified());
        return (unknown && _onUnknownState > state ? _onUnknownState : state, [.. reasons]);
    }

    private Reason Unverified() => new()
    {
        Code = "unverified",
        Guardrail = "recovery",
        Subject = Name.Key,
        Since = Provenance.ActivatedAt,
        Text = "its halts could not be told when it came up; a reset vouches for it",
    };

    private Decision CheckBeyond(OrderRequest order, TradingState beyond, Reason[] outer)
    {
        TradingState own = VerdictMapper.Map(_engine.TradingState);
        TradingState state = own > beyond ? own : beyond;
        if (order.Action == OrderAction.Cancel) return Decided(true, "allowed.cancel", [], state, 1);
        Reason[] reasons = [.. outer, .. SymbolReasons()];
        if (state == TradingState.Reducing && order.ReduceOnly)
            return Decided(true, "allowed.reduce-only", reasons, state, 1);
        return Denied(state == TradingState.Halted ? "denied.halted" : "denied.reducing", reasons, state, default);
    }

    private Reason[] SymbolReasons() => VerdictMapper.Map(_engine.Reasons());

    // The same answer to every order until the next event.
    private Decision Allowed() => _allowed is { } known && known.Sequence == _engine.Sequence
        ? known
        : _allowed = Decided(true, "allowed", [], TradingState.Active, 1);

    private Decision Denied(string code, Reason[] reasons, TradingState state, Timestamp until) =>
        Decided(false, code, reasons, state, 0) with { Until = until };

    private Decision Decided(
        bool allowed, string code, Reason[] reasons, Detection.TradingState state, double sizeFactor) =>
        Decided(allowed, code, reasons, VerdictMapper.Map(state), sizeFactor);

    private Decision Decided(
        bool allowed, string code, Reason[] reasons, TradingState state, double sizeFactor) => new()
        {
            Allowed = allowed,
            Code = code,
            Reasons = reasons,
            TradingState = state,
            SizeFactor = sizeFactor,
            Epoch = Epoch,
            Sequence = _engine.Sequence,
        };
}
