using System.Globalization;
using Guardian.Detection.Staleness;

namespace Guardian.Detection.Tests.Staleness;

public sealed class StalenessGuardrailTests
{
    private const long Ms = 1_000_000;
    private const long S = 1_000 * Ms;
    private const long T0 = 1_680_652_800 * S;

    [Fact]
    public void Advance_NeverSeen_StaysUnknownWithoutDeadline()
    {
        StalenessGuardrail guardrail = Feed();
        guardrail.Advance(T0 + (1_000 * S));
        Assert.Equal(Level.Unknown, guardrail.Level);
        Assert.Equal(long.MaxValue, guardrail.NextDeadline);
        Assert.True(double.IsNaN(guardrail.Read().Value));
    }

    [Fact]
    public void Advance_OnEachLimit_RisesExactlyThere()
    {
        StalenessGuardrail guardrail = Feed();
        guardrail.Touch(T0);
        Assert.Equal(Level.Healthy, guardrail.Level);
        guardrail.Advance(T0 + (2 * S) - 1);
        Assert.Equal(Level.Healthy, guardrail.Level);
        guardrail.Advance(T0 + (2 * S));
        Assert.Equal(Level.Warning, guardrail.Level);
        guardrail.Advance(T0 + (3 * S) - 1);
        Assert.Equal((Level.Warning, false), (guardrail.Level, guardrail.Confirmed));
        guardrail.Advance(T0 + (60 * S));
        Assert.Equal((Level.Breach, true), (guardrail.Level, guardrail.Confirmed));
        Assert.Equal(
            new Reading(
                GuardrailKind.Staleness, "bookTicker", Level.Breach, 60, 3, "s", 1, T0 + (3 * S), true,
                "staleness.silent", double.NaN, ReadingFlags.None),
            guardrail.Read());
    }

    [Fact]
    public void Incident_SilentFrom190MsTo4050Ms_WarnsBreachesAndClears()
    {
        StalenessGuardrail guardrail = Feed();
        guardrail.Touch(T0 + (190 * Ms));
        Assert.Equal(T0 + (2_190 * Ms), guardrail.NextDeadline);
        guardrail.Advance(guardrail.NextDeadline);
        Assert.Equal(T0 + (3_190 * Ms), guardrail.NextDeadline);
        for (long at = 4_050; at < 6_050; at += 10) guardrail.Touch(T0 + (at * Ms));
        Assert.Equal(Level.Breach, guardrail.Level);
        guardrail.Touch(T0 + (6_050 * Ms));
        Assert.Equal((Level.Healthy, T0 + (6_050 * Ms)), (guardrail.Level, guardrail.Read().Since));
    }

    [Fact]
    public void Touch_OnceAfterABreachThenSilence_DoesNotClear()
    {
        StalenessGuardrail guardrail = Feed();
        guardrail.Touch(T0);
        guardrail.Touch(T0 + (10 * S));
        guardrail.Advance(T0 + (12 * S) - 1);
        Assert.Equal(Level.Breach, guardrail.Level);
        guardrail.Advance(T0 + (12 * S));
        Assert.Equal(Level.Breach, guardrail.Level);
        guardrail.Touch(T0 + (20 * S));
        guardrail.Touch(T0 + (21 * S));
        guardrail.Advance(T0 + (22 * S));
        Assert.Equal(Level.Healthy, guardrail.Level);
    }

    [Fact]
    public void Touch_AfterAWarning_KeepsItForTwoSeconds()
    {
        StalenessGuardrail guardrail = Feed();
        guardrail.Touch(T0);
        guardrail.Touch(T0 + (2_090 * Ms));
        guardrail.Touch(T0 + (3_000 * Ms));
        guardrail.Advance(T0 + (4_090 * Ms) - 1);
        Assert.Equal(Level.Warning, guardrail.Level);
        guardrail.Advance(T0 + (4_090 * Ms));
        Assert.Equal(Level.Healthy, guardrail.Level);
    }

    [Fact]
    public void Advance_OverAClose_IsNotJudgedAndStartsAnewAtTheOpen()
    {
        StalenessGuardrail guardrail = Feed(calendar: "fx");
        long close = At("2023-04-07T22:00:00Z");
        long open = At("2023-04-09T22:00:00Z");
        guardrail.Touch(close - S);
        guardrail.Advance(close);
        Assert.Equal((Level.Unknown, ReadingFlags.MarketClosed), (guardrail.Level, guardrail.Read().Flags));
        guardrail.Touch(close + (3600 * S));
        guardrail.Advance(open + (2 * S) - 1);
        Assert.Equal((Level.Unknown, ReadingFlags.None), (guardrail.Level, guardrail.Read().Flags));
        guardrail.Advance(open + (2 * S));
        Assert.Equal(Level.Warning, guardrail.Level);
        guardrail.Advance(open + (3 * S));
        Assert.Equal((Level.Breach, 3d), (guardrail.Level, guardrail.Read().Value));
    }

