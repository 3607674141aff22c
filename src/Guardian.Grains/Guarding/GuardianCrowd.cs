namespace Guardian.Grains.Guarding;

/// <summary>How many guardians a silo has, and how often each looks at its deadlines. Thread-safe.</summary>
/// <remarks>
/// A guardian whose deadline has passed and that is asked looks at once; the tick is for those that nobody asks. So
/// with more than 2,500 of them each ticks less often, down to once a second, and their number costs no more.
/// </remarks>
public sealed class GuardianCrowd(GuardianGrainOptions options)
{
    /// <summary>Most ticks a second of all guardians together, up to the slowest period.</summary>
    public const int MostTicks = 10_000;

    /// <summary>Gets the longest time between two ticks of a guardian.</summary>
    public static TimeSpan Slowest { get; } = TimeSpan.FromSeconds(1);

    private int _count;

    /// <summary>Gets how many there are.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Gets how often each ticks at present: the configured period, or some times that.</summary>
    public TimeSpan TickPeriod
    {
        get
        {
            TimeSpan shortest = options.TickPeriod;
            int most = Math.Max(1, (int)(Slowest / shortest));
            double needed = Math.Ceiling(Count / (MostTicks * shortest.TotalSeconds));
            return shortest * Math.Clamp(needed, 1, most);
        }
    }

    /// <summary>Counts a guardian that came up.</summary>
    public void Came() => Interlocked.Increment(ref _count);

    /// <summary>Counts one that went.</summary>
    public void Went() => Interlocked.Decrement(ref _count);
}
