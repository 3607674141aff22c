using System.Globalization;
using Guardian.Detection.Staleness;

namespace Guardian.Detection.Tests.Staleness;

public sealed class TradingCalendarTests
{
    private const long Minute = 60_000_000_000;
    private const long Hour = 60 * Minute;
    private const long Day = 24 * Hour;

    // 2023-04-02T00:00Z, a Sunday.
    private const long Sunday = 19_449 * Day;

    [Fact]
    public void IsOpen_ForeignExchange_OpensOnSundayAndClosesOnFriday()
    {
        TradingCalendar fx = TradingCalendar.ForeignExchange;
        long open = Sunday + (22 * Hour);
        long close = Sunday + (5 * Day) + (22 * Hour);
        Assert.Equal(
            (false, true, true, false),
            (fx.IsOpen(open - 1), fx.IsOpen(open), fx.IsOpen(close - 1), fx.IsOpen(close)));
        Assert.Equal((open, close), (fx.NextChange(Sunday), fx.NextChange(open)));
        Assert.Equal(open + (7 * Day), fx.NextChange(close));
        Assert.Equal(120 * Hour, fx.OpenNanosecondsBetween(Sunday, Sunday + (7 * Day)));
        Assert.Equal(close, fx.OpenAfter(open, 120 * Hour));
        Assert.Equal(open + (7 * Day) + 1, fx.OpenAfter(open, (120 * Hour) + 1));
    }

    [Fact]
    public void OpenNanosecondsBetween_OverYears_CountsWholeWeeks()
    {
        TradingCalendar fx = TradingCalendar.ForeignExchange;
        Assert.Equal(5_000 * 120 * Hour, fx.OpenNanosecondsBetween(Sunday, Sunday + (5_000 * 7 * Day)));
        long from = Sunday + (3 * Day);
        Assert.Equal(from + (5_000 * 7 * Day), fx.OpenAfter(from, 5_000 * 120 * Hour));
    }

    [Fact]
    public void Always_AnyTime_IsOpen()
    {
        TradingCalendar always = TradingCalendar.Always;
        Assert.True(always.IsOpen(long.MinValue) && always.IsOpen(long.MaxValue));
        Assert.Equal(long.MaxValue, always.NextChange(0));
        Assert.Equal(long.MaxValue, always.OpenAfter(long.MaxValue - 5, 10));
        Assert.Equal(long.MaxValue, always.OpenNanosecondsBetween(long.MinValue, long.MaxValue));
    }

