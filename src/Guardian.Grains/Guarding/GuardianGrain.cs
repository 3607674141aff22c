using Guardian.Contracts;
using Guardian.Detection.Events;
using Guardian.Grains.Mapping;
using Guardian.Storage.Journal;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Dashboard;

namespace Guardian.Grains.Guarding;

/// <summary>The watchman of one symbol: thin, one turn at a time, around <see cref="GuardianCore"/>.</summary>
/// <remarks>
/// Reentrant, so that a check never waits behind a hold that waits for the disk; every change of state is one
/// synchronous stretch. A live guardian's timer keeps it awake: a dead feed is exactly an idle guardian.
/// </remarks>
[NoProfiling]
[Reentrant]
[GrainType("guardian")]
public sealed partial class GuardianGrain(GuardianServices services, ILogger<GuardianGrain> logger)
    : Grain, IGuardianGrain
{
    private GuardianCore _core = null!;
    private ProducerCursors _cursors = null!;
    private bool _registered;
    private bool _forgotten;
    private IGrainTimer? _timer;
    private long _summarized = -1;
    private long _boardVersion = -1;
    private long _checkpointed;
    private long _checkpointedAt;
    private Task _saving = Task.CompletedTask;
    private Task _claiming = Task.CompletedTask;

    private string Key => this.GetPrimaryKeyString();

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        SymbolName name = Requests.NameOf(Key);
        bool recordedTime = services.Directory.Get(name.Session).RecordedTime;
        (Epoch epoch, bool provisional) = await services.Fence.ClaimAsync(this.GetGrainId(), newest: 0);
        RecoveredGuardian recovered = await Task.Run(() => services.Recovery.Recover(Key), cancellationToken);
        if (epoch <= recovered.Newest)
            (epoch, provisional) = await services.Fence.ClaimAsync(this.GetGrainId(), recovered.Newest.Number);
        foreach (string problem in recovered.Problems) LogProblem(Key, problem);
        _cursors = recovered.Cursors;
        _core = new GuardianCore(name, epoch, recordedTime, recovered, services.Parts);
        _registered = services.Directory.Find(Key) is not null;
        Begin(recovered, provisional);
        StartTimer();
    }

    /// <inheritdoc/>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        services.Publisher.Withdraw(Key);
        if (_core is null || _forgotten) return;
        _core.Flush();
        await SaveCheckpointAsync();
    }

    /// <inheritdoc/>
    public ValueTask<Decision> Check(OrderRequest order)
    {
        bool refused = order.Action != OrderAction.Cancel && !_registered && !TryRegister(); // A cancel always passes.
        if (refused)
        {
            return ValueTask.FromResult(new Decision
            {
                Code = "unknown-symbol", Message = NotOnRoster, TradingState = TradingState.Halted, SizeFactor = 0,
            });
        }

        Decision decision = _core.Check(order);
        Publish();
        return ValueTask.FromResult(decision);
    }

    /// <inheritdoc/>
    public ValueTask<ObserveResult> Observe(ObservationBatch batch)
    {
        if (!_registered && !TryRegister())
            return ValueTask.FromResult(new ObserveResult { Code = ObserveCode.Invalid, Message = NotOnRoster });
        ObserveResult result = _core.Observe(batch);
        Publish();
        return ValueTask.FromResult(result);
    }

    /// <inheritdoc/>
    public ValueTask<Verdict> GetVerdict()
    {
        Verdict verdict = _core.GetVerdict();
        Publish();
        return ValueTask.FromResult(verdict);
    }

    /// <inheritdoc/>
    public Task Wake()
    {
        bool onRoster = services.Directory.Find(Key) is not null;
        if (onRoster == _registered) return Task.CompletedTask;
        _registered = onRoster;
        _summarized = -1;
        if (!onRoster) services.Publisher.Withdraw(Key);
        StartTimer();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<ActionResult> Forget()
    {
        if (_core.Name.IsLive)
            return Requests.Invalid($"Condition failed: symbol {Key} is live; only other sessions can be emptied.");
        Go();
        services.Parts.Journal.TryAppend(new JournalEntry { Symbol = Key, Class = EventClass.Forget }, listener: null);
        await services.Hot.ForgetAsync(Key);
        await services.Directory.RemoveAsync(Key);
        return new ActionResult { Done = true, Code = "forgotten", Id = Key };
    }

    // From here on calls wait for the next activation, which begins once this call is over.
    private void Go()
    {
        _forgotten = true;
        services.Publisher.Withdraw(Key);
        DeactivateOnIdle();
    }

    // A dead feed is exactly an idle guardian, so one that is on the live roster is kept awake; others may sleep.
    private void StartTimer()
    {
        _timer?.Dispose();
        var options = new GrainTimerCreationOptions(services.Options.TickPeriod, services.Options.TickPeriod)
        {
            KeepAlive = _core.Name.IsLive && _registered, Interleave = true,
        };
        _timer = this.RegisterGrainTimer(TickAsync, options);
    }

    private string NotOnRoster =>
        $"Condition failed: symbol {Key} is not on the roster and AutoRegister is off; add it to the roster first.";

    private GuardianLimits StartLimits =>
        services.Directory.Find(Key)?.Limits ?? services.Directory.Get(_core.Name.Session).Limits;

    private void Begin(RecoveredGuardian recovered, bool provisional)
    {
        _core.Provenance = recovered.Provenance with
        {
            ActivatedAt = services.Parts.Clock.Timestamp,
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
        _checkpointedAt = recovered.Problems.Count > 0 ? 0 : services.Parts.Clock.Now;
        Publish();
        Offer(); // What it came up with is known before it is asked.
    }

    // The union of what the journal and the board know, less the tombstones.
    private void ReconcileHolds()
    {
        foreach (Hold hold in services.Parts.Board.Open(_core.Name.Session))
        {
            bool mine = hold.Scope == Scope.Symbol && string.Equals(hold.Key, Key, StringComparison.Ordinal);
            if (mine && !_core.IsHeldBy(hold.Id))
                _core.Apply(at => new HoldPlaced(at, hold.Id, VerdictMapper.Map(hold.State), hold.Actor, hold.Reason));
        }

        foreach (Detection.Breaker.Hold held in _core.Engine.Holds.ToArray())
        {
            Hold? entry = services.Parts.Board.Find(held.Id);
            if (entry is { IsOpen: false } && _core.Follow(entry) is { } refusal)
                LogProblem(Key, refusal);
            else if (entry is null)
                services.Parts.Board.Merge(ToHold(held));
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
        if (services.Directory.Find(Key) is null)
        {
            if (!services.Options.AutoRegister) return false;
            RegisterAsync(StartLimits).Ignore();
        }

        _registered = true;
        StartTimer();
        return true;
    }

    private async Task RegisterAsync(GuardianLimits limits)
    {
        try
        {
            await services.Directory.AddAsync(new RosterEntry
            {
                Symbol = Key, Limits = limits, AddedAt = services.Parts.Clock.Timestamp,
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
