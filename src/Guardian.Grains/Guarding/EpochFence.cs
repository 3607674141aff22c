using System.Collections.Concurrent;
using Guardian.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Storage;

namespace Guardian.Grains.Guarding;

/// <summary>
/// Claims epochs by the ETagged write of a guardian's record: whoever claims last fences out the rest.
/// </summary>
/// <remarks>
/// Thread-safe. Fails open: without an answer within <see cref="Patience"/> the epoch is provisional.
/// </remarks>
public sealed partial class EpochFence(
    [FromKeyedServices(EpochFence.StorageName)] IGrainStorage storage,
    ILocalSiloDetails silo,
    TimeProvider time,
    ILogger<EpochFence> logger,
    ISiloStatusOracle? silos = null)
{
    /// <summary>Name of the grain storage.</summary>
    public const string StorageName = "guardian";

    private const string StateName = "guardian-record";

    // Grain storage does not know these, and while the disk is away nothing else does: none may be issued again.
    private readonly ConcurrentDictionary<GrainId, long> _provisional = new();

    // What a record still has of a session that was emptied while grain storage was away.
    private readonly ConcurrentDictionary<GrainId, Epoch> _emptied = new();

    /// <summary>Gets how long a claim waits for grain storage.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Claims the next epoch.</summary>
    /// <param name="grain">The guardian.</param>
    /// <param name="newest">The highest number known from any tier.</param>
    /// <returns>The epoch, whether it is provisional, and what the record kept; null where none answered.</returns>
    public async Task<(Epoch Epoch, bool Provisional, GuardianRecord? Record)> ClaimAsync(GrainId grain, long newest)
    {
        int generation = silo.SiloAddress.Generation;
        newest = Math.Max(newest, _provisional.GetValueOrDefault(grain));
        try
        {
            GuardianRecord record = await ClaimInStorageAsync(grain, newest, generation).WaitAsync(Patience, time);
            _provisional.TryRemove(grain, out _);
            return (new Epoch(record.EpochNumber, record.EpochGeneration), false, record);
        }
        catch (Exception error)
        {
            IEnumerable<SiloAddress> known = silos is null ? [] : silos.GetApproximateSiloStatuses().Keys;
            long number = NextProvisional(newest, silo.SiloAddress, known);
            LogProvisional(error, grain, number);
            _provisional[grain] = number;
            return (new Epoch(number, generation), true, null);
        }
    }

    /// <summary>
    /// Gets the number of an epoch that nobody could be asked for: the next one, and where silos were started in one
    /// second, and so have one generation, the next that is this silo's alone.
    /// </summary>
    /// <param name="newest">The highest number known.</param>
    /// <param name="here">This silo.</param>
    /// <param name="known">All silos that are known, this one among them or not.</param>
    public static long NextProvisional(long newest, SiloAddress here, IEnumerable<SiloAddress> known)
    {
        SiloAddress[] twins = [.. known.Append(here).Where(s => s.Generation == here.Generation).Distinct().Order()];
        int own = Array.IndexOf(twins, here);
        long next = newest + 1;
        return next + ((own - (next % twins.Length) + twins.Length) % twins.Length);
    }

    /// <summary>Claims a provisional epoch later, once grain storage answers.</summary>
    /// <param name="grain">The guardian.</param>
    /// <param name="epoch">The epoch it runs on.</param>
    /// <returns>True when it is claimed; false when a newer one has been: the guardian must go.</returns>
    /// <exception cref="TimeoutException">Grain storage still does not answer.</exception>
    public Task<bool> ConfirmAsync(GrainId grain, Epoch epoch) =>
        ConfirmInStorageAsync(grain, epoch).WaitAsync(Patience, time);

    /// <summary>Stores what the record is to keep of a life, unless a newer one has claimed its epoch.</summary>
    /// <param name="grain">The guardian.</param>
    /// <param name="epoch">The epoch it runs on.</param>
    /// <param name="kept">Snapshot, limits and cursors; its epoch is not looked at.</param>
    /// <returns>Whether it was stored; false when a newer epoch has been claimed.</returns>
    /// <exception cref="TimeoutException">Grain storage does not answer.</exception>
    public Task<bool> StoreAsync(GrainId grain, Epoch epoch, GuardianRecord kept) =>
        StoreInStorageAsync(grain, epoch, kept).WaitAsync(Patience, time);

    /// <summary>Empties the record of a guardian that is forgotten; its epoch stays.</summary>
    /// <remarks>Where grain storage does not answer, the next claim makes up for it.</remarks>
    /// <param name="grain">The guardian.</param>
    /// <param name="epoch">The epoch it ran on.</param>
    public async Task ForgetAsync(GrainId grain, Epoch epoch)
    {
        _emptied[grain] = epoch;
        try
        {
            await StoreAsync(grain, epoch, new GuardianRecord { EmptiedEpoch = epoch });
        }
        catch (Exception error)
        {
            LogNotEmptied(error, grain);
        }
    }

    private async Task<bool> StoreInStorageAsync(GrainId grain, Epoch epoch, GuardianRecord kept)
    {
        var state = new GrainState<GuardianRecord>(new GuardianRecord());
        await storage.ReadStateAsync(StateName, grain, state);
        GuardianRecord stored = state.State ??= new GuardianRecord();
        // A store that went back is claimed anew by whoever lives; one that is ahead belongs to another.
        if (new Epoch(stored.EpochNumber, stored.EpochGeneration) > epoch) return false;
        state.State = kept.Copy();
        (state.State.EpochNumber, state.State.EpochGeneration) = (epoch.Number, epoch.Generation);
        if (stored.EmptiedEpoch > kept.EmptiedEpoch) state.State.EmptiedEpoch = stored.EmptiedEpoch;
        await storage.WriteStateAsync(StateName, grain, state);
        return true;
    }

    private async Task<bool> ConfirmInStorageAsync(GrainId grain, Epoch epoch)
    {
        var state = new GrainState<GuardianRecord>(new GuardianRecord());
        await storage.ReadStateAsync(StateName, grain, state);
        state.State ??= new GuardianRecord();
        var stored = new Epoch(state.State.EpochNumber, state.State.EpochGeneration);
        if (stored > epoch) return false;
        if (stored == epoch) return true;
        state.State.EpochNumber = epoch.Number;
        state.State.EpochGeneration = epoch.Generation;
        await storage.WriteStateAsync(StateName, grain, state);
        return true;
    }

    private async Task<GuardianRecord> ClaimInStorageAsync(GrainId grain, long newest, int generation)
    {
        var state = new GrainState<GuardianRecord>(new GuardianRecord());
        await storage.ReadStateAsync(StateName, grain, state);
        state.State ??= new GuardianRecord();
        bool emptied = _emptied.TryGetValue(grain, out Epoch last) && state.State.SnapshotEpoch <= last;
        if (emptied)
        {
            long number = Math.Max(state.State.EpochNumber, last.Number);
            state.State = new GuardianRecord { EpochNumber = number, EmptiedEpoch = last };
        }

        state.State.EpochNumber = Math.Max(state.State.EpochNumber, newest) + 1;
        state.State.EpochGeneration = generation;
        await storage.WriteStateAsync(StateName, grain, state);
        _emptied.TryRemove(grain, out _);
        return state.State.Copy();
    }

    [LoggerMessage(
        1014, LogLevel.Warning, "The record of {Grain} could not be emptied; its next activation makes up for it.")]
    private partial void LogNotEmptied(Exception error, GrainId grain);

    [LoggerMessage(
        1001, LogLevel.Error, "No epoch could be claimed for {Grain}; it runs on provisional epoch {Number}.")]
    private partial void LogProvisional(Exception error, GrainId grain, long number);
}
