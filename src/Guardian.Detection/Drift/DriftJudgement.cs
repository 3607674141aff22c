using System.Runtime.InteropServices;

namespace Guardian.Detection.Drift;

/// <summary>What one evaluation makes of a PSI. Immutable.</summary>
/// <param name="Level">The level this evaluation alone would give.</param>
/// <param name="Psi">The PSI; NaN where nothing finite could be compared.</param>
/// <param name="Limit">The PSI that is a breach: the largest of the bare limit, the noise and the block line.</param>
/// <param name="NoiseLine">The PSI that chance alone may reach; infinite for an empty window.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct DriftJudgement(Level Level, double Psi, double Limit, double NoiseLine)
{
    /// <summary>Judges a PSI.</summary>
    /// <remarks>
    /// A PSI under the noise line says nothing either way: where the line is above the bare limit, it is
    /// <see cref="Level.Unknown"/>, since a real breach could hide under it. NaN is a breach, never a pass.
    /// </remarks>
    /// <param name="psi">The PSI.</param>
    /// <param name="n">Finite values in the reference.</param>
    /// <param name="m">Finite values in the window.</param>
    /// <param name="chiSquare">χ² quantile at the policy's significance, one degree of freedom fewer than bins.</param>
    /// <param name="blockLine">Block line of the reference; 0 for none.</param>
    /// <param name="policy">The limits.</param>
    public static DriftJudgement Judge(
        double psi, long n, long m, double chiSquare, double blockLine, DriftPolicy policy)
    {
        double noise = PopulationStabilityIndex.NoiseLine(chiSquare, n, m);
        double limit = Math.Max(policy.Breach, Math.Max(noise, blockLine));
        Level level;
        if (double.IsNaN(psi) || psi >= limit) level = Level.Breach;
        else if (psi < noise && noise > policy.Breach) level = Level.Unknown;
        else if (psi >= policy.Warning && psi >= noise) level = Level.Warning;
        else level = Level.Healthy;
        return new DriftJudgement(level, psi, limit, noise);
    }
}
