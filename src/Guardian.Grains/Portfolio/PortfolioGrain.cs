using System.Net.Sockets;
using Guardian.Contracts;
using Guardian.Grains.Auditing;
using Guardian.Grains.Guarding;
using Guardian.Grains.Halts;
using Guardian.Grains.Roster;
using Guardian.Storage.Journal;
using Guardian.Storage.Roster;
using Orleans.Concurrency;

namespace Guardian.Grains.Portfolio;

/// <summary>The session as a whole: roster, producers, holds beyond a symbol, and the summary.</summary>
/// <remarks>
/// One on every silo, so that a hold acts on the silo that is asked, whatever of the others can be reached: what it
/// works on is kept by each silo and shared between them.
/// </remarks>
[Reentrant]
[StatelessWorker(1)]
[GrainType("guardian-portfolio")]
public sealed class PortfolioGrain(
    SessionDirectory directory,
    HaltBoard board,
    KillFile killFile,
    IJournal journal,
    SiloClock clock,
    HumanActions people)
    : Grain, IPortfolioGrain
{
    private static readonly TimeSpan KillFilePatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan GuardianPatience = TimeSpan.FromSeconds(2);

    private string Session => this.GetPrimaryKeyString();

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Requests.CheckSession(Session);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<PortfolioSummary> GetSummary()
    {
        PortfolioSummary summary = await GrainFactory.GetGrain<IAggregatorGrain>(Session).GetSummary();
        return summary with
        {
            Holds = [.. board.Open(Session)],
            TradingState = board.Beyond(Session, strategy: null).State,
        };
    }

    /// <inheritdoc/>
    public Task<RosterEntry[]> GetRoster() => Task.FromResult(directory.Roster(Session));

    /// <inheritdoc/>
    public Task<ActionResult> Add(RosterEntry entry) => people.UnsignedAsync(
        "roster-add", $"symbol {entry.Symbol}", Session, HumanActions.Describe(entry.Limits), () => AddAsync(entry));

    /// <inheritdoc/>
    public Task<ActionResult> Remove(string symbol) => people.UnsignedAsync(
        "roster-remove", $"symbol {symbol}", Session, string.Empty, () => RemoveAsync(symbol));

    /// <inheritdoc/>
    public Task<ActionResult> Open(SessionRequest request) => people.UnsignedAsync(
        "session-open",
        $"session {Session}",
        Session,
        $"{(request.Append ? "kept" : "emptied")}, {HumanActions.Describe(request.Limits)}",
        () => OpenAsync(request));

    private async Task<ActionResult> AddAsync(RosterEntry entry)
    {
        if (!SymbolName.TryParse(entry.Symbol, out SymbolName name, out string error)) return Requests.Invalid(error);
        if (!string.Equals(name.Session, Session, StringComparison.Ordinal))
            return Requests.Invalid($"Condition failed: symbol {entry.Symbol} is not of session {Session}.");
        if (Requests.LimitsError(entry.Limits) is { } message) return Requests.Invalid(message);
        bool known = directory.Find(name.Key) is not null;
        if (!known) await directory.AddAsync(entry with { AddedAt = clock.Timestamp });
        await GrainFactory.GetGrain<IGuardianGrain>(name.Key).Wake();
        return new ActionResult
        {
            Done = true, Code = known ? "known" : "added", Id = name.Key, Durable = Durability.Full,
        };
    }

    private async Task<ActionResult> RemoveAsync(string symbol)
    {
        if (directory.Find(symbol) is null)
        {
            return new ActionResult
            {
                Code = "unknown-symbol", Id = symbol, Message = $"Condition failed: {symbol} is not on the roster.",
            };
        }

        await directory.RemoveAsync(symbol);
        await GrainFactory.GetGrain<IGuardianGrain>(symbol).Wake(); // It learns that it is not of the portfolio.
        await GrainFactory.GetGrain<IAlertGrain>(Session).Report(symbol, []);
        await GrainFactory.GetGrain<IAggregatorGrain>(Session).Clear(); // The others come again with their next repeat.
        return new ActionResult { Done = true, Code = "removed", Id = symbol, Durable = Durability.Full };
    }

    private async Task<ActionResult> OpenAsync(SessionRequest request)
    {
        if (string.Equals(Session, SymbolName.Live, StringComparison.Ordinal))
            return Requests.Invalid("Condition failed: session is live; it is always open and never emptied.");
        if (Requests.LimitsError(request.Limits) is { } message) return Requests.Invalid(message);
        if (!request.Append) await EmptyAsync();
        await directory.PutAsync(new SessionEntry(Session, request.Limits, request.RecordedTime));
        return new ActionResult { Done = true, Code = "opened", Id = Session, Durable = Durability.Full };
    }

    /// <inheritdoc/>
    public Task<long> OpenProducer(string producer) => producer.Length is 0 or > 64 || producer.Any(char.IsControl)
        ? throw new ArgumentException(
            $"Condition failed: producer has {producer.Length} characters; it takes 1 to 64, none a control character.",
            nameof(producer))
        : GrainFactory.GetGrain<IProducersGrain>(Session).Issue(producer);

    /// <inheritdoc/>
    public async Task<ActionResult> Hold(HoldRequest request)
    {
        HoldRequest own = request with { Session = Session };
        if (Requests.HoldError(own) is { } message) return Requests.Invalid(message);
        if (own.Scope == Scope.Symbol) return await HoldSymbol(own);
        string target = own.Scope == Scope.Portfolio ? "portfolio" : $"strategy {own.Key}";
        return await people.HoldAsync(own, target, () => HoldAsync(own));
    }

    private async Task<ActionResult> HoldAsync(HoldRequest own, string? message = null)
    {
        string id = own.Id ?? NewId();
        if (board.WhyTaken(id, own) is { } taken)
            return new ActionResult { Code = "hold-id-taken", Id = id, Message = taken };
        Durability durable = await board.PlaceAsync(new Hold
        {
            Id = id,
            Scope = own.Scope,
            Key = own.Scope == Scope.Portfolio ? string.Empty : own.Key,
            Session = Session,
            State = own.State,
            Actor = own.Actor,
            Reason = own.Reason,
            Since = clock.Timestamp,
        });
        return new ActionResult { Done = true, Code = "held", Id = id, Durable = durable, Message = message };
    }

    private static string NewId() => $"hold-{Guid.NewGuid():N}";

    /// <inheritdoc/>
    public async Task<ActionResult> Release(ReleaseRequest request)
    {
        if (Requests.ActorError(request.Actor, request.Reason) is { } message) return Requests.Invalid(message);
        if (board.Find(request.Id) is { IsOpen: true, Scope: Scope.Symbol, Kind: HaltKind.Hold } own
            && own.Session == Session)
            return await GrainFactory.GetGrain<IGuardianGrain>(own.Key).Release(request);
        return await people.ReleaseAsync(request, Session, () => ReleaseAsync(request));
    }

    private async Task<ActionResult> ReleaseAsync(ReleaseRequest request)
    {
        Hold? hold = board.Find(request.Id);
        if (hold is not { IsOpen: true } || !string.Equals(hold.Session, Session, StringComparison.Ordinal))
        {
            return new ActionResult
            {
                Code = "unknown-hold",
                Id = request.Id,
                Message = $"Condition failed: no hold '{request.Id}' is open in session {Session}; list the holds.",
            };
        }

        if (hold.Kind == HaltKind.Latch)
        {
            return new ActionResult
            {
                Code = "latched",
                Id = hold.Id,
                Message = $"Condition failed: {hold.Id} is the latch of {hold.Key}; reset the symbol "
                    + $"(guardian reset {hold.Key} --episode {hold.Episode}).",
            };
        }

        if (hold.Scope == Scope.Portfolio && await WhyNotReleasedAsync() is { } kept)
            return new ActionResult { Code = "kill-file", Id = hold.Id, Message = kept };
        Durability? durable = await board.ReleaseAsync(request.Id, request.Actor, request.Reason);
        return new ActionResult
        {
            Done = true, Code = "released", Id = request.Id, Durable = durable ?? Durability.None,
        };
    }

    /// <inheritdoc/>
    public Task<Hold[]> GetHolds() => Task.FromResult<Hold[]>([.. board.Open(Session)]);

    // Off the turn: a file system that hangs must not hold up who asks for the summary.
    private async Task<string?> WhyNotReleasedAsync()
    {
        if (killFile.FilePath is not { } path || !string.Equals(Session, SymbolName.Live, StringComparison.Ordinal))
            return null;
        try
        {
            return await Task.Run(killFile.WhyNotReleased).WaitAsync(KillFilePatience, clock.Time);
        }
        catch (TimeoutException)
        {
            return $"Condition failed: the kill file {path} could not be looked at in {KillFilePatience.TotalSeconds} "
                + "s; repair its file system, or start again without Guardian:KillFile.";
        }
    }

    private async Task<ActionResult> HoldSymbol(HoldRequest request)
    {
        if (!SymbolName.TryParse(request.Key, out SymbolName name, out string error)) return Requests.Invalid(error);
        if (!string.Equals(name.Session, Session, StringComparison.Ordinal))
            return Requests.Invalid($"Condition failed: symbol {request.Key} is not of session {Session}.");
        // With an id from here on: what the guardian does late after all is the same hold.
        HoldRequest own = request with { Id = request.Id ?? NewId(), Key = name.Key };
        try
        {
            return await GrainFactory.GetGrain<IGuardianGrain>(name.Key).Hold(own)
                .WaitAsync(GuardianPatience, clock.Time);
        }
        catch (Exception e) when (e is OrleansException or TimeoutException or IOException or SocketException)
        {
            return await people.HoldAsync(
                own,
                $"symbol {name.Key}",
                () => HoldAsync(
                    own,
                    $"The guardian of {name.Key} did not answer in {GuardianPatience.TotalSeconds:0} s; the hold is on "
                    + "the halt board, and acts wherever that symbol is guarded as soon as it is heard of there."));
        }
    }

    private async Task EmptyAsync()
    {
        foreach (Hold hold in board.Open(Session))
            await board.ReleaseAsync(hold.Id, "session", "the session was emptied");
        foreach (RosterEntry entry in directory.Roster(Session))
            await GrainFactory.GetGrain<IGuardianGrain>(entry.Symbol).Forget();
        board.Forget(Session);
        await GrainFactory.GetGrain<IAggregatorGrain>(Session).Clear();
        await GrainFactory.GetGrain<IAlertGrain>(Session).Clear();
        await journal.FlushAsync(CancellationToken.None);
    }
}
