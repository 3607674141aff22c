using System.Runtime.InteropServices;
using Guardian.Detection.Clock;

namespace Guardian.Detection.Staleness;

/// <summary>When a market is open: weekly sessions in UTC less holidays. Immutable, hence thread-safe.</summary>
/// <remarks>
/// All times are Unix nanoseconds; sessions are closed on the left and open on the right. Every question is answered
/// from prefix sums over the week and a binary search over the holidays: a jump of years costs what a second costs.
/// </remarks>
public sealed class TradingCalendar
{
    private const long Week = 7 * Nanoseconds.Day;
    private const long Edge = long.MaxValue - (2 * Week);

    // 1 January 1970 was a Thursday: day 0 of the epoch is day 4 of a week that starts on Sunday.
    private const long EpochDayOfWeek = 4;

    private readonly long[] _opens;
    private readonly long[] _closes;
    private readonly long[] _openBefore;
    private readonly long _openPerWeek;
    private readonly Stretch[] _holidays;
    private readonly long[] _lostBefore;

    private TradingCalendar(string name, List<Stretch> week, List<Stretch> holidays)
    {
        Name = name;
        _opens = [.. week.Select(s => s.From)];
        _closes = [.. week.Select(s => s.To)];
        _openBefore = new long[week.Count];
        for (int i = 0; i < week.Count; i++)
        {
            _openBefore[i] = _openPerWeek;
            _openPerWeek += _closes[i] - _opens[i];
        }

        IsAlwaysOpen = _openPerWeek == Week && holidays.Count == 0;
        _holidays = [.. holidays];
        _lostBefore = new long[holidays.Count + 1];
        for (int i = 0; i < _holidays.Length; i++)
        {
            long lost = WeeklyOpenBefore(_holidays[i].To) - WeeklyOpenBefore(_holidays[i].From);
            _lostBefore[i + 1] = _lostBefore[i] + lost;
        }
    }

    /// <summary>Gets the calendar that never closes: 24 hours, 7 days, no holidays.</summary>
    public static TradingCalendar Always { get; } = new("always", [new Stretch(0, Week)], []);

    /// <summary>Gets the foreign-exchange week: Sunday 22:00 to Friday 22:00 UTC, no holidays.</summary>
    public static TradingCalendar ForeignExchange { get; } = Create(
        "fx",
        [new WeeklySession(DayOfWeek.Sunday, TimeSpan.FromHours(22), DayOfWeek.Friday, TimeSpan.FromHours(22))],
        []);

    /// <summary>Gets the name that options refer to.</summary>
    public string Name { get; }

    /// <summary>Gets a value indicating whether the market never closes.</summary>
    public bool IsAlwaysOpen { get; }

    /// <summary>Makes a calendar; overlapping or touching sessions and holidays are merged.</summary>
    /// <param name="name">The name that options refer to.</param>
    /// <param name="sessions">
    /// Weekly sessions, at least one; one that ends where it starts lasts the whole week.
    /// </param>
    /// <param name="holidays">Stretches in which the market stays closed.</param>
    /// <exception cref="ArgumentException">There is no session: a market that never opens is never judged.</exception>
    public static TradingCalendar Create(
        string name, IEnumerable<WeeklySession> sessions, IEnumerable<ClosedStretch> holidays)
    {
        List<Stretch> week = [];
        foreach (WeeklySession session in sessions)
        {
            long from = InWeek(session.OpenDay, session.OpenTime);
            long to = InWeek(session.CloseDay, session.CloseTime);
            if (from < to)
            {
                week.Add(new Stretch(from, to));
                continue;
            }

            week.Add(new Stretch(from, Week));
            if (to > 0) week.Add(new Stretch(0, to));
        }

        if (week.Count == 0)
            throw new ArgumentException($"Condition failed: calendar {name} has no session.", nameof(sessions));
        List<Stretch> closed = [.. holidays
            .Select(h => new Stretch(Math.Clamp(h.From, -Edge, Edge), Math.Clamp(h.To, -Edge, Edge)))
            .Where(h => h.From < h.To)];
        return new TradingCalendar(name, Merge(week), Merge(closed));
    }

    /// <summary>Says whether the market is open at <paramref name="at"/>.</summary>
    public bool IsOpen(long at)
    {
        if (IsAlwaysOpen) return true;
        at = Math.Clamp(at, -Edge, Edge);
        int holiday = LastStartingBefore(at, inclusive: true);
        if (holiday >= 0 && at < _holidays[holiday].To) return false;
        (_, long position) = Split(at);
        int session = LastAtOrBelow(_opens, position);
        return session >= 0 && position < _closes[session];
    }

    /// <summary>Finds the next open or close after <paramref name="at"/>.</summary>
    /// <returns>Its time; <see cref="long.MaxValue"/> where there is none.</returns>
    public long NextChange(long at)
    {
        if (IsAlwaysOpen || at >= Edge) return long.MaxValue;
        at = Math.Max(at, -Edge);
        if (!IsOpen(at)) return OpenAfter(at, 1) is long t and < long.MaxValue ? t - 1 : long.MaxValue;
        int holiday = LastStartingBefore(at, inclusive: true) + 1;
        long nextHoliday = holiday < _holidays.Length ? _holidays[holiday].From : long.MaxValue;
        return Math.Min(WeeklyClose(at), nextHoliday);
    }

