using Guardian.Grains.Guarding;

namespace Guardian.Grains.Placement;

/// <summary>How much a silo has to do.</summary>
/// <param name="Silo">The silo.</param>
/// <param name="EventsPerSecond">Checks and observations a second of all its guardians.</param>
[GenerateSerializer, Immutable]
[Alias("guardian-silo-load")]
public sealed record SiloLoad([property: Id(0)] SiloAddress Silo, [property: Id(1)] double EventsPerSecond);

/// <summary>Where silos tell each other how much they have to do. One for all; asked by silos only.</summary>
[Alias("guardian-loads")]
public interface ILoadsGrain : IGrainWithIntegerKey
{
    /// <summary>Tells what a silo has to do, and asks what the others have.</summary>
    /// <param name="mine">The silo that tells.</param>
    /// <returns>All silos that told it lately, with the one that tells.</returns>
    [Alias("Tell")]
    Task<SiloLoad[]> Tell(SiloLoad mine);
}

/// <summary>Keeps in memory what silos have to do: they say so again every few seconds.</summary>
[GrainType("guardian-loads")]
public sealed class LoadsGrain(SiloClock clock) : Grain, ILoadsGrain
{
    private static readonly TimeSpan Remembered = 3 * LoadKeeper.Period;

    private readonly Dictionary<SiloAddress, (SiloLoad Load, long At)> _loads = [];

    /// <inheritdoc/>
    public Task<SiloLoad[]> Tell(SiloLoad mine)
    {
        _loads[mine.Silo] = (mine, clock.Now);
        long before = clock.Now - (Remembered.Ticks * 100);
        SiloAddress[] gone = [.. _loads.Where(one => one.Value.At < before).Select(one => one.Key)];
        foreach (SiloAddress silo in gone) _loads.Remove(silo);
        return Task.FromResult(_loads.Values.Select(one => one.Load).ToArray());
    }
}
