using Guardian.Grains.Placement;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Guardian.Grains.Guarding;

/// <summary>
/// Calls each guardian of a silo when a deadline of its has passed or something is to be told. Thread-safe.
/// </summary>
/// <remarks>
/// <para>A guardian that is asked looks at its deadlines at once; the tick is for those that nobody asks. One look for
/// all of them, and turns only for those who have something to do, in one go: a timer for each cost half a core at
/// 10,000 guardians that did nothing, most of it to wake threads.</para>
/// <para>With more than 2,500 that have something to do at once, each gets its turn less often, down to once a second;
/// none is left out.</para>
/// </remarks>
public sealed partial class GuardianTicker(
    GuardianGrainOptions options, SiloClock clock, SiloShare share, ILogger<GuardianTicker> logger) : BackgroundService
{
    /// <summary>Most ticks a second of all guardians together, unless there are more guardians than that.</summary>
    public const int MostTicks = 10_000;

    private readonly Lock _gate = new();
    private readonly List<GuardianPulse> _pulses = [];
    private int _next;

    /// <summary>Gets the longest time between two ticks of a guardian that has something to do.</summary>
    public static TimeSpan Slowest { get; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets how many guardians there are.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _pulses.Count;
        }
    }

    /// <summary>Takes in a guardian that came up.</summary>
    public void Came(GuardianPulse pulse)
    {
        lock (_gate)
        {
            pulse.Place = _pulses.Count;
            _pulses.Add(pulse);
        }
    }

    /// <summary>Takes out one that goes.</summary>
    public void Went(GuardianPulse pulse)
    {
        lock (_gate)
        {
            int place = pulse.Place;
            if (place >= _pulses.Count || !ReferenceEquals(_pulses[place], pulse)) return;
            GuardianPulse last = _pulses[^1];
            (_pulses[place], last.Place) = (last, place);
            _pulses.RemoveAt(_pulses.Count - 1);
        }
    }

    /// <summary>Looks at all guardians once and calls those that have something to do; one look at a time.</summary>
    /// <returns>How many were called.</returns>
    public int Look()
    {
        long now = clock.Now;
        List<GuardianPulse> due = [];
        SiloShare? moves = share.IsAlone || !share.IsSettled ? null : share;
        lock (_gate)
        {
            int count = _pulses.Count;
            double seconds = options.TickPeriod.TotalSeconds;
            double turns = Math.Ceiling(Math.Max(MostTicks, count / Slowest.TotalSeconds) * seconds);
            if (_next >= count) _next = 0;
            int place = _next;
            for (int looked = 0; looked < count && due.Count < turns; looked++)
            {
                GuardianPulse pulse = _pulses[place];
                if (pulse.IsDue(now, moves)) due.Add(pulse);
                if (++place == count) place = 0;
            }

            _next = place;
        }

        foreach (GuardianPulse pulse in due) pulse.Call();
        return due.Count;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.TickPeriod, clock.Time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                Look();
            }
            catch (Exception error)
            {
                LogFailed(error); // Guardians that nobody asks depend on the next look.
            }
        }
    }

    [LoggerMessage(1018, LogLevel.Error, "A look at this silo's guardians failed; the next one goes on.")]
    private partial void LogFailed(Exception error);
}
