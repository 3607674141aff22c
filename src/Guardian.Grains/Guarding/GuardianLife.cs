using Guardian.Contracts;
using Guardian.Detection.Events;
using Guardian.Grains.Mapping;
using Guardian.Storage.Hot;
using Guardian.Storage.Journal;
using Guardian.Storage.Recovery;
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
    private long _reconciled = -1;
    private long _checkpointed;
    private long _checkpointedAt;
    private Task _saving = Task.CompletedTask;
    private Task _claiming = Task.CompletedTask;
    private Task _recording = Task.CompletedTask;
    private Task _sharing = Task.CompletedTask;
    private long _sharedAt;
    private long _recorded;
    private long _recordedAt;
    private bool _unread;
    private long _lookedAt;

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

    /// <summary>Gets how often a guardian that could read nothing looks whether it can now.</summary>
    public static TimeSpan UnreadPeriod { get; } = TimeSpan.FromSeconds(2);

    /// <summary>Gets how long emptying a symbol waits for the disk.</summary>
    public static TimeSpan ForgetPatience { get; } = TimeSpan.FromSeconds(2);

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
        // Both have deadlines of their own, and none waits for the other.
        Task<HotSnapshot> asked = services.Hot.FindSnapshotAsync(name.Key).AsTask();
        (Epoch epoch, bool provisional, GuardianRecord? record) = await services.Fence.ClaimAsync(grain, newest: 0);
        HotSnapshot hot = await asked;
        // After the claim: what a predecessor wrote before it is in, what it writes from now on is late.
        (Epoch of, long after) = hot.Newest is { } known ? (known.Epoch, known.Sequence)
            : record is { Snapshot.Length: > 0 } ? (record.SnapshotEpoch, record.SnapshotSequence) : default;
        EventTail newest = await services.Hot.FindTailAsync(name.Key, of, after);
        EventTail rest = default;
        if (services.Tail is { } tail && !provisional && epoch.Number > 1)
        {
            // Redis may have lost its newest, or all: L2 goes on where it ends.
            (of, after) = EventTails.EndOf(newest.Entries, of, after);
            rest = await tail.FindTailAsync(name.Key, of, after);
        }

        IReadOnlyList<JournalEntry> events =
            EventTails.Join(newest.Entries, rest.Entries ?? [], record?.EmptiedEpoch ?? default);
        RecoveredGuardian recovered =
            await recover(() => services.Recovery.Recover(name.Key, record, hot.Newest, events));
        // Whom nobody here knows, another silo may: what it runs by comes before its first event.
        bool unknown = services.Directory.Find(name.Key) is null;
        if (services.Directory.IsShared && unknown) await services.Directory.RefreshAsync();
        if (epoch <= recovered.Newest)
            (epoch, provisional, _) = await services.Fence.ClaimAsync(grain, recovered.Newest.Number);
        var life = new GuardianLife(name, epoch, recovered, services, shell, grain, logger);
        foreach (string problem in recovered.Problems) life.LogProblem(name.Key, problem);
        if ((hot.Problem ?? newest.Problem) is { } without) life.LogWithoutHot(name.Key, without);
        if (rest.Problem is { } lacking) life.LogWithoutHistory(name.Key, lacking);
        // Before anything of this epoch: whoever shipped them to L1 may not have come to ship them to L2.
        foreach (JournalEntry entry in recovered.FromOthers) services.Parts.Journal.TryAppend(entry, listener: null);
        life.Begin(recovered, provisional);
        life.KeepAwake();
        return life;
    }

    /// <summary>
    /// Ends this life in good order: what is left goes to the journal and from there to the other silos, and a
    /// checkpoint is stored.
    /// </summary>
    public async Task EndAsync()
    {
        _shell.Withdraw(Key);
        if (_forgotten) return;
        _core.Flush();
        await Task.WhenAll(SaveCheckpointAsync(), SaveRecordAsync());
        if (_services.Parts.Shared is { } shared) await shared.LeaveAsync();
    }

    /// <inheritdoc cref="IGuardianGrain.Check"/>
    public Decision Check(OrderRequest order)
    {
        bool isNew = order.Action != OrderAction.Cancel && !_registered; // A cancel always passes.
        if (isNew && !IsOrMayBeOnRoster())
        {
            return new Decision
            {
                Code = "unknown-symbol", Message = NotOnRoster, TradingState = TradingState.Halted, SizeFactor = 0,
            };
        }

        if (isNew && GuardianCore.OrderError(order) is null) TryRegister(); // Nobody guards what a mistake names.
        if (Board.Version != _reconciled && !_forgotten) Reconcile(); // What came late acts on the next order.
        Decision decision = _core.Check(order);
        Publish();
        return decision;
    }

    /// <inheritdoc cref="IGuardianGrain.Observe"/>
    public ObserveResult Observe(ObservationBatch batch)
    {
        if (!IsOrMayBeOnRoster()) return new ObserveResult { Code = ObserveCode.Invalid, Message = NotOnRoster };
        ObserveResult result = _core.Observe(batch);
        ShareInTime();
        if (!_registered && result.Accepted > 0) TryRegister();
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
        Stir();
        if (!onRoster) _shell.Withdraw(Key);
        KeepAwake();
    }

    /// <inheritdoc cref="IGuardianGrain.Forget"/>
    public async Task<ActionResult> Forget()
    {
        if (_core.Name.IsLive)
            return Requests.Invalid($"Condition failed: symbol {Key} is live; only other sessions can be emptied.");
        IJournal journal = _services.Parts.Journal;
        if (!journal.TryAppend(new JournalEntry { Symbol = Key, Class = EventClass.Forget }, listener: null))
        {
            return Requests.Invalid(
                $"Condition failed: symbol {Key} can't be emptied: the journal has no room. Make room, and ask again.");
        }

        Go();
        using (var patience = new CancellationTokenSource(ForgetPatience, _services.Parts.Clock.Time))
        {
            try
            {
                await journal.FlushAsync(patience.Token);
            }
            catch (Exception error)
            {
                // It is in the order of the journal and is done with what waits there, or neither is.
                LogProblem(Key, error.Message);
            }
        }

        // After the journal's entry, which takes the record with it where both lie in one file.
        await _services.Fence.ForgetAsync(_grain, _core.Epoch);
        await _services.Hot.ForgetAsync(Key);
        await _services.Directory.RemoveAsync(Key);
        return new ActionResult { Done = true, Code = "forgotten", Id = Key };
    }

    // What is stored may be good: this life goes as soon as the next one can read it.
    private void LookAgain()
    {
        if (_services.Parts.Clock.Now - _lookedAt < UnreadPeriod.Ticks * 100) return;
        _lookedAt = _services.Parts.Clock.Now;
        if (!_services.Recovery.CanRead(Key)) return;
        LogReadable(Key);
        _core.Flush();
        Go();
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
        _unread = recovered.IsUnread;
        _lookedAt = _services.Parts.Clock.Now;
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
            Activated.From(
                recovered.Provenance.RecoveredFrom, recovered.Folded.Epoch.Number, recovered.Folded.Epoch.Generation,
                recovered.Folded.Sequence),
            recovered.Provenance.Replayed));
        Reconcile();
        _checkpointed = recovered.Provenance.Replayed > 0 || recovered.Problems.Count > 0 ? -1 : _core.Sequence;
        // What was lost stays lost: a checkpoint at once, so that the next recovery starts after it.
        if (recovered.Problems.Count > 0) _core.AwaitCheckpoint();
        // What came from other silos is kept at once: from here on nothing that they still send is taken for folded.
        _checkpointedAt = recovered.FromOthers.Count > 0 ? 0 : _services.Parts.Clock.Now;
        _recorded = _core.Sequence;
        _recordedAt = _services.Parts.Clock.Now - Stagger();
        foreach ((string producer, long issued) in _cursors.Epochs())
            _services.Directory.Saw(_core.Name.Session, producer, issued);
        Publish();
        Offer(); // What it came up with is known before it is asked.
    }

    private bool TryRegister()
    {
        if (_services.Directory.Find(Key) is null)
        {
            if (!_services.Options.AutoRegister) return false;
            RegisterAsync(StartLimits).Ignore();
        }

        _registered = true;
        Stir();
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

    [LoggerMessage(1013, LogLevel.Warning, "Recovery of {Symbol} goes without L1: {Problem}.")]
    private partial void LogWithoutHot(string symbol, string problem);

    [LoggerMessage(1016, LogLevel.Warning, "Recovery of {Symbol} goes without L2's newest events: {Problem}.")]
    private partial void LogWithoutHistory(string symbol, string problem);

    [LoggerMessage(1015, LogLevel.Warning, "What is stored of {Symbol} can be read again; its guardian comes up anew.")]
    private partial void LogReadable(string symbol);

    [LoggerMessage(1003, LogLevel.Error, "{Symbol} is guarded, but could not be put on the durable roster.")]
    private partial void LogNotRegistered(Exception error, string symbol);
}
