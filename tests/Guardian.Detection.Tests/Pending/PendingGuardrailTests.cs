using Guardian.Detection.Pending;

namespace Guardian.Detection.Tests.Pending;

public sealed class PendingGuardrailTests
{
    private const long S = 1_000_000_000;
    private const long T0 = 1_680_652_800 * S;

    [Fact]
    public void Report_NothingPending_IsHealthyOnlyOnceReported()
    {
        PendingGuardrail guardrail = Make();
        guardrail.Advance(T0);
        Assert.Equal((Level.Unknown, true), (guardrail.Level, guardrail.FedByOrders));
        guardrail.Report(T0, 0);
        Assert.Equal((Level.Healthy, long.MaxValue), (guardrail.Level, guardrail.NextDeadline));
    }

    [Fact]
    public void Advance_StalledGatewayReportsNoMore_AgesIntoBreach()
    {
        PendingGuardrail guardrail = Make();
        guardrail.Report(T0, 1_000);
        Assert.Equal((Level.Healthy, T0 + (4 * S)), (guardrail.Level, guardrail.NextDeadline));
        guardrail.Advance(T0 + (4 * S) - 1);
        Assert.Equal(Level.Healthy, guardrail.Level);
        guardrail.Advance(T0 + (4 * S));
        Assert.Equal((Level.Warning, false), (guardrail.Level, guardrail.Confirmed));
        guardrail.Advance(T0 + (14 * S) - 1);
        Assert.Equal(Level.Warning, guardrail.Level);
        guardrail.Advance(T0 + (20 * S));
        Assert.Equal(
            new Reading(
                GuardrailKind.Pending, "gate", Level.Breach, 21, 15, "s", 1, T0 + (14 * S), true, "pending.age",
                double.NaN, ReadingFlags.None),
            guardrail.Read());
    }

    [Theory]
    [InlineData(4_999.9, Level.Healthy)]
    [InlineData(5_000, Level.Warning)]
    [InlineData(14_999.9, Level.Warning)]
    [InlineData(15_000, Level.Breach)]
    [InlineData(double.PositiveInfinity, Level.Breach)]
    public void Report_OnTheBound_Judges(double ageMs, Level level)
    {
        PendingGuardrail guardrail = Make();
        guardrail.Report(T0, ageMs);
        Assert.Equal(level, guardrail.Level);
        guardrail.Report(T0, 10);
        Assert.Equal(Level.Healthy, guardrail.Level);
    }

    [Fact]
    public void Report_BreachOff_StaysAWarning()
    {
        PendingGuardrail guardrail = Make(new PendingOptions { Breach = null });
        guardrail.Report(T0, 82_300);
        guardrail.Advance(T0 + (100_000 * S));
        Assert.Equal((Level.Warning, long.MaxValue), (guardrail.Level, guardrail.NextDeadline));
    }

    [Fact]
    public void Report_WarningOff_GoesStraightToBreach()
    {
        PendingGuardrail guardrail = Make(new PendingOptions { Warning = null });
        guardrail.Report(T0, 14_000);
        Assert.Equal((Level.Healthy, T0 + S), (guardrail.Level, guardrail.NextDeadline));
        guardrail.Advance(T0 + S);
        Assert.Equal(Level.Breach, guardrail.Level);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(-1)]
    [InlineData(double.NegativeInfinity)]
    public void Report_BadAge_IsCountedAndNeverHealthy(double ageMs)
    {
        PendingGuardrail guardrail = Make();
        Assert.False(guardrail.Report(T0, ageMs));
        Assert.Equal((Level.Unknown, 1L), (guardrail.Level, guardrail.RefusedCount));
    }

    [Fact]
    public void StartAnew_StillPending_AgesFromZeroAndBreachesAgain()
    {
        PendingGuardrail guardrail = Make();
        guardrail.Report(T0, 20_000);
        guardrail.StartAnew(T0 + S);
        Assert.Equal((Level.Unknown, T0 + (6 * S)), (guardrail.Level, guardrail.NextDeadline));
        guardrail.Advance(T0 + (16 * S));
        Assert.Equal(Level.Breach, guardrail.Level);
    }

    [Fact]
    public void Report_Off_IsNotJudged()
    {
        PendingGuardrail guardrail = Make(new PendingOptions { Mode = GuardrailMode.Off });
        Assert.True(guardrail.Report(T0, 1e9));
        Assert.Equal(Level.Unknown, guardrail.Level);
    }

    [Fact]
    public void Laws_RandomHistories_Hold()
    {
        double[] odd = [double.NaN, -1, double.PositiveInfinity, double.MaxValue, double.Epsilon, 1e300];
        GuardrailLaws.Check(
            () => Make(),
            (guardrail, at, random) =>
            {
                int what = random.Next(12);
                if (what == 0) guardrail.StartAnew(at);
                else if (what == 1) guardrail.Advance(at);
                else if (what == 2) ((PendingGuardrail)guardrail).Report(at, odd[random.Next(odd.Length)]);
                else ((PendingGuardrail)guardrail).Report(at, Math.Max(0, random.Next(-5_000, 20_000)));
            },
            T0, 20 * S, seeds: 300);
    }

    [Fact]
    public void Report_AnyNumbers_NeverThrows()
    {
        long[] times = [long.MinValue, -1, 0, T0, long.MaxValue];
        double[] ages = [double.NaN, double.MinValue, double.Epsilon, 1e18, double.MaxValue, double.PositiveInfinity];
        foreach (long first in times)
        {
            foreach (long second in times)
            {
                foreach (double age in ages)
                {
                    PendingGuardrail guardrail = Make();
                    guardrail.Report(first, age);
                    guardrail.Advance(second);
                    guardrail.Report(second, age);
                    Assert.Equal("pending.age", guardrail.Read().Code);
                }
            }
        }
    }

    [Fact]
    public void Report_Always_AllocatesNothing()
    {
        PendingGuardrail guardrail = Make();
        Assert.Equal(0, GuardrailLaws.AllocatedBy(i => guardrail.Report(T0 + (i * S), i % 20_000)));
    }

    [Theory]
    [InlineData(1, 2, "")]
    [InlineData(0.5, 2, "Pending:Warning = 00:00:00.0005000: must be 00:00:00.0010000 to 1.00:00:00")]
    [InlineData(1, 86_400_000, "")]
    [InlineData(1, 86_400_001, "Pending:Breach = 1.00:00:00.0010000: must be 00:00:00.0010000 to 1.00:00:00")]
    [InlineData(2, 2, "Pending:Breach = 00:00:00.0020000: must be above Pending:Warning (00:00:00.0020000)")]
    public void Validate_Limits_OnTheBound(double warningMs, double breachMs, string errors)
    {
        PendingOptions options = new()
        {
            Warning = TimeSpan.FromMilliseconds(warningMs), Breach = TimeSpan.FromMilliseconds(breachMs),
        };
        Assert.Equal(errors, string.Join(" | ", options.Validate()));
    }

    [Fact]
    public void Validate_UnknownMode_Refuses() => Assert.Equal(
        "Pending:Mode = 9: must be Enforce, Shadow or Off",
        string.Join(" | ", new PendingOptions { Mode = (GuardrailMode)9 }.Validate()));

    private static PendingGuardrail Make(PendingOptions? options = null) =>
        new("gate", new PendingPolicy(options ?? new PendingOptions()));
}
