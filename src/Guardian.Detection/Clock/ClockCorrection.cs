using System.Runtime.InteropServices;

namespace Guardian.Detection.Clock;

/// <summary>What a pair of times is worth as a latency.</summary>
/// <param name="Microseconds">The latency to record, ≥ 0, rounded down.</param>
/// <param name="MustRecord">
/// False where the pair says nothing of latency (absurd, or a lone outlier of a clock): counted, never recorded.
/// </param>
/// <param name="Suspect">The source's clock is beyond the tolerance: the latency is a corrected lower bound.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ClockCorrection(long Microseconds, bool MustRecord, bool Suspect);
