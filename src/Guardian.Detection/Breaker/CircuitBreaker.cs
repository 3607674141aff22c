using Guardian.Detection.Clock;

namespace Guardian.Detection.Breaker;

/// <summary>
/// Decides from trips, probes, people and time whether a symbol may trade. Every transition is in this file.
/// </summary>
/// <remarks>
/// <para>An automatic machine (Closed, Open, HalfOpen, Latched) with people's holds above it: while a hold is open the
/// state is Held whatever the machine beneath does, and at the last release the machine's own state is back.</para>
/// <para>Time is session time in Unix nanoseconds and never runs backwards; an earlier one counts as the latest. Moves
/// made by time carry their deadline's own time. A caller's mistake is refused with code and message, never thrown.
/// At one instant: first <see cref="SetBlocking"/>, then trips, then <see cref="Advance"/>. Not thread-safe.</para>
/// </remarks>
public sealed partial class CircuitBreaker
{
    private const long Never = long.MaxValue;
    private const int MostUndrained = 1024;

    private readonly BreakerPolicy _policy;
    private readonly HoldBook _holds = new();
    private readonly ProbePermits _permits;
    private readonly SoftEpisodes _soft;
    private readonly Queue<BreakerTransition> _transitions = new();

    private long _now = long.MinValue;
    private bool _blocking;
    private long _breakEnd;
    private long _quietFrom;
    private int _doublings;
    private int _returns;
    private int _step;
    private int _good;
    private long _latchedAt;
    private long _latchEpisode;
    private long _resetAt;

    /// <summary>Initializes a closed breaker.</summary>
    public CircuitBreaker(BreakerPolicy policy)
    {
        _policy = policy;
        _permits = new ProbePermits(policy.ProbesPerStep);
        _soft = new SoftEpisodes(policy.LatchingEpisode, policy.EpisodeWindow);
    }

    // The whole machine. Columns in the order of BreakerTrigger: Trip, EpisodeLimit, LatchingTrip, BreakOver, Return,
    // ReturnLimit, RampStep, RampDone, Quiet, Reset, Hold, Release, ReleaseLast. In a hold a machine's trigger must be
    // legal in the row of the state beneath as well.
    private static readonly BreakerTarget[][] Table =
    [
        /* Closed   */ [Open, Latched, Latched, No, No, No, No, No, No, No, Held, No, No],
        /* Open     */ [Open, No, Latched, HalfOpen, No, No, No, No, No, No, Held, No, No],
        /* HalfOpen */ [No, No, Latched, No, Open, Latched, HalfOpen, Closed, Closed, No, Held, No, No],
        /* Latched  */ [Latched, No, Latched, No, No, No, No, No, No, HalfOpen, Held, No, No],
        /* Held     */ [Held, Held, Held, Held, Held, Held, Held, Held, Held, Held, Held, Held, Back],
    ];

    /// <summary>Gets the state as seen from outside.</summary>
    public BreakerState State => _holds.Open.Count > 0 ? BreakerState.Held : Beneath;

    /// <summary>Gets the state of the automatic machine, beneath any hold.</summary>
    public BreakerState Beneath { get; private set; } = BreakerState.Closed;

    /// <summary>Gets the number of the current episode, or of the last one; 0 before the first.</summary>
    public long Episode { get; private set; }

    /// <summary>Gets when the episode began, Unix nanoseconds; 0 before the first.</summary>
    public long EpisodeSince { get; private set; }

    /// <summary>
    /// Gets when the state as seen from outside was entered, Unix nanoseconds; 0 before the first move.
    /// </summary>
    public long Since { get; private set; }

    /// <summary>Gets how often this episode came back from the ramp.</summary>
    public int Returns => _returns;

    /// <summary>Gets the open holds in the order of placing.</summary>
    public IReadOnlyList<Hold> Holds => _holds.Open;

    /// <summary>Gets the request to resume that waits for a second person; null where there is none.</summary>
    public ResumeRequest? PendingRequest { get; private set; }

    /// <summary>Gets how many transitions were dropped because nobody took them.</summary>
    public long DroppedTransitions { get; private set; }

    /// <summary>Gets what trading may do: the strictest of the machine's answer and all holds.</summary>
    public TradingState TradingState
    {
        get
        {
            bool stopped = Beneath is BreakerState.Open or BreakerState.Latched;
            TradingState machine = stopped ? _policy.OnTrip : TradingState.Active;
            TradingState held = _holds.Strictest;
            return held > machine ? held : machine;
        }
    }

