using System.Globalization;
using Guardian.Detection;
using Guardian.Detection.Engine;
using Guardian.Detection.Events;
using Guardian.Detection.Options;
using Guardian.Testing;

namespace Guardian.Benchmarks.Scoring;

/// <summary>The part of the score sheet about the recordings that lie beside the repository.</summary>
internal static class RecordingSheet
{
    private const long Second = 1_000_000_000;
    private const string Incident = "feed/binance_incident_20230405_btc.csv.gz";
    private const string Skewed = "feed/binance_skewed_clock_20240719_btc_eth.csv.gz";

    private static readonly Source[] All =
    [
        new("incident 2023-04-05, futures", Incident, "feed", path => Feed(path, "usdm", "BTCUSDT")),
        new("incident 2023-04-05, spot on the same host", Incident, "feed", path => Feed(path, "spot", "BTCUSDT")),
        new("skewed clock 2024-07-19, BTC", Skewed, "feed", path => Feed(path, "usdm", "BTCUSDT")),
        new("skewed clock 2024-07-19, ETH", Skewed, "feed", path => Feed(path, "usdm", "ETHUSDT")),
        new("BTC minutes, January 2022", "drift/btc_perp_1m_202201.csv.gz", "bars", Bars),
        new("USDJPY bid minutes, February 2013", "drift/usdjpy_1m_bid_2013.csv.gz", "bars", Bars),
        new("USDJPY ask minutes, February 2013", "drift/usdjpy_1m_ask_2013.csv.gz", "bars", Bars),
    ];

    private static readonly string[] Venues =
    [
        "binance_aws_1_Tokyo", "binance_aws_2_Singapore", "binance_aws_3_London", "binance_aws_4_Frankfurt",
        "binance_aws_5_Canada", "binance_aws_6_Sao_Paolo", "binance_aws_7_UAE", "binance_aws_8_Cape_Town",
        "gate_io_aws_1_Tokyo", "gate_io_aws_2_Osaka", "gate_io_aws_3_Seoul", "gate_io_aws_4_Singapore",
        "htx_aws_1_Tokyo", "htx_aws_2_Osaka", "htx_aws_3_Seoul", "htx_aws_4_Singapore",
    ];

    /// <summary>Writes it; says so where recordings are not there.</summary>
    public static void Write(Sheet sheet)
    {
        sheet.Heading("Recordings");
        sheet.Text(
            "Recordings of others, folded by the engine with a committed profile, each symbol and market on its own. "
            + "Times are UTC. Breaches are listed by guardrail and subject at the time their level was entered; trips "
            + "are the breaker's.");
        List<string[]> rows = [];
        foreach (Source source in All)
        {
            rows.Add(Recordings.TryFind(source.File, out string? path, out string? reason)
                ? Row(source.Name, source.Profile, source.Read(path))
                : [source.Name, source.Profile, reason, "–", "–"]);
        }

        sheet.Table(["recording", "profile", "observations", "breaches", "trips"], rows);
        WriteOrders(sheet);
    }

    private static void WriteOrders(Sheet sheet)
    {
        sheet.Text("Order round trips, profile `orders`; the count window of `order-ack` judges from 100 on:");
        List<string[]> rows = [];
        foreach (string venue in Venues)
        {
            if (!Recordings.TryFind($"orders/{venue}_latency_check.csv.gz", out string? path, out string? reason))
            {
                rows.Add([venue, reason, "–", "–"]);
                continue;
            }

            TransitionSink sink = new();
            GuardianEngine engine = new(Policy("orders"));
            int trips = 0;
            int first = 0;
            double slowest = 0;
            foreach (Observation observation in Orders(path))
            {
                engine.Apply(in observation, sink);
                trips++;
                slowest = Math.Max(slowest, observation.Value);
                if (first == 0 && sink.Breaches.Count > 0) first = trips;
            }

            rows.Add([venue, $"{trips:#,0}", first == 0 ? "none" : $"{first}", $"{slowest / 1000:F1} s"]);
        }

        sheet.Table(["log", "round trips", "first Breach at round trip", "slowest"], rows);
    }

