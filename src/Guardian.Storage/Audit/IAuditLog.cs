using Guardian.Contracts;

namespace Guardian.Storage.Audit;

/// <summary>A person's action as it is to be recorded. Immutable.</summary>
/// <param name="Actor">Who acted.</param>
/// <param name="Action">What was done, such as <c>hold</c>.</param>
/// <param name="Target">What it was done to.</param>
/// <param name="Session">The session.</param>
/// <param name="Reason">Why.</param>
/// <param name="Result">The stable code of the answer, also of a refusal.</param>
/// <param name="Details">What else there is to say; empty when there is nothing.</param>
public sealed record AuditAction(
    string Actor,
    string Action,
    string Target,
    string Session,
    string Reason,
    string Result,
    string Details = "");

/// <summary>The log of human actions, hash-chained per writer.</summary>
/// <remarks>
/// Thread-safe. Order: entries are chained in the order they are handed over. Durability: an entry is tried until it
/// is stored; nothing is dropped but when too many wait, which is counted and told. Failure: recording never throws.
/// </remarks>
public interface IAuditLog
{
    /// <summary>
    /// Records an action; the task ends when it is durable, or earlier when the disk doesn't answer in time.
    /// </summary>
    Task RecordAsync(AuditAction action);

    /// <summary>Tells how the log is now.</summary>
    AuditState State();

    /// <summary>Reads a page, by time.</summary>
    /// <exception cref="ArgumentException">The cursor or a bound is not valid; says which and why.</exception>
    /// <exception cref="StorageUnavailableException">It can't be read.</exception>
    AuditPage Read(AuditQuery query);

    /// <summary>Verifies every entry of every writer that is stored here.</summary>
    /// <exception cref="StorageUnavailableException">It can't be read.</exception>
    AuditReport Verify();
}