    /// <summary>
    /// Gets the fraction of size for orders that open a position: 1 closed, a step's on the ramp, else 0.
    /// </summary>
    public double SizeFactor => State switch
    {
        BreakerState.Closed => 1,
        BreakerState.HalfOpen => _policy.Ramp[_step],
        _ => 0,
    };

    /// <summary>
    /// Gets when <see cref="Advance"/> could next change something; <see cref="long.MaxValue"/> for never.
    /// </summary>
    public long NextDeadline
    {
        get
        {
            long next = Math.Min(_permits.NextExpiry, PendingRequest?.ExpiresAt ?? Never);
            return Math.Min(next, MachineDeadline);
        }
    }

    private long MachineDeadline => _blocking ? Never : Beneath switch
    {
        BreakerState.Open => _breakEnd,
        BreakerState.HalfOpen => Nanoseconds.Add(_quietFrom, _policy.QuietAfter),
        _ => Never,
    };

    /// <summary>Says what the table has for a state and a trigger.</summary>
    public static BreakerTarget Target(BreakerState state, BreakerTrigger trigger)
    {
        int row = (int)state - 1;
        int column = (int)trigger - 1;
        bool known = row >= 0 && row < Table.Length && column >= 0 && column < Table[row].Length;
        return known ? Table[row][column] : No;
    }

    /// <summary>Takes the oldest transition not taken yet.</summary>
    public bool TryTake(out BreakerTransition transition) => _transitions.TryDequeue(out transition!);

    /// <summary>Says when trading could be allowed again without a person.</summary>
    /// <param name="now">Session time, Unix nanoseconds.</param>
    /// <returns>
    /// The end of the break or of the quiet ramp, at least <paramref name="now"/>; 0 where it is not known.
    /// </returns>
    public long EarliestRelease(long now) => State switch
    {
        BreakerState.Open => Math.Max(_breakEnd, now),
        BreakerState.HalfOpen => Math.Max(Nanoseconds.Add(_quietFrom, _policy.QuietAfter), now),
        _ => 0,
    };

    /// <summary>Fires all deadlines due up to <paramref name="now"/>, in order.</summary>
    public void Advance(long now)
    {
        if (now < _now) return;
        for (long next = NextDeadline; next <= now && next != Never; next = NextDeadline)
        {
            _now = Math.Max(_now, next);
            if (_permits.NextExpiry <= _now) _permits.Expire(_now);
            else if (PendingRequest?.ExpiresAt <= _now) PendingRequest = null;
            else Move(Beneath == BreakerState.Open ? BreakerTrigger.BreakOver : BreakerTrigger.Quiet);
        }

        _now = now;
    }

    /// <summary>Says whether an enforced guardrail that is not fed by orders is in breach.</summary>
    /// <remarks>
    /// While one is, neither is a break over nor a ramp quiet. Goes before a deadline of the same time.
    /// </remarks>
    public void SetBlocking(long now, bool blocking)
    {
        if (now > long.MinValue) Advance(now - 1);
        _now = Math.Max(_now, now);
        if (_blocking && !blocking && Beneath == BreakerState.HalfOpen) _quietFrom = _now;
        _blocking = blocking;
        Advance(_now);
    }

    /// <summary>Trips softly: a confirmed breach of an enforced guardrail, whether fed by orders or not.</summary>
    /// <remarks>Where the machine is stopped already it is recorded, and voids a request to resume.</remarks>
    public BreakerResult Trip(long now)
    {
        Advance(now);
        PendingRequest = null;
        return Beneath switch
        {
            BreakerState.Closed => Move(
                _soft.CountWithin(_now) + 1 >= _policy.LatchingEpisode
                    ? BreakerTrigger.EpisodeLimit : BreakerTrigger.Trip),
            BreakerState.HalfOpen => ComeBack(),
            _ => BreakerResult.Done("breaker.recorded"),
        };
    }

    /// <summary>Trips so that only a person can lift it: daily loss, throttle, too many drift episodes.</summary>
    public BreakerResult TripLatching(long now)
    {
        Advance(now);
        PendingRequest = null;
        return Beneath == BreakerState.Latched
            ? BreakerResult.Done("breaker.recorded")
            : Move(BreakerTrigger.LatchingTrip);
    }

