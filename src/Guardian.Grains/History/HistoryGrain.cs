using Guardian.Contracts;
using Guardian.Storage.Audit;
using Guardian.Storage.History;
using Orleans.Concurrency;

namespace Guardian.Grains.History;

/// <summary>Reads what the stores of this silo keep; as many at once as are asked for.</summary>
[StatelessWorker]
[GrainType("guardian-history")]
public sealed class HistoryGrain(
    IHistoryStore history, IParkedStore parked, TierReporter tiers, IAuditLog audit) : Grain, IHistoryGrain
{
    /// <inheritdoc/>
    public Task<HistoryPage> Query(HistoryQuery query) => history.QueryAsync(query, CancellationToken.None);

    /// <inheritdoc/>
    public Task<SeriesPoint[]> Series(SeriesQuery query) => history.SeriesAsync(query, CancellationToken.None);

    /// <inheritdoc/>
    public Task<DurabilityReport> GetDurability() => Task.FromResult(tiers.Report());

    /// <inheritdoc/>
    public Task<AuditPage> GetAudit(AuditQuery query) => Task.Run(() => audit.Read(query));

    /// <inheritdoc/>
    public Task<AuditReport> VerifyAudit() => Task.Run(audit.Verify);

    /// <inheritdoc/>
    public Task<ParkedEntry[]> GetParked() => Task.Run<ParkedEntry[]>(() =>
    [
        .. parked.Load().Select(row => new ParkedEntry
        {
            Tier = row.Tier,
            Position = row.Position,
            Symbol = row.Symbol,
            At = new Timestamp(row.At),
            Reason = row.Reason,
            Bytes = row.Payload.Length,
        }),
    ]);
}