    private static string[] Row(string name, string profile, IEnumerable<Observation> observations)
    {
        TransitionSink sink = new();
        GuardianEngine engine = new(Policy(profile));
        long count = 0;
        foreach (Observation observation in observations)
        {
            engine.Apply(in observation, sink);
            count++;
        }

        string breaches = string.Join("; ", sink.Breaches.Select(
            t => $"{GuardianEngine.NameOf(t.Guardrail)} {t.Subject} {Time(t.At, profile)}"));
        string trips = string.Join("; ", sink.Breaker.Where(t => t.To == "Open").Select(t => Time(t.At, profile)));
        return
        [
            name, $"`{profile}`", $"{count:#,0}", breaches.Length == 0 ? "none" : breaches,
            trips.Length == 0 ? "none" : trips,
        ];
    }

    private static string Time(long at, string profile) => DateTimeOffset.UnixEpoch.AddTicks(at / 100)
        .ToString(profile == "bars" ? "d MMM HH:mm" : "HH:mm:ss.f", CultureInfo.InvariantCulture);

    private static GuardianPolicy Policy(string profile) =>
        GuardianPolicy.TryMake(profile, [], out _)
        ?? throw new InvalidOperationException($"Invariant: profile {profile} is not valid.");

    private static IEnumerable<Observation> Feed(string path, string market, string symbol)
    {
        foreach (string line in Recordings.ReadLines(path).Skip(1))
        {
            string[] cells = line.Split(',');
            string sent = cells[2].Length > 0 ? cells[2] : cells[1];
            if (cells[3] != market || cells[4] != symbol || sent.Length == 0) continue;
            long local = Whole(cells[0]);
            yield return new Observation(
                ObservationKind.Latency, local, cells[5], double.NaN, Whole(sent) * 1_000_000, local);
        }
    }

    private static IEnumerable<Observation> Bars(string path)
    {
        double? last = null;
        foreach (string line in Recordings.ReadLines(path).Skip(1))
        {
            string[] cells = line.Split(',');
            DateTimeOffset at = DateTimeOffset.Parse(
                cells[0], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
            double close = double.Parse(cells[4], CultureInfo.InvariantCulture);
            if (last is { } before)
            {
                yield return new Observation(
                    ObservationKind.Feature, at.ToUnixTimeMilliseconds() * 1_000_000, "return",
                    Math.Log(close / before));
            }

            last = close;
        }
    }

    private static IEnumerable<Observation> Orders(string path)
    {
        const string pending = "PENDING_";
        Dictionary<(string, string), long> sent = [];
        foreach (string line in Recordings.ReadLines(path).Skip(1))
        {
            string[] cells = line.Split(',');
            long at = Whole(cells[0]);
            string status = cells[2].Trim();
            if (status.StartsWith(pending, StringComparison.Ordinal))
            {
                sent.TryAdd((cells[1], status[pending.Length..]), at);
                continue;
            }

            string kind = status switch { "CREATED" => "CREATE", "CANCELED" => "CANCEL", _ => "EXECUTE" };
            if (sent.Remove((cells[1], kind), out long start))
                yield return new Observation(ObservationKind.Latency, at * (Second / 1000), "order-ack", at - start);
        }
    }

    private static long Whole(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private sealed record Source(
        string Name, string File, string Profile, Func<string, IEnumerable<Observation>> Read);

    private sealed class TransitionSink : IFoldSink
    {
        public List<Transition> Breaches { get; } = [];

        public List<Transition> Breaker { get; } = [];

        public void Write(long sequence, in Observation observation)
        {
            // Only what the fold brings forth is told.
        }

        public void Write(long sequence, GuardianEvent guardianEvent)
        {
            if (guardianEvent is not Transition transition) return;
            if (transition.Guardrail == GuardrailKind.Breaker) Breaker.Add(transition);
            else if (transition.To == nameof(Level.Breach)) Breaches.Add(transition);
        }
    }
}
