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
[Reentrant]
[GrainType("guardian-portfolio")]
public sealed class PortfolioGrain(
    SessionDirectory directory,
    HaltBoard board,
    SessionHolds holds,
    IJournal journal,
    SiloClock clock,
    HumanActions people)
    : Grain, IPortfolioGrain
{
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
            Holds = holds.Open(Session),
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
        : directory.NextProducerEpochAsync(Session, producer);

    /// <inheritdoc/>
    public Task<ActionResult> Hold(HoldRequest request) => holds.HoldAsync(request with { Session = Session });

    /// <inheritdoc/>
    public Task<ActionResult> Release(ReleaseRequest request) => holds.ReleaseAsync(Session, request);

    /// <inheritdoc/>
    public Task<Hold[]> GetHolds() => Task.FromResult(holds.Open(Session));

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
