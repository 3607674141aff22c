namespace Guardian.Storage;

/// <summary>
/// Says how long to wait after a failure: doubles from a first delay up to a longest, anew after a success.
/// </summary>
/// <remarks>Not thread-safe: one worker, one back-off.</remarks>
/// <param name="first">Delay after the first failure.</param>
/// <param name="longest">Longest delay, at or above <paramref name="first"/>.</param>
public sealed class BackOff(TimeSpan first, TimeSpan longest)
{
    private const int MostDoublings = 30;

    /// <summary>Gets the failures since the last success.</summary>
    public int Failures { get; private set; }

    /// <summary>Counts a failure.</summary>
    /// <returns>How long to wait before the next try.</returns>
    public TimeSpan Failed()
    {
        double ticks = first.Ticks * Math.Pow(2, Math.Min(Failures, MostDoublings));
        if (Failures < int.MaxValue) Failures++;
        return ticks >= longest.Ticks ? longest : TimeSpan.FromTicks((long)ticks);
    }

    /// <summary>Forgets the failures.</summary>
    public void Succeeded() => Failures = 0;
}
