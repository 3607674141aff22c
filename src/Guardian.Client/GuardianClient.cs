using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Guardian.Contracts;
using Orleans.Runtime;

namespace Guardian.Client;

/// <summary>Calls the grains and names their failures. Thread safe.</summary>
internal sealed class GuardianClient(
    IGrainFactory grains, GuardianClientOptions options, TimeProvider time, ContractIntroduction contract)
    : IGuardianClient
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly AttemptDeadline _deadline = new(time);
    private readonly GuardianReferences _guardians = new(grains);

    public ValueTask<Decision> CheckAsync(string symbol, OrderRequest order) => ClientSpans.IsListenedTo
        ? WithSpanAsync(symbol, order)
        : Repeat(Guardian(symbol), order, static (g, o) => g.Check(o));

    public ValueTask<ObserveResult> ObserveAsync(string symbol, ObservationBatch batch) => ClientSpans.IsListenedTo
        ? WithSpanAsync(symbol, batch)
        : Call(Guardian(symbol), batch);

    public ValueTask<Verdict> GetVerdictAsync(string symbol) =>
        Repeat(Guardian(symbol), 0, static (g, _) => g.GetVerdict());

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
        Ask(() => grains.GetGrain<IAlertGrain>(session).GetAlerts(withResolved));

    public Task<ClientProgram[]> GetClientsAsync() => Ask(() => grains.GetGrain<IClientsGrain>(0).GetClients());

    private IGuardianGrain Guardian(string symbol) => _guardians.Of(symbol);

    private IPortfolioGrain Portfolio(string session) => grains.GetGrain<IPortfolioGrain>(session);

    private IHistoryGrain History() => grains.GetGrain<IHistoryGrain>(0);

    // A guardian that moves to another silo is asked again until it is there; so is one whose answer may have been lost
    // with a gateway, since asking twice does no harm.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<T> Repeat<TArgument, T>(
        IGuardianGrain guardian, TArgument argument, Func<IGuardianGrain, TArgument, ValueTask<T>> call)
    {
        SeeThatItIsServed();
        long start = time.GetTimestamp();
        while (true)
        {
            try
            {
                return await Attempt<T>.Of(call(guardian, argument), _deadline.Newest());
            }
            catch (Exception e) when (IsUnreachable(e))
            {
                bool again = e is OrleansException or TimeoutException;
                if (!again || time.GetElapsedTime(start) >= options.ResponseTimeout) throw Unreachable(e);
            }

            await Task.Delay(Pause, time);
        }
    }

    // Apart, so that nothing is allocated for a span that nobody listens to.
    private ValueTask<Decision> WithSpanAsync(string symbol, OrderRequest order) => ClientSpans.CheckAsync(
        symbol, () => Repeat(Guardian(symbol), order, static (g, o) => g.Check(o)));

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
        if (contract.Refusal is { } refusal) throw new GuardianUnreachableException(refusal);
    }

    /// <summary>Whether the way to the silo failed, and not what was asked of it.</summary>
    internal static bool IsUnreachable(Exception e) =>
        e is TimeoutException or IOException or SocketException or OrleansException
            or Microsoft.AspNetCore.Connections.ConnectionAbortedException or ObjectDisposedException
        && e is not (OrleansConfigurationException or GrainExtensionNotInstalledException);

    private GuardianUnreachableException Unreachable(Exception e) => new(
        $"No silo answered at {string.Join(", ", options.Gateways)} ({e.GetType().Name}: {FirstLine(e.Message)}). "
        + "See that a silo runs and that its gateway port is the one given.",
        e);

    private static string FirstLine(string text) => text.Split('\n', 2)[0].TrimEnd();
}
