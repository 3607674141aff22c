using Guardian.Client;
using Guardian.Contracts;
using Guardian.Storage.Audit;

namespace Guardian.Cli.Tests;

/// <summary>A cluster in memory that keeps what it was told and answers what it was given.</summary>
internal sealed class FakeClient : IGuardianClient
{
    private readonly Lock _lock = new();

    public Dictionary<string, List<Observation>> Observed { get; } = new(StringComparer.Ordinal);

    public List<ObservationBatch> Batches { get; } = [];

    public List<(string Symbol, OrderRequest Order)> Checked { get; } = [];

    public List<(string Session, SessionRequest Request)> Opened { get; } = [];

    public List<HoldRequest> Held { get; } = [];

    public List<(string Session, ReleaseRequest Request)> Released { get; } = [];

    public List<(string Symbol, RebaselineRequest Request)> Rebaselined { get; } = [];

    public List<HistoryQuery> Queried { get; } = [];

    public Decision Decision { get; init; } = new() { Code = "allowed", SizeFactor = 1, Allowed = true };

    public ActionResult Result { get; init; } =
        new() { Done = true, Code = "held", Id = "h1", Durable = Durability.Full };

    public ItemError[] Errors { get; init; } = [];

    public HistoryEvent[] Events { get; init; } = [];

    public DurabilityReport Durable { get; set; } = new();

    public RosterEntry[] Roster { get; init; } = [];

    public ValueTask<Decision> CheckAsync(string symbol, OrderRequest order)
    {
        Checked.Add((symbol, order));
        return ValueTask.FromResult(Decision);
    }

    public ValueTask<ObserveResult> ObserveAsync(string symbol, ObservationBatch batch)
    {
        lock (_lock)
        {
            if (!Observed.TryGetValue(symbol, out List<Observation>? folded)) Observed[symbol] = folded = [];
            if (batch.Items.Length > 0) Batches.Add(batch);
            folded.AddRange(batch.Items);
            return ValueTask.FromResult(new ObserveResult
            {
                AcceptedThrough = folded.Count,
                DurableThrough = folded.Count,
                ExpectedSequence = folded.Count + 1,
                Accepted = batch.Items.Length - Errors.Length,
                Errors = Errors,
            });
        }
    }

    public ValueTask<Verdict> GetVerdictAsync(string symbol) => ValueTask.FromResult(new Verdict
    {
        Symbol = symbol, TradingState = TradingState.Halted, Breaker = BreakerState.Open, Level = Level.Breach,
        Episode = 2,
    });

    public List<(string Symbol, ResetRequest Request)> WereReset { get; } = [];

    public List<(string Symbol, LimitsRequest Request)> Limited { get; } = [];

    public GuardianLimits Limits { get; init; } = new();

    public ParkedEntry[] Parked { get; init; } = [];

    public Task<ActionResult> ResetAsync(string symbol, ResetRequest request)
    {
        WereReset.Add((symbol, request));
        return Task.FromResult(Result);
    }

    public Task<GuardianLimits> GetLimitsAsync(string symbol) => Task.FromResult(Limits);

    public Task<ActionResult> SetLimitsAsync(string symbol, LimitsRequest request)
    {
        Limited.Add((symbol, request));
        return Task.FromResult(Result);
    }

    public Task<ParkedEntry[]> GetParkedAsync() => Task.FromResult(Parked);

    public Task<ActionResult> RebaselineAsync(string symbol, RebaselineRequest request)
    {
        Rebaselined.Add((symbol, request));
        return Task.FromResult(Result);
    }

    public Task<PortfolioSummary> GetPortfolioAsync(string session) =>
        Task.FromResult(new PortfolioSummary { Session = session });

    public Task<RosterEntry[]> GetRosterAsync(string session) => Task.FromResult(Roster);

    public Task<ActionResult> OpenSessionAsync(string session, SessionRequest request)
    {
        Opened.Add((session, request));
        return Task.FromResult(Result);
    }

    public Task<long> OpenProducerAsync(string session, string producer) => Task.FromResult(7L);

    public Task<ActionResult> HoldAsync(HoldRequest request)
    {
        Held.Add(request);
        return Task.FromResult(Result);
    }

    public Task<ActionResult> ReleaseAsync(string session, ReleaseRequest request)
    {
        Released.Add((session, request));
        return Task.FromResult(Result);
    }

    public Task<Hold[]> GetHoldsAsync(string session) => Task.FromResult<Hold[]>([]);

    public Task<HistoryPage> GetHistoryAsync(HistoryQuery query)
    {
        Queried.Add(query);
        int from = int.Parse(query.Cursor ?? "0");
        HistoryEvent[] page = [.. Events.Skip(from).Take(Math.Min(query.Limit, 2))];
        string? next = from + page.Length < Events.Length ? (from + page.Length).ToString() : null;
        return Task.FromResult(new HistoryPage(page, next));
    }

    public int Lagging { get; set; }

    public Task<DurabilityReport> GetDurabilityAsync() => Task.FromResult(
        Lagging-- > 0
            ? new DurabilityReport { Tiers = [new() { Tier = "L2", Store = "sqlite", LagEvents = 5 }] }
            : Durable);

    public MemoryAuditLog Audit { get; } = new(TimeProvider.System);

    public AuditReport? AuditReport { get; set; }

    public Task<AuditPage> GetAuditAsync(AuditQuery query) => Task.FromResult(Audit.Read(query));

    public Task<AuditReport> VerifyAuditAsync() => Task.FromResult(AuditReport ?? Audit.Verify());

    public Task<Alert[]> GetAlertsAsync(string session, bool withResolved) => Task.FromResult<Alert[]>([]);

    public ClientProgram[] Clients { get; set; } = [];

    public Task<ClientProgram[]> GetClientsAsync() => Task.FromResult(Clients);

    public async Task<IGuardianConnection> ConnectAsync()
    {
        await Task.Yield();
        return new Connection(this);
    }

    private sealed class Connection(FakeClient client) : IGuardianConnection
    {
        public IGuardianClient Client => client;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