    /// <summary>Counts the open time between two times.</summary>
    /// <returns>Nanoseconds; 0 where <paramref name="to"/> is not after <paramref name="from"/>.</returns>
    public long OpenNanosecondsBetween(long from, long to)
    {
        if (to <= from) return 0;
        if (IsAlwaysOpen) return Nanoseconds.Subtract(to, from);
        return Nanoseconds.Saturate((Int128)OpenBefore(to) - OpenBefore(from));
    }

    /// <summary>Finds the first time by which <paramref name="amount"/> of open time has passed.</summary>
    /// <param name="from">Start of the count, Unix nanoseconds.</param>
    /// <param name="amount">Open nanoseconds; 0 and less answer <paramref name="from"/>.</param>
    /// <returns>The time; <see cref="long.MaxValue"/> where it lies beyond the range of time.</returns>
    public long OpenAfter(long from, long amount)
    {
        if (amount <= 0) return from;
        if (IsAlwaysOpen) return Nanoseconds.Add(from, amount);
        Int128 target = (Int128)OpenBefore(from) + amount;
        int low = 0;
        int high = _holidays.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            bool before = (Int128)WeeklyOpenBefore(_holidays[middle].From) - _lostBefore[middle] < target;
            if (before) low = middle + 1;
            else high = middle;
        }

        return FirstWithWeeklyOpen(target + _lostBefore[low]);
    }

    private static long InWeek(DayOfWeek day, TimeSpan time) =>
        (((long)day * Nanoseconds.Day) + Nanoseconds.From(time)) % Week;

    private static (long Weeks, long Position) Split(long at)
    {
        long day = Nanoseconds.FloorDivide(at, Nanoseconds.Day);
        long week = Nanoseconds.FloorDivide(day + EpochDayOfWeek, 7);
        long position = ((day + EpochDayOfWeek - (week * 7)) * Nanoseconds.Day) + (at - (day * Nanoseconds.Day));
        return (week, position);
    }

    private static List<Stretch> Merge(List<Stretch> stretches)
    {
        stretches.Sort((a, b) => a.From.CompareTo(b.From));
        List<Stretch> merged = [];
        foreach (Stretch next in stretches)
        {
            if (merged.Count > 0 && next.From <= merged[^1].To)
                merged[^1] = merged[^1] with { To = Math.Max(merged[^1].To, next.To) };
            else
                merged.Add(next);
        }

        return merged;
    }

    private static int LastAtOrBelow(long[] sorted, long value)
    {
        int found = Array.BinarySearch(sorted, value);
        return found >= 0 ? found : ~found - 1;
    }

    private int LastStartingBefore(long at, bool inclusive)
    {
        int low = 0;
        int high = _holidays.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_holidays[middle].From < at || (inclusive && _holidays[middle].From == at)) low = middle + 1;
            else high = middle;
        }

        return low - 1;
    }

    // Open time since the epoch's week began, holidays taken off.
    private long OpenBefore(long at)
    {
        at = Math.Clamp(at, -Edge, Edge);
        int holiday = LastStartingBefore(at, inclusive: false);
        if (holiday < 0) return WeeklyOpenBefore(at);
        return at >= _holidays[holiday].To
            ? WeeklyOpenBefore(at) - _lostBefore[holiday + 1]
            : WeeklyOpenBefore(_holidays[holiday].From) - _lostBefore[holiday];
    }

    private long WeeklyOpenBefore(long at)
    {
        (long weeks, long position) = Split(Math.Clamp(at, -Edge, Edge));
        int session = LastAtOrBelow(_opens, position);
        long inWeek = session < 0 ? 0 : _openBefore[session] + Math.Min(position, _closes[session]) - _opens[session];
        return (weeks * _openPerWeek) + inWeek;
    }

    private long FirstWithWeeklyOpen(Int128 open)
    {
        long wanted = Nanoseconds.Saturate(open);
        long weeks = Nanoseconds.FloorDivide(wanted, _openPerWeek);
        long rest = wanted - (weeks * _openPerWeek);
        if (rest == 0)
        {
            // The last moment of the week before is reached first.
            weeks--;
            rest = _openPerWeek;
        }

        int session = _opens.Length - 1;
        while (_openBefore[session] >= rest) session--;
        Int128 start = ((Int128)weeks * Week) - (EpochDayOfWeek * Nanoseconds.Day);
        Int128 at = start + _opens[session] + rest - _openBefore[session];
        return at > Edge ? long.MaxValue : Nanoseconds.Saturate(at);
    }

    private long WeeklyClose(long at)
    {
        (long weeks, long position) = Split(at);
        int session = LastAtOrBelow(_opens, position);
        long close = _closes[session];

        // A session over the week's end goes on at the next week's start.
        if (close == Week && _opens[0] == 0) close = _closes[0] == Week ? 2 * Week : Week + _closes[0];
        if (_openPerWeek == Week) return long.MaxValue;
        Int128 when = ((Int128)weeks * Week) - (EpochDayOfWeek * Nanoseconds.Day) + close;
        return when > Edge ? long.MaxValue : (long)when;
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Stretch(long From, long To);
}
