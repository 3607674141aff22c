using System.Globalization;
using System.IO.Hashing;
using System.Text;

namespace Guardian.Grains.Placement;

/// <summary>Says which silo a guardian belongs to: the one with the highest hash of (key, silo).</summary>
/// <remarks>
/// Pure. Every silo says the same without asking. When one goes, only its own guardians move, evenly over the others;
/// when one comes, it takes its share evenly from all. A silo is known by its address without generation, so that it
/// gets the same guardians back after a restart. Source: Thaler and Ravishankar 1998, highest random weight.
/// </remarks>
public static class Rendezvous
{
    /// <summary>Chooses the silo of a key.</summary>
    /// <param name="key">The guardian's key.</param>
    /// <param name="silos">One or more silos, in any order.</param>
    /// <exception cref="ArgumentException">No silo is given.</exception>
    public static SiloAddress Choose(string key, IReadOnlyList<SiloAddress> silos)
    {
        if (silos.Count == 0)
            throw new ArgumentException("Condition failed: silos is empty; at least 1.", nameof(silos));
        SiloAddress chosen = silos[0];
        ulong highest = Weight(key, chosen);
        for (int i = 1; i < silos.Count; i++)
        {
            ulong weight = Weight(key, silos[i]);
            // The newer of two lives at one address: the older one is about to be declared dead.
            bool newer = weight == highest && silos[i].Generation > chosen.Generation;
            if (weight > highest || newer) (chosen, highest) = (silos[i], weight);
        }

        return chosen;
    }

    private static ulong Weight(string key, SiloAddress silo)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"{silo.Endpoint}/{key}");
        Span<byte> bytes = stackalloc byte[512];
        return Encoding.UTF8.TryGetBytes(text, bytes, out int written)
            ? XxHash3.HashToUInt64(bytes[..written])
            : XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(text));
    }
}
