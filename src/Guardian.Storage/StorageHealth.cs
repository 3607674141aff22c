using Guardian.Contracts;
using Guardian.Storage.Audit;
using Guardian.Storage.History;
using Guardian.Storage.Local;
using Guardian.Storage.Verifying;

namespace Guardian.Storage;

/// <summary>Tells how the local file is, and what else there is to say about how durable the silo is.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="file">L3.</param>
/// <param name="storage">What opened it.</param>
/// <param name="parked">Rows that a tier could not store.</param>
/// <param name="audit">The log of human actions.</param>
/// <param name="verifier">Who compares the tiers.</param>
/// <param name="time">The clock.</param>
public sealed class StorageHealth(
    LocalFile file,
    GuardianStorage storage,
    IParkedStore parked,
    IAuditLog audit,
    StoreVerifier verifier,
    TimeProvider time)
{
    /// <summary>Gets what the last comparison of the tiers found; null before the first.</summary>
    public VerifyReport? LastCheck => verifier.Last;

    /// <summary>Tells how L3 is.</summary>
    public TierHealth Local()
    {
        long waiting = file.Room.Waiting;
        return new TierHealth
        {
            Tier = "L3",
            Store = "sqlite",
            Healthy = file.Fault is null && file.StandInReason is null,
            LagEvents = waiting,
            LagSeconds = Lag(),
            Unrecorded = file.Room.Unrecorded,
            LastError = file.Fault ?? file.StandInReason,
        };
    }

    /// <summary>Fills a report with everything but the tiers.</summary>
    public DurabilityReport Complete(DurabilityReport report)
    {
        VerifyReport? last = verifier.Last;
        return report with
        {
            LastCheck = last?.At ?? Timestamp.None,
            LastCheckDifferences = last?.Count ?? 0,
            JournalBytes = file.Room.FileBytes,
            JournalBytesLimit = file.Room.FileBytesLimit,
            ParkedRows = Parked(),
            UnrecordedState = file.Room.UnrecordedState,
            UnrecordedBy = file.Room.UnrecordedBy,
            SetAside = [.. new[] { file.DamagedFile, storage.DamagedHistory }.OfType<string>()],
            Damages = [.. file.Damages],
            Audit = audit.State(),
            RpoSeconds = Local().LagSeconds,
        };
    }

    private long Parked()
    {
        try
        {
            return parked.Load().Count;
        }
        catch (StorageUnavailableException)
        {
            return 0; // The tier's own line says that it can't be read.
        }
    }

    // The age of the oldest entry that waits.
    private double Lag()
    {
        long oldest = file.OldestWaiting;
        return oldest == 0 ? 0 : Math.Max(0, (Timestamp.From(time.GetUtcNow()).UnixNanoseconds - oldest) / 1e9);
    }
}
