using Guardian.Contracts;
using Guardian.Detection.Events;
using Guardian.Grains.Mapping;
using Guardian.Storage.Journal;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Dashboard;

namespace Guardian.Grains.Guarding;

/// <summary>
/// One activation of a guardian: how it comes up, is asked, checkpoints and goes, around <see cref="GuardianCore"/>.
/// </summary>
/// <remarks>
/// Knows no grain and no thread: <see cref="GuardianGrain"/> and the simulator run the same life. Not thread-safe: one
/// turn at a time. Reentrant, so that a check never waits behind a hold that waits for the disk; every change of state
/// is one synchronous stretch.
/// </remarks>
public sealed partial class GuardianLife
{
    private readonly GuardianServices _services;
    private readonly IGuardianShell _shell;
    private readonly GrainId _grain;
    private readonly ILogger _logger;
    private readonly GuardianCore _core;
    private readonly ProducerCursors _cursors;
    private bool _registered;
    private bool _forgotten;
    private long _summarized = -1;
    private long _boardVersion = -1;
    private long _checkpointed;
    private long _checkpointedAt;
    private Task _saving = Task.CompletedTask;
    private Task _claiming = Task.CompletedTask;

    private GuardianLife(
        SymbolName name,
        Epoch epoch,
        RecoveredGuardian recovered,
        GuardianServices services,
        IGuardianShell shell,
        GrainId grain,
        ILogger logger)
    {
        _services = services;
        _shell = shell;
        _grain = grain;
        _logger = logger;
        _cursors = recovered.Cursors;
        bool recordedTime = services.Directory.Get(name.Session).RecordedTime;
        _core = new GuardianCore(name, epoch, recordedTime, recovered, services.Parts);
        _registered = services.Directory.Find(name.Key) is not null;
    }

    /// <summary>Gets what judges and remembers.</summary>
    public GuardianCore Core => _core;

    private string Key => _core.Name.Key;

    /// <summary>Brings a guardian up: claims an epoch, recovers what the tiers have, reconciles it with the halt board.
    /// </summary>
    /// <param name="name">Whom it guards.</param>
    /// <param name="grain">Under which identity its epoch is claimed.</param>
    /// <param name="services">What it takes from its silo.</param>
    /// <param name="shell">What it tells the outside by.</param>
    /// <param name="recover">Runs the recovery: a grain does it off its turn.</param>
    /// <param name="logger">Where to log.</param>
    public static async Task<GuardianLife> BeginAsync(
        SymbolName name,
        GrainId grain,
        GuardianServices services,
        IGuardianShell shell,
        Func<Func<RecoveredGuardian>, Task<RecoveredGuardian>> recover,
        ILogger logger)
    {
        (Epoch epoch, bool provisional) = await services.Fence.ClaimAsync(grain, newest: 0);
        RecoveredGuardian recovered = await recover(() => services.Recovery.Recover(name.Key));
        if (epoch <= recovered.Newest)
            (epoch, provisional) = await services.Fence.ClaimAsync(grain, recovered.Newest.Number);
        var life = new GuardianLife(name, epoch, recovered, services, shell, grain, logger);
        foreach (string problem in recovered.Problems) life.LogProblem(name.Key, problem);
        life.Begin(recovered, provisional);
        life.KeepAwake();
        return life;
    }

    /// <summary>Ends this life in good order: what is left goes to the journal, and a checkpoint is stored.</summary>
    public Task EndAsync()
    {
        _shell.Withdraw(Key);
        if (_forgotten) return Task.CompletedTask;
        _core.Flush();
        return SaveCheckpointAsync();
    }

    /// <inheritdoc cref="IGuardianGrain.Check"/>
    public Decision Check(OrderRequest order)
    {
        bool refused = order.Action != OrderAction.Cancel && !_registered && !TryRegister(); // A cancel always passes.
        if (refused)
        {
            return new Decision
            {
                Code = "unknown-symbol", Message = NotOnRoster, TradingState = TradingState.Halted, SizeFactor = 0,
            };
        }

        Decision decision = _core.Check(order);
        Publish();
        return decision;
    }

    /// <inheritdoc cref="IGuardianGrain.Observe"/>
    public ObserveResult Observe(ObservationBatch batch)
    {
        if (!_registered && !TryRegister())
            return new ObserveResult { Code = ObserveCode.Invalid, Message = NotOnRoster };
        ObserveResult result = _core.Observe(batch);
        Publish();
        return result;
    }

    /// <inheritdoc cref="IGuardianGrain.GetVerdict"/>
    public Verdict GetVerdict()
    {
        Verdict verdict = _core.GetVerdict();
        Publish();
        return verdict;
    }

    /// <inheritdoc cref="IGuardianGrain.Wake"/>
    public void Wake()
    {
        bool onRoster = _services.Directory.Find(Key) is not null;
        if (onRoster == _registered) return;
        _registered = onRoster;
        _summarized = -1;
        if (!onRoster) _shell.Withdraw(Key);
        KeepAwake();
    }