    [Fact]
    public void Advance_CloseAtTheLimit_CloseGoesFirst()
    {
        StalenessGuardrail guardrail = Feed(calendar: "fx");
        long close = At("2023-04-07T22:00:00Z");
        guardrail.Touch(close - (3 * S));
        guardrail.Advance(close - 1);
        Assert.Equal(Level.Warning, guardrail.Level);
        guardrail.Advance(close);
        Assert.Equal(Level.Unknown, guardrail.Level);
    }

    [Fact]
    public void Touch_FirstWhileClosed_WaitsForTheOpen()
    {
        StalenessGuardrail guardrail = Feed(calendar: "fx");
        guardrail.Touch(At("2023-04-08T12:00:00Z"));
        Assert.Equal((Level.Unknown, At("2023-04-09T22:00:00Z")), (guardrail.Level, guardrail.NextDeadline));
    }

    [Theory]
    [InlineData(GuardrailMode.Off, Level.Unknown, ReadingFlags.None)]
    [InlineData(GuardrailMode.Shadow, Level.Breach, ReadingFlags.Shadow)]
    public void Advance_ByMode_JudgesOrNot(GuardrailMode mode, Level level, ReadingFlags flags)
    {
        StalenessPolicy policy = new(new StalenessOptions { Mode = mode });
        StalenessGuardrail guardrail = new("x", new SilenceLimits(2 * S, 3 * S), policy);
        guardrail.Touch(T0);
        guardrail.Advance(T0 + (5 * S));
        Assert.Equal((level, flags), (guardrail.Level, guardrail.Read().Flags));
    }

    [Theory]
    [InlineData("always", 5 * S)]
    [InlineData("fx", 40 * 3600 * S)]
    [InlineData("halves", 30 * 3600 * S)]
    public void Laws_RandomHistories_Hold(string calendar, long longestStep) => GuardrailLaws.Check(
        () => Feed(calendar),
        (guardrail, at, random) =>
        {
            if (random.Next(10) < 8) ((StalenessGuardrail)guardrail).Touch(at);
            else if (random.Next(2) == 0) guardrail.StartAnew(at);
            else guardrail.Advance(at);
        },
        T0, longestStep, seeds: 150);

#if !MUTATION // takes seconds, which thousands of mutants cannot have
    [Fact]
    public void Touch_AnyTime_NeverThrows()
    {
        long[] times = [long.MinValue, long.MinValue + 1, -T0, -1, 0, 1, T0, long.MaxValue - 1, long.MaxValue];
        foreach (string calendar in (string[])["always", "fx", "halves"])
        {
            foreach (long first in times)
            {
                foreach (long second in times)
                {
                    StalenessGuardrail guardrail = Feed(calendar);
                    guardrail.Touch(first);
                    guardrail.Touch(second);
                    if (second < T0 * 2) guardrail.Advance(second);
                    Assert.Equal(GuardrailKind.Staleness, guardrail.Read().Guardrail);
                }
            }
        }
    }
#endif

    [Theory]
    [InlineData("always")]
    [InlineData("fx")]
    public void Touch_Always_AllocatesNothing(string calendar)
    {
        StalenessGuardrail guardrail = Feed(calendar);
        Assert.Equal(0, GuardrailLaws.AllocatedBy(i => guardrail.Touch(T0 + (i * 300 * Ms))));
    }

    private static long At(string time) =>
        (DateTimeOffset.Parse(time, CultureInfo.InvariantCulture) - DateTimeOffset.UnixEpoch).Ticks * 100;

    private static StalenessGuardrail Feed(string calendar = "always")
    {
        StalenessOptions options = new() { Calendar = calendar };
        CalendarOptions halves = new();
        halves.Sessions.AddRange(["Mon 09:00 - Mon 12:00", "Mon 13:00 - Mon 17:00", "Wed 00:00 - Thu 24:00"]);
        halves.Holidays.AddRange(["2023-04-05", "2023-04-10T10:00 - 2023-04-10T14:00"]);
        options.Calendars["halves"] = halves;
        return new StalenessGuardrail("bookTicker", new SilenceLimits(2 * S, 3 * S), new StalenessPolicy(options));
    }
}
