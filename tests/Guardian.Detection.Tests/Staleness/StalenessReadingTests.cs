using System.Globalization;
using Guardian.Detection.Encoding;
using Guardian.Detection.Staleness;

namespace Guardian.Detection.Tests.Staleness;

public sealed class StalenessReadingTests
{
    private const long S = 1_000_000_000;
    private const long T0 = 1_680_652_800 * S;

    [Fact]
    public void Read_BeforeAnySign_HasNoSilence()
    {
        StalenessGuardrail guardrail = Feed();
        guardrail.Advance(T0);
        Assert.False(guardrail.FedByOrders);
        Assert.Equal(Expect(Level.Unknown, double.NaN, 2, samples: 0, since: 0), guardrail.Read());
    }

    [Fact]
    public void Read_EachLevel_NamesTheLimitThatCounts()
    {
        StalenessGuardrail guardrail = Feed();
        guardrail.Touch(T0);
        Assert.Equal(Expect(Level.Healthy, 0, 2, samples: 1, since: T0), guardrail.Read());
        guardrail.Advance(T0 + (2 * S));
        Assert.Equal(Expect(Level.Warning, 2, 2, samples: 1, since: T0 + (2 * S)), guardrail.Read());
        guardrail.Advance(T0 + (4 * S));
        Assert.Equal(Expect(Level.Breach, 4, 3, samples: 1, since: T0 + (3 * S)), guardrail.Read());
    }

    [Fact]
    public void Read_MarketClosed_HasNoSilence()
    {
        // A Saturday.
        long at = Time("2023-04-08T12:00:00Z");
        StalenessGuardrail guardrail = Feed("fx");
        guardrail.Touch(at);
        guardrail.Advance(at + (100 * S));
        Assert.Equal(
            Expect(Level.Unknown, double.NaN, 2, samples: 0, since: at, ReadingFlags.MarketClosed), guardrail.Read());
    }

    [Fact]
    public void Advance_ToAnEarlierTime_ChangesNothing()
    {
        StalenessGuardrail guardrail = Feed();
        guardrail.Touch(T0);
        byte[] before = GuardrailLaws.Bytes(guardrail);
        guardrail.Advance(T0 - (100 * S));
        Assert.Equal(before, GuardrailLaws.Bytes(guardrail));
    }

    [Fact]
    public void ReadState_IntoAUsedGuardrail_ForgetsWhatItHad()
    {
        StalenessGuardrail used = Feed();
        used.Touch(T0);
        used.Touch(T0 + (5 * S));
        StateReader reader = new(GuardrailLaws.Bytes(Feed()));
        used.ReadState(ref reader);
        StalenessGuardrail fresh = Feed();
        fresh.Touch(T0 + (9 * S));
        used.Touch(T0 + (9 * S));
        Assert.Equal(GuardrailLaws.Bytes(fresh), GuardrailLaws.Bytes(used));
        Assert.Equal(fresh.NextDeadline, used.NextDeadline);
    }

    private static Reading Expect(
        Level level, double value, double limit, long samples, long since, ReadingFlags flags = ReadingFlags.None) =>
        new(GuardrailKind.Staleness, "bookTicker", level, value, limit, "s", samples, since, level == Level.Breach,
            "staleness.silent", double.NaN, flags);

    private static long Time(string text) =>
        (DateTimeOffset.Parse(text, CultureInfo.InvariantCulture) - DateTimeOffset.UnixEpoch).Ticks * 100;

    private static StalenessGuardrail Feed(string calendar = "always") => new(
        "bookTicker", new SilenceLimits(2 * S, 3 * S),
        new StalenessPolicy(new StalenessOptions { Calendar = calendar }));
}