    private BreakerResult ComeBack() =>
        Move(_returns + 1 >= _policy.LatchingReturn ? BreakerTrigger.ReturnLimit : BreakerTrigger.Return);

    // The only place where the machine's state changes.
    private BreakerResult Move(BreakerTrigger trigger, string? actor = null, string? reason = null)
    {
        BreakerState from = State;
        BreakerTarget target = Target(Beneath, trigger);
        if (target == No || Target(from, trigger) == No) return Illegal(from, trigger);
        BreakerState before = Beneath;
        Beneath = (BreakerState)target;
        if (before == BreakerState.Closed) LeaveClosed(from, trigger);
        if (Beneath == BreakerState.Latched && before != BreakerState.Latched)
            (_latchedAt, _latchEpisode) = (Math.Max(_now, _resetAt + 1), Episode); // Never one that was reset.
        if (trigger == BreakerTrigger.Reset) _resetAt = Math.Max(_now, _latchedAt);
        if (trigger is BreakerTrigger.Return or BreakerTrigger.ReturnLimit)
            (_returns, _doublings) = (_returns + 1, Math.Min(_doublings + 1, BreakerPolicy.MostDoublings));
        if (trigger == BreakerTrigger.Reset) _returns = 0;
        if (trigger is BreakerTrigger.BreakOver or BreakerTrigger.Reset) BeginRamp();
        else if (trigger == BreakerTrigger.RampStep) (_step, _good) = (_step + 1, 0);
        else LeaveRamp();
        Emit(from, trigger, actor, reason, holdId: null);
        return BreakerResult.Done();
    }

    private void Raise(Hold hold)
    {
        BreakerState from = State;
        if (from == BreakerState.Closed) BeginEpisode();
        _holds.Add(hold);
        Emit(from, BreakerTrigger.Hold, hold.Actor, hold.Reason, hold.Id);
    }

    private void Lift(string id, string? actor, string? reason)
    {
        bool open = _holds.Contains(id);
        _holds.Release(id);
        if (!open) return;
        bool last = _holds.Open.Count == 0;
        Emit(BreakerState.Held, last ? BreakerTrigger.ReleaseLast : BreakerTrigger.Release, actor, reason, id);
    }

    private void LeaveClosed(BreakerState from, BreakerTrigger trigger)
    {
        if (from == BreakerState.Closed) BeginEpisode();
        _returns = 0;
        _doublings = _soft.CountWithin(_now);
        if (trigger != BreakerTrigger.LatchingTrip) _soft.Add(_now);
    }

    private void BeginEpisode()
    {
        Episode++;
        EpisodeSince = _now;
    }

    private void BeginRamp()
    {
        _permits.BeginRamp();
        (_step, _good) = (0, 0);
        _quietFrom = _now;
    }

    private void LeaveRamp()
    {
        _permits.Clear();
        (_step, _good) = (0, 0);
        _breakEnd = Beneath == BreakerState.Open ? Nanoseconds.Add(_now, _policy.BreakAfter(_doublings)) : 0;
        if (Beneath == BreakerState.Closed) (_returns, _doublings) = (0, 0);
    }

    private void Emit(BreakerState from, BreakerTrigger trigger, string? actor, string? reason, string? holdId)
    {
        if (State != from) Since = _now;
        if (_transitions.Count == MostUndrained)
        {
            _transitions.Dequeue();
            DroppedTransitions++;
        }

        _transitions.Enqueue(new BreakerTransition(
            _now, from, State, trigger, Episode, TradingState, SizeFactor, Beneath, actor, reason, holdId));
    }

    private static BreakerResult Illegal(BreakerState state, BreakerTrigger trigger) => BreakerResult.Refused(
        "breaker.illegal", $"Condition failed: {trigger} is not possible in state {state}.");

    // Short names, so that the table reads as a table.
    private const BreakerTarget No = BreakerTarget.Refused;
    private const BreakerTarget Closed = BreakerTarget.Closed;
    private const BreakerTarget Open = BreakerTarget.Open;
    private const BreakerTarget HalfOpen = BreakerTarget.HalfOpen;
    private const BreakerTarget Latched = BreakerTarget.Latched;
    private const BreakerTarget Held = BreakerTarget.Held;
    private const BreakerTarget Back = BreakerTarget.Beneath;
}
