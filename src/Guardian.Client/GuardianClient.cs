using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using Guardian.Contracts;
using Orleans.Runtime;

namespace Guardian.Client;

/// <summary>Calls the grains and names their failures. Thread safe.</summary>
internal sealed class GuardianClient : IGuardianClient, IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly IGrainFactory _grains;
    private readonly GuardianClientOptions _options;
    private readonly TimeProvider _time;
    private readonly ContractIntroduction _contract;
    private readonly AttemptClock _clock;
    private readonly GuardianReferences _guardians;
    private readonly RepeatedCalls<OrderRequest, Decision> _checks;
    private readonly RepeatedCalls<bool, Verdict> _verdicts;

    /// <summary>Initializes a client of silos that are found by the grain factory.</summary>
    internal GuardianClient(
        IGrainFactory grains, GuardianClientOptions options, TimeProvider time, ContractIntroduction contract)
    {
        (_grains, _options, _time, _contract) = (grains, options, time, contract);
        _clock = new AttemptClock(time);
        _guardians = new GuardianReferences(grains);
        _checks = new RepeatedCalls<OrderRequest, Decision>(
            _clock,
            (guardian, order) => Served(guardian).Check(order),
            (guardian, order, error, took) => AgainAsync(() => guardian.Check(order), error, took));
        _verdicts = new RepeatedCalls<bool, Verdict>(
            _clock,
            (guardian, _) => Served(guardian).GetVerdict(),
            (guardian, _, error, took) => AgainAsync(guardian.GetVerdict, error, took));
    }

    public void Dispose() => _clock.Dispose();

    public ValueTask<Decision> CheckAsync(string symbol, OrderRequest order) => ClientSpans.IsListenedTo
        ? WithSpanAsync(symbol, order)
        : Check(symbol, order);

    public ValueTask<ObserveResult> ObserveAsync(string symbol, ObservationBatch batch) => ClientSpans.IsListenedTo
        ? WithSpanAsync(symbol, batch)
        : Call(Guardian(symbol), batch);

    public ValueTask<Verdict> GetVerdictAsync(string symbol) =>
        _verdicts.Ask(Guardian(symbol), argument: false);

    public Task<ActionResult> ResetAsync(string symbol, ResetRequest request) =>
        Ask(() => Guardian(symbol).Reset(request));

    public Task<GuardianLimits> GetLimitsAsync(string symbol) => Ask(() => Guardian(symbol).GetLimits());

    public Task<ActionResult> SetLimitsAsync(string symbol, LimitsRequest request) =>
        Ask(() => Guardian(symbol).SetLimits(request));

    public Task<ActionResult> RebaselineAsync(string symbol, RebaselineRequest request) =>
        Ask(() => Guardian(symbol).Rebaseline(request));

    public Task<PortfolioSummary> GetPortfolioAsync(string session) => Ask(() => Portfolio(session).GetSummary());

    public Task<RosterEntry[]> GetRosterAsync(string session) => Ask(() => Portfolio(session).GetRoster());

    public Task<ActionResult> OpenSessionAsync(string session, SessionRequest request) =>
        Ask(() => Portfolio(session).Open(request));

    public Task<long> OpenProducerAsync(string session, string producer) =>
        Ask(() => Portfolio(session).OpenProducer(producer));

    public Task<ActionResult> HoldAsync(HoldRequest request) => Ask(() => Portfolio(request.Session).Hold(request));

    public Task<ActionResult> ReleaseAsync(string session, ReleaseRequest request) =>
        Ask(() => Portfolio(session).Release(request));

    public Task<Hold[]> GetHoldsAsync(string session) => Ask(() => Portfolio(session).GetHolds());

    public Task<HistoryPage> GetHistoryAsync(HistoryQuery query) => Ask(() => History().Query(query));

    public Task<DurabilityReport> GetDurabilityAsync() => Ask(() => History().GetDurability());

    public Task<AuditPage> GetAuditAsync(AuditQuery query) => Ask(() => History().GetAudit(query));

    public Task<AuditReport> VerifyAuditAsync() => Ask(() => History().VerifyAudit());

    public Task<ParkedEntry[]> GetParkedAsync() => Ask(() => History().GetParked());

    public Task<Alert[]> GetAlertsAsync(string session, bool withResolved) =>
        Ask(() => _grains.GetGrain<IAlertGrain>(session).GetAlerts(withResolved));

    public Task<ClientProgram[]> GetClientsAsync() => Ask(() => _grains.GetGrain<IClientsGrain>(0).GetClients());

    private IGuardianGrain Guardian(string symbol) => _guardians.Of(symbol);

    private IPortfolioGrain Portfolio(string session) => _grains.GetGrain<IPortfolioGrain>(session);

    private IHistoryGrain History() => _grains.GetGrain<IHistoryGrain>(0);

    private ValueTask<Decision> Check(string symbol, OrderRequest order) => _checks.Ask(Guardian(symbol), order);

    // A guardian that moves to another silo is asked again until it is there; so is one whose answer may have been lost
    // with a gateway, since asking twice does no harm.
    private async Task<T> AgainAsync<T>(Func<ValueTask<T>> call, Exception error, TimeSpan took)
    {
        long start = _time.GetTimestamp();
        while (true)
        {
            if (!IsUnreachable(error)) ExceptionDispatchInfo.Throw(error);
            bool helps = error is OrleansException or TimeoutException;
            if (!helps || took + _time.GetElapsedTime(start) >= _options.ResponseTimeout) throw Unreachable(error);
            await Task.Delay(Pause, _time);
            Task<T> asked = call().AsTask();
            try
            {
                return await asked.WaitAsync(AttemptClock.Attempt, _time);
            }
            catch (Exception next)
            {
                asked.Ignore(); // What comes later is not looked at.
                error = next;
            }
        }
    }

    // Apart, so that nothing is allocated for a span that nobody listens to.
    private ValueTask<Decision> WithSpanAsync(string symbol, OrderRequest order) => ClientSpans.CheckAsync(
        symbol, () => Check(symbol, order));

    private ValueTask<ObserveResult> WithSpanAsync(string symbol, ObservationBatch batch) => ClientSpans.ObserveAsync(
        symbol, batch.Items.Length, () => Call(Guardian(symbol), batch));

    private async ValueTask<ObserveResult> Call(IGuardianGrain guardian, ObservationBatch batch)
    {
        SeeThatItIsServed();
        try
        {
            return await guardian.Observe(batch);
        }
        catch (Exception e) when (IsUnreachable(e))
        {
            throw Unreachable(e);
        }
    }

    private async Task<T> Ask<T>(Func<Task<T>> call)
    {
        SeeThatItIsServed();
        try
        {
            return await call();
        }
        catch (Exception e) when (IsUnreachable(e))
        {
            throw Unreachable(e);
        }
    }

    private void SeeThatItIsServed()
    {
        if (_contract.Refusal is { } refusal) throw new GuardianUnreachableException(refusal);
    }

    private IGuardianGrain Served(IGuardianGrain guardian)
    {
        SeeThatItIsServed();
        return guardian;
    }

    /// <summary>Whether the way to the silo failed, and not what was asked of it.</summary>
    internal static bool IsUnreachable(Exception e) =>
        e is TimeoutException or IOException or SocketException or OrleansException
            or Microsoft.AspNetCore.Connections.ConnectionAbortedException or ObjectDisposedException
        && e is not (OrleansConfigurationException or GrainExtensionNotInstalledException);

    private GuardianUnreachableException Unreachable(Exception e) => new(
        $"No silo answered at {string.Join(", ", _options.Gateways)} ({e.GetType().Name}: {FirstLine(e.Message)}). "
        + "See that a silo runs and that its gateway port is the one given.",
        e);

    private static string FirstLine(string text) => text.Split('\n', 2)[0].TrimEnd();
}