    [Fact]
    public void Create_WithoutSession_Refuses()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => TradingCalendar.Create("none", [], []));
        Assert.Equal("Condition failed: calendar none has no session. (Parameter 'sessions')", error.Message);
    }

    [Fact]
    public void EveryAnswer_RandomCalendars_EqualsCountingMinuteByMinute()
    {
        for (int seed = 1; seed <= Effort.Seeds(40); seed++)
        {
            Random random = new(seed);
            TradingCalendar calendar = RandomCalendar(random);
            const int minutes = 3 * 7 * 24 * 60;
            long start = Sunday - (random.Next(2) * 3_000 * 7 * Day);
            bool[] open = [.. Enumerable.Range(0, minutes).Select(m => calendar.IsOpen(start + (m * Minute)))];
            for (int trial = 0; trial < 50; trial++) CompareToCounting(calendar, open, start, random, seed);
        }
    }

    /// <summary>Sessions that touch, overlap, end with the week or go on over its end; holidays of all kinds.</summary>
    [Theory]
    [InlineData("Sun 00:00 - Mon 00:00, Mon 00:00 - Mon 12:00", "")]
    [InlineData("Mon 09:00 - Mon 17:00, Mon 12:00 - Tue 03:00, Mon 13:00 - Mon 14:00", "1-2, 3-4")]
    [InlineData("Sat 12:00 - Sun 12:00, Wed 00:00 - Wed 12:00", "0-0.25, 0.25-1, 6-7.5, 9-9.5, 14-15")]
    [InlineData("Sat 00:00 - Sun 00:00", "6.5-7.5, 13-14")]
    [InlineData("Sun 00:00 - Sat 12:00, Sat 12:00 - Sun 00:00", "2-3, 2.5-2.75, 10-11")]
    [InlineData("Fri 22:00 - Mon 02:00, Tue 00:00 - Tue 00:30", "4.9-5.1, 8-8.05, 8.06-8.5, 20-25")]
    public void EveryAnswer_CalendarsWithCorners_EqualsCountingMinuteByMinute(string sessions, string holidays)
    {
        TradingCalendar calendar = TradingCalendar.Create(
            "corners",
            [.. sessions.Split(", ").Select(text =>
            {
                Assert.True(WeeklySession.TryParse(text, out WeeklySession session), text);
                return session;
            })],
            [.. holidays.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(text =>
            {
                double[] days = [.. text.Split('-').Select(day => double.Parse(day, CultureInfo.InvariantCulture))];
                return new ClosedStretch(Sunday + Minutes(days[0]), Sunday + Minutes(days[1]));
            })]);
        static long Minutes(double days) => (long)(days * 1_440) * Minute;

        const int minutes = 3 * 7 * 24 * 60;
        bool[] open = [.. Enumerable.Range(0, minutes).Select(m => calendar.IsOpen(Sunday + (m * Minute)))];
        var random = new Random(9);
        for (int trial = 0; trial < 60; trial++) CompareToCounting(calendar, open, Sunday, random, trial);
    }

    [Fact]
    public void IsOpen_RandomCalendars_FollowsSessionsAndHolidays()
    {
        WeeklySession[] sessions =
        [
            new(DayOfWeek.Monday, TimeSpan.FromHours(9), DayOfWeek.Monday, TimeSpan.FromHours(17)),
            new(DayOfWeek.Saturday, TimeSpan.FromHours(23), DayOfWeek.Sunday, TimeSpan.FromHours(1)),
        ];
        ClosedStretch holiday = new(Sunday + Day, Sunday + (2 * Day));
        TradingCalendar calendar = TradingCalendar.Create("x", sessions, [holiday]);
        long monday = Sunday + Day;
        Assert.False(calendar.IsOpen(monday + (10 * Hour)));
        Assert.True(calendar.IsOpen(monday + (7 * Day) + (9 * Hour)));
        Assert.False(calendar.IsOpen(monday + (7 * Day) + (17 * Hour)));
        Assert.True(calendar.IsOpen(Sunday + Hour - 1));
        Assert.False(calendar.IsOpen(Sunday + Hour));
        Assert.Equal(Sunday + (7 * Day) + Hour, calendar.NextChange(Sunday + (6 * Day) + (23 * Hour)));
        Assert.Equal(Sunday + (6 * Day) + (23 * Hour), calendar.NextChange(Sunday + Hour));
    }

    [Fact]
    public void IsOpen_SessionsWithinAndOverOthers_IsOpenWhileAnyIs()
    {
        WeeklySession[] sessions =
        [
            new(DayOfWeek.Monday, TimeSpan.FromHours(9), DayOfWeek.Monday, TimeSpan.FromHours(17)),
            new(DayOfWeek.Monday, TimeSpan.FromHours(10), DayOfWeek.Monday, TimeSpan.FromHours(11)),
            new(DayOfWeek.Monday, TimeSpan.FromHours(16), DayOfWeek.Monday, TimeSpan.FromHours(20)),
        ];
        ClosedStretch[] holidays =
        [
            new(Sunday + (8 * Day), Sunday + (9 * Day)),
            new(Sunday + (8 * Day) + Hour, Sunday + (8 * Day) + (2 * Hour)),
        ];
        TradingCalendar calendar = TradingCalendar.Create("x", sessions, holidays);
        int[] open = [.. Enumerable.Range(0, 24).Where(h => calendar.IsOpen(Sunday + Day + (h * Hour)))];
        Assert.Equal(Enumerable.Range(9, 11), open);
        Assert.DoesNotContain(Enumerable.Range(0, 24), h => calendar.IsOpen(Sunday + (8 * Day) + (h * Hour)));
        Assert.Equal(11 * Hour, calendar.OpenNanosecondsBetween(Sunday, Sunday + (14 * Day)));
    }

    [Theory]
    [InlineData("Sun 22:00 - Fri 22:00", true)]
    [InlineData("mon 00:00 - mon 24:00", true)]
    [InlineData("Sun 22:00-Fri 22:00", false)]
    [InlineData("Sun 24:01 - Fri 22:00", false)]
    [InlineData("Day 22:00 - Fri 22:00", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void TryParse_Session_ReadsOrRefuses(string? text, bool read) =>
        Assert.Equal(read, WeeklySession.TryParse(text, out _));

    [Fact]
    public void TryParse_Session_ReadsItsDaysAndTimes()
    {
        Assert.True(WeeklySession.TryParse("Tue 09:30 - sat 24:00", out WeeklySession session), "refused");
        Assert.Equal(
            new WeeklySession(DayOfWeek.Tuesday, new TimeSpan(9, 30, 0), DayOfWeek.Saturday, TimeSpan.FromDays(1)),
            session);
    }

    [Theory]
    [InlineData("2023-04-02", Sunday, Sunday + Day)]
    [InlineData("2023-04-02T01:00 - 2023-04-02T02:30", Sunday + Hour, Sunday + Hour + (90 * Minute))]
    [InlineData("2023-04-02T01:00", 0, 0)]
    [InlineData("2023-04-02T01:00 - 2023-04-02T01:00", 0, 0)]
    [InlineData("1969-12-31", 0, 0)]
    [InlineData("1970-01-01", 0, Day)]
    [InlineData("2200-12-31", 7_289_568_000_000_000_000, 7_289_654_400_000_000_000)]
    [InlineData("2201-01-01", 0, 0)]
    [InlineData("2023-13-01", 0, 0)]
    [InlineData(null, 0, 0)]
    public void TryParse_Holiday_ReadsOrRefuses(string? text, long from, long to)
    {
        bool read = ClosedStretch.TryParse(text, out ClosedStretch stretch);
        Assert.Equal(to > 0, read);
        if (read) Assert.Equal(new ClosedStretch(from, to), stretch);
    }

    private static TradingCalendar RandomCalendar(Random random)
    {
        List<WeeklySession> sessions = [];
        for (int i = random.Next(1, 5); i > 0; i--)
        {
            sessions.Add(new WeeklySession(
                (DayOfWeek)random.Next(7), TimeSpan.FromMinutes(random.Next(1441)),
                (DayOfWeek)random.Next(7), TimeSpan.FromMinutes(random.Next(1441))));
        }

        List<ClosedStretch> holidays = [];
        for (int i = random.Next(4); i > 0; i--)
        {
            long from = Sunday + (random.Next(21 * 1440) * Minute);
            holidays.Add(new ClosedStretch(from, from + (random.Next(3000) * Minute)));
        }

        return TradingCalendar.Create("random", sessions, holidays);
    }

    private static void CompareToCounting(TradingCalendar calendar, bool[] open, long start, Random random, int seed)
    {
        int from = random.Next(open.Length);
        int to = random.Next(from, open.Length);
        long counted = open[from..to].LongCount(o => o) * Minute;
        long a = start + (from * Minute);
        Assert.True(counted == calendar.OpenNanosecondsBetween(a, start + (to * Minute)), $"seed {seed}: between");
        int change = from + 1;
        while (change < open.Length && open[change] == open[from]) change++;
        if (change < open.Length)
            Assert.True(start + (change * Minute) == calendar.NextChange(a), $"seed {seed}: next change");
        if (counted == 0) return;
        int reached = from;
        for (long left = counted / Minute; left > 0; reached++) left -= open[reached] ? 1 : 0;
        Assert.True(start + (reached * Minute) == calendar.OpenAfter(a, counted), $"seed {seed}: open after");
    }
}
