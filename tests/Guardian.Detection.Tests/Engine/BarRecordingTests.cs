using System.Globalization;
using Guardian.Detection.Breaker;
using Guardian.Detection.Engine;
using Guardian.Detection.Events;
using Guardian.Testing;

namespace Guardian.Detection.Tests.Engine;

/// <summary>Minutes of real markets through the engine under the profile of bars.</summary>
public sealed class BarRecordingTests
{
    [Fact]
    public void Bars_BtcMinutesOfJanuary2022_TripInTheCrashAndNotBefore()
    {
        Transition[] seen = Run("drift/btc_perp_1m_202201.csv.gz");
        Transition[] breaches = [.. seen.Where(t => t.Guardrail == GuardrailKind.Drift && t.To == "Breach")];
        Assert.Equal("2022-01-21 13:51", At(breaches[0]));
        Assert.Equal(2, breaches.Length);
        Transition trip = seen.First(t => t.Guardrail == GuardrailKind.Breaker);
        Assert.Equal(("Closed", "Open", "2022-01-21 15:31"), (trip.From, trip.To, At(trip)));
        Reason reason = Assert.Single(trip.Reasons);
        Assert.Equal(
            ("drift.psi", "return", "psi", 1_440L), (reason.Code, reason.Subject, reason.Unit, reason.SampleCount));
        Assert.True(reason.Value >= reason.Limit && reason.Limit >= 0.25, $"{reason}");
        // χ² at 0.999 with nine degrees of freedom, 27.877, by (1/7200 + 1/1440).
        Assert.Equal(0.02323, reason.NoiseLine, 1e-5);
        Transition last = seen.Last(t => t.Guardrail == GuardrailKind.Drift && t.From == "Breach");
        Assert.True(string.CompareOrdinal(At(last), "2022-01-29") < 0, At(last));
        Assert.Equal("Closed", seen.Last(t => t.Guardrail == GuardrailKind.Breaker).To);
    }

    [Fact]
    public void Bars_UsdJpyMinutesOfFebruary2013_TripTwice()
    {
        Transition[] trips =
        [
            .. Run("drift/usdjpy_1m_bid_2013.csv.gz")
                .Where(t => t is { Guardrail: GuardrailKind.Breaker, From: "Closed", To: "Open" }),
        ];
        Assert.Equal("2013-02-19 2013-02-26", string.Join(' ', trips.Select(t => At(t)[..10])));
        Assert.Equal([1L, 2L], trips.Select(t => t.Episode));
    }

    private static Transition[] Run(string recording)
    {
        if (!Recordings.TryFind(recording, out string? path, out string? reason)) Assert.Skip(reason);
        var engine = new GuardianEngine(EngineBench.Policy("bars"));
        var seen = new Collector();
        double last = double.NaN;
        foreach (string line in Recordings.ReadLines(path!).Skip(1))
        {
            string[] fields = line.Split(',');
            long at = DateTimeOffset.Parse(fields[0], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal)
                .ToUnixTimeMilliseconds() * 1_000_000;
            double close = double.Parse(fields[4], CultureInfo.InvariantCulture);
            if (!double.IsNaN(last))
                engine.Apply(new Observation(ObservationKind.Feature, at, "return", Math.Log(close / last)), seen);
            last = close;
        }

        Transition[] transitions = [.. seen.Transitions];
        foreach (Transition t in transitions.Where(t => t.Guardrail == GuardrailKind.Breaker || t.To == "Breach"))
            TestContext.Current.TestOutputHelper?.WriteLine($"{At(t)} {t.Guardrail} {t.From} {t.To} {t.Episode}");
        return transitions;
    }

    private static string At(Transition transition) =>
        DateTimeOffset.FromUnixTimeMilliseconds(transition.At / 1_000_000)
            .ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