    /// <inheritdoc cref="IGuardianGrain.Forget"/>
    public async Task<ActionResult> Forget()
    {
        if (_core.Name.IsLive)
            return Requests.Invalid($"Condition failed: symbol {Key} is live; only other sessions can be emptied.");
        Go();
        _services.Parts.Journal.TryAppend(new JournalEntry { Symbol = Key, Class = EventClass.Forget }, listener: null);
        await _services.Hot.ForgetAsync(Key);
        await _services.Directory.RemoveAsync(Key);
        return new ActionResult { Done = true, Code = "forgotten", Id = Key };
    }

    // From here on calls wait for the next activation, which begins once this call is over.
    private void Go()
    {
        _forgotten = true;
        _shell.Withdraw(Key);
        _shell.Leave();
    }

    // A dead feed is exactly an idle guardian, so one that is on the live roster is kept awake; others may sleep.
    private void KeepAwake() => _shell.KeepAwake(_core.Name.IsLive && _registered);

    private string NotOnRoster =>
        $"Condition failed: symbol {Key} is not on the roster and AutoRegister is off; add it to the roster first.";

    private GuardianLimits StartLimits =>
        _services.Directory.Find(Key)?.Limits ?? _services.Directory.Get(_core.Name.Session).Limits;

    private void Begin(RecoveredGuardian recovered, bool provisional)
    {
        _core.Provenance = recovered.Provenance with
        {
            ActivatedAt = _services.Parts.Clock.Timestamp,
            Provisional = provisional,
            Unverified = recovered.Problems.Count > 0,
        };
        GuardianLimits limits = StartLimits;
        bool differs = !string.Equals(limits.Profile, Detection.Options.Profiles.Default, StringComparison.Ordinal)
            || limits.Overrides.Count > 0;
        if (differs && recovered.Provenance.RecoveredFrom == "fresh")
        {
            string? refusal = _core.Apply(
                at => new LimitsChanged(at, limits.Profile, [.. limits.Overrides], "roster", "limits of the session"));
            if (refusal is not null) LogProblem(Key, refusal);
        }

        _core.Apply(at => new Activated(
            at, Detection.Engine.GuardianEngine.Version, _core.Engine.Policy.Hash,
            recovered.Provenance.RecoveredFrom, recovered.Provenance.Replayed));
        ReconcileHolds();
        _checkpointed = recovered.Provenance.Replayed > 0 ? -1 : _core.Sequence;
        // What was lost stays lost: a checkpoint at once, so that the next recovery starts after it.
        _checkpointedAt = recovered.Problems.Count > 0 ? 0 : _services.Parts.Clock.Now;
        Publish();
        Offer(); // What it came up with is known before it is asked.
    }

    // The union of what the journal and the board know, less the tombstones.
    private void ReconcileHolds()
    {
        foreach (Hold hold in _services.Parts.Board.Open(_core.Name.Session))
        {
            bool mine = hold.Scope == Scope.Symbol && string.Equals(hold.Key, Key, StringComparison.Ordinal);
            if (mine && !_core.IsHeldBy(hold.Id))
                _core.Apply(at => new HoldPlaced(at, hold.Id, VerdictMapper.Map(hold.State), hold.Actor, hold.Reason));
        }

        foreach (Detection.Breaker.Hold held in _core.Engine.Holds.ToArray())
        {
            Hold? entry = _services.Parts.Board.Find(held.Id);
            if (entry is { IsOpen: false } && _core.Follow(entry) is { } refusal)
                LogProblem(Key, refusal);
            else if (entry is null)
                _services.Parts.Board.Merge(ToHold(held));
        }
    }

    private Hold ToHold(Detection.Breaker.Hold held) => new()
    {
        Id = held.Id,
        Scope = Scope.Symbol,
        Key = Key,
        Session = _core.Name.Session,
        State = VerdictMapper.Map(held.State),
        Actor = held.Actor,
        Reason = held.Reason,
        Since = new Timestamp(held.Since),
    };

    private bool TryRegister()
    {
        if (_services.Directory.Find(Key) is null)
        {
            if (!_services.Options.AutoRegister) return false;
            RegisterAsync(StartLimits).Ignore();
        }

        _registered = true;
        KeepAwake();
        return true;
    }

    private async Task RegisterAsync(GuardianLimits limits)
    {
        try
        {
            await _services.Directory.AddAsync(new RosterEntry
            {
                Symbol = Key, Limits = limits, AddedAt = _services.Parts.Clock.Timestamp,
            });
        }
        catch (Exception error)
        {
            LogNotRegistered(error, Key);
        }
    }

    [LoggerMessage(1002, LogLevel.Error, "Recovery of {Symbol}: {Problem}.")]
    private partial void LogProblem(string symbol, string problem);

    [LoggerMessage(1003, LogLevel.Error, "{Symbol} is guarded, but could not be put on the durable roster.")]
    private partial void LogNotRegistered(Exception error, string symbol);
}
