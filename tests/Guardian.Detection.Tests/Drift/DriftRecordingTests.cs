using System.Globalization;
using Guardian.Detection.Drift;
using Guardian.Testing;

namespace Guardian.Detection.Tests.Drift;

public sealed class DriftRecordingTests
{
    private sealed record Episode(
        DateTimeOffset Entered, DateTimeOffset? Confirmed, DateTimeOffset? Ended, double Peak);

    [Fact]
    public void Bars_BtcMinutesOfJanuary2022_BreachInTheCrashAndNotBefore()
    {
        List<Episode> episodes = Run("drift/btc_perp_1m_202201.csv.gz");
        Assert.All(episodes, e => Assert.NotNull(e.Confirmed));
        Assert.Equal(At("2022-01-21T13:51"), episodes[0].Entered);
        Assert.Equal(At("2022-01-21T15:31"), episodes[0].Confirmed);
        Assert.Equal(2, episodes.Count);
        Assert.True(episodes[^1].Ended < At("2022-01-29T00:00"), $"{episodes[^1]}");
    }

    [Fact]
    public void Bars_UsdJpyMinutesOfFebruary2013_BreachTwice()
    {
        List<Episode> episodes = Run("drift/usdjpy_1m_bid_2013.csv.gz");
        Assert.Equal(2, episodes.Count);
        Assert.All(episodes, e => Assert.NotNull(e.Confirmed));
        Assert.All(episodes, e => Assert.NotNull(e.Ended));
        Assert.Equal(19, episodes[0].Confirmed!.Value.Day);
        Assert.Equal(0.27, episodes[0].Peak, 0.005);
        Assert.Equal(26, episodes[1].Confirmed!.Value.Day);
        Assert.Equal(0.42, episodes[1].Peak, 0.005);
    }

    /// <summary>Log returns of the closes through the settings of the profile; the peak is over every minute.</summary>
    private static List<Episode> Run(string recording)
    {
        if (!Recordings.TryFind(recording, out string? path, out string? reason)) Assert.Skip(reason);
        DriftGuardrail drift = new("return", DriftPolicy.From(DriftOptions.Bars()));
        List<Episode> episodes = [];
        double? last = null;
        double peakOfDay = 0;
        DateTimeOffset day = default;
        bool breached = false;
        foreach (string line in Recordings.ReadLines(path!).Skip(1))
        {
            string[] fields = line.Split(',');
            DateTimeOffset at = DateTimeOffset.Parse(
                fields[0], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
            double close = double.Parse(fields[4], CultureInfo.InvariantCulture);
            if (last is { } before) drift.Record(at.ToUnixTimeMilliseconds() * 1_000_000, Math.Log(close / before));
            last = close;
            if (at.Date != day.Date) (day, peakOfDay) = (at, 0);
            if (drift.Read().Code == "drift.psi") peakOfDay = Math.Max(peakOfDay, drift.MeasureNow());
            if (drift.Level == Level.Breach)
            {
                if (!breached) episodes.Add(new Episode(at, null, null, peakOfDay));
                Episode open = episodes[^1];
                DateTimeOffset? confirmed = open.Confirmed ?? (drift.Confirmed ? at : null);
                episodes[^1] = open with { Confirmed = confirmed, Peak = Math.Max(open.Peak, peakOfDay) };
            }
            else if (breached)
            {
                episodes[^1] = episodes[^1] with { Ended = at };
            }

            breached = drift.Level == Level.Breach;
        }

        foreach (Episode episode in episodes)
            TestContext.Current.TestOutputHelper?.WriteLine($"{recording}: {episode}");
        return episodes;
    }

    private static DateTimeOffset At(string time) =>
        DateTimeOffset.Parse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
