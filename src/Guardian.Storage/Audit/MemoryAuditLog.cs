using Guardian.Contracts;

namespace Guardian.Storage.Audit;

/// <summary>The volatile twin of the log of human actions: chained the same, gone with the process.</summary>
/// <remarks>Thread-safe. Keeps the newest <see cref="MostEntries"/> and verifies those.</remarks>
/// <param name="time">The clock.</param>
public sealed class MemoryAuditLog(TimeProvider time) : IAuditLog
{
    /// <summary>Most entries kept.</summary>
    public const int MostEntries = 100_000;

    private readonly Lock _gate = new();
    private readonly List<AuditEntry> _entries = [];
    private readonly string _writer = $"{Guid.NewGuid():N}";
    private long _lost;

    /// <inheritdoc/>
    public Task RecordAsync(AuditAction action)
    {
        lock (_gate)
        {
            if (_entries.Count >= MostEntries)
            {
                _lost++;
                return Task.CompletedTask;
            }

            var open = new AuditEntry
            {
                Writer = _writer,
                Number = _entries.Count + 1,
                At = Timestamp.From(time.GetUtcNow()),
                Actor = action.Actor,
                Action = action.Action,
                Target = action.Target,
                Session = action.Session,
                Reason = action.Reason,
                Details = action.Details,
                Result = action.Result,
                Id = $"{Guid.NewGuid():N}",
                Previous = _entries.Count == 0 ? AuditChain.Start : _entries[^1].Hash,
                Hash = string.Empty,
            };
            _entries.Add(open with { Hash = AuditChain.HashOf(open) });
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public AuditState State()
    {
        lock (_gate) return new AuditState { Head = Head(), Lost = _lost };
    }

    /// <inheritdoc/>
    public AuditPage Read(AuditQuery query)
    {
        AuditCursor? cursor = AuditCursor.Read(query);
        lock (_gate)
        {
            IEnumerable<AuditEntry> found = _entries.Where(e =>
                (!query.From.HasValue || e.At >= query.From) && (!query.To.HasValue || e.At < query.To));
            found = query.NewestFirst
                ? found.Reverse().Where(e => cursor is null || e.Number < cursor.Number)
                : found.Where(e => cursor is null || e.Number > cursor.Number);
            return AuditCursor.PageOf([.. found.Take(query.Limit + 1)], query);
        }
    }

    /// <inheritdoc/>
    public AuditReport Verify()
    {
        lock (_gate) return AuditChain.Verify(_entries, Head() is { } head ? [head] : []);
    }

    private AuditHead? Head() =>
        _entries.Count == 0 ? null : new AuditHead(_writer, _entries.Count, _entries[^1].Hash);
}
