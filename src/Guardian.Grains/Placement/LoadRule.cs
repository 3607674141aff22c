namespace Guardian.Grains.Placement;

/// <summary>A guardian and how much it does.</summary>
/// <param name="Key">Its key.</param>
/// <param name="EventsPerSecond">Checks and observations a second, averaged over the last seconds.</param>
public readonly record struct GuardianLoad(string Key, double EventsPerSecond);

/// <summary>A guardian that is to move, and where to.</summary>
/// <param name="Guardian">The guardian.</param>
/// <param name="To">The silo it moves to.</param>
public sealed record LoadMove(GuardianLoad Guardian, SiloAddress To);

/// <summary>Says which hot guardian a silo gives away, if any. Pure.</summary>
/// <remarks>
/// Only the silo with most to do gives one away, and to the one with least: so two never give to the same one at once.
/// What moves is what brings the two nearest to each other; nothing moves where the busier of the two would have
/// hardly less to do afterwards, as where one guardian alone is all the load.
/// </remarks>
public static class LoadRule
{
    /// <summary>How much more than the mean of all silos one must have to do before it gives a guardian away.</summary>
    public const double MostOverMean = 1.25;

    /// <summary>What a silo must have to do at least, events a second: below it nothing is worth a move.</summary>
    public const double LeastOfSilo = 1_000;

    /// <summary>What a guardian must have to do at least to be given away, events a second.</summary>
    public const double LeastOfGuardian = 100;

    /// <summary>What a guardian that was given away may have to do before it goes home, events a second.</summary>
    public const double Cold = 10;

    /// <summary>By how much the busier of the two must get less to do, a part of one.</summary>
    public const double LeastGain = 0.1;

    /// <summary>Chooses what this silo gives away.</summary>
    /// <param name="silos">All silos with what they have to do, this one among them.</param>
    /// <param name="here">This silo.</param>
    /// <param name="guardians">This silo's guardians.</param>
    /// <returns>The move; null for none.</returns>
    public static LoadMove? Choose(
        IReadOnlyList<SiloLoad> silos, SiloAddress here, IReadOnlyCollection<GuardianLoad> guardians)
    {
        if (silos.Count < 2) return null;
        SiloLoad most = silos.OrderByDescending(s => s.EventsPerSecond).ThenBy(s => s.Silo).First();
        SiloLoad least = silos.OrderBy(s => s.EventsPerSecond).ThenBy(s => s.Silo).First();
        if (!most.Silo.Equals(here) || most.EventsPerSecond < LeastOfSilo) return null;
        if (most.EventsPerSecond <= MostOverMean * silos.Average(s => s.EventsPerSecond)) return null;
        double half = (most.EventsPerSecond - least.EventsPerSecond) / 2;
        GuardianLoad[] hot = [.. guardians.Where(g => g.EventsPerSecond >= LeastOfGuardian)];
        if (hot.Length == 0) return null;
        GuardianLoad chosen = hot.OrderBy(g => Math.Abs(g.EventsPerSecond - half))
            .ThenBy(g => g.Key, StringComparer.Ordinal).First();
        double busier = Math.Max(
            most.EventsPerSecond - chosen.EventsPerSecond, least.EventsPerSecond + chosen.EventsPerSecond);
        return busier <= (1 - LeastGain) * most.EventsPerSecond ? new LoadMove(chosen, least.Silo) : null;
    }
}
