using System.Net;
using System.Text.Json.Nodes;
using Guardian.Detection.Engine;
using Guardian.Detection.Events;
using Guardian.Detection.Options;
using Guardian.Testing;
using Guardian.Testing.Processes;
using Timestamp = Guardian.Contracts.Timestamp;

namespace Guardian.EndToEnd.Tests.Faults;

/// <summary>A lossless producer and an operator at work on a silo that dies; remembers what was acknowledged.</summary>
/// <remarks>
/// Every observation carries its own number as its value, in microseconds. After a restart nothing that was durable may
/// be missing or doubled, no hold that was acknowledged as durable, and none that was released.
/// </remarks>
/// <param name="silo">The silo that is asked at first.</param>
/// <param name="name">What its symbols begin with.</param>
/// <param name="symbols">How many symbols, 1 to 26.</param>
internal sealed class LosslessLoad(SiloProcess silo, string name, int symbols = 2)
{
    private const string Stage = "order-ack";
    private const int BatchSize = 10;

    private readonly Feed[] _feeds =
        [.. Enumerable.Range(0, symbols).Select(i => new Feed($"{name}{(char)(65 + i)}"))];
    private readonly HashSet<string> _held = new(StringComparer.Ordinal);
    // A release that died with the silo may have been done or not: both are right.
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);
    private readonly HashSet<string> _released = new(StringComparer.Ordinal);
    private int _round;

    /// <summary>Gets or sets the silo that is asked.</summary>
    public SiloProcess Front { get; set; } = silo;

    /// <summary>Gets the symbols.</summary>
    public IEnumerable<string> Symbols => _feeds.Select(feed => feed.Symbol);

    /// <summary>Gets how many observations were told as durable.</summary>
    public long Durable => _feeds.Sum(feed => feed.Durable);

    /// <summary>Gets how many were sent.</summary>
    public long Sent => _feeds.Sum(feed => feed.Sent);

    /// <summary>Gets how many holds and releases were acknowledged as durable.</summary>
    public int Acknowledged => _held.Count + _released.Count;

    /// <summary>Works until the silo dies, or the time is over.</summary>
    public async Task WorkAsync(TimeSpan atMost, CancellationToken stop)
    {
        long start = TimeProvider.System.GetTimestamp();
        try
        {
            while (!Front.HasEnded && TimeProvider.System.GetElapsedTime(start) < atMost) await RoundAsync(stop);
        }
        catch (HttpRequestException)
        {
            // It died in the middle of a call: what that call asked for was not acknowledged.
        }
        catch (IOException)
        {
            // The same, while its answer was read.
        }
    }

    /// <summary>Sends one batch of each symbol, and now and then holds and releases.</summary>
    public async Task RoundAsync(CancellationToken stop)
    {
        _round++;
        foreach (Feed feed in _feeds) await SendAsync(feed, feed.Sent + 1, feed.Sent + BatchSize, stop);
        if (_round % 3 == 0) await HoldAsync($"{name}-{_round}", stop);
        if (_round % 6 == 0) await ReleaseAsync($"{name}-{_round}", stop);
    }

    /// <summary>
    /// Sends one batch of each symbol as a producer does whose cluster may be in trouble: what is not answered as
    /// accepted is sent again from where it was durable, before anything new.
    /// </summary>
    /// <returns>How many calls failed.</returns>
    public async Task<int> TryRoundAsync(CancellationToken stop)
    {
        int failed = 0;
        foreach (Feed feed in _feeds)
        {
            try
            {
                long next = feed.InDoubt ? feed.Durable + 1 : feed.Sent + 1;
                long end = feed.InDoubt ? Math.Max(feed.Sent, next + BatchSize - 1) : next + BatchSize - 1;
                feed.InDoubt = true;
                for (long from = next; from <= end; from += BatchSize)
                    await SendAsync(feed, from, Math.Min(from + BatchSize - 1, end), stop);
                feed.InDoubt = false;
            }
            catch (Exception error) when (error is HttpRequestException or IOException or Xunit.Sdk.XunitException)
            {
                failed++;
            }
        }

        return failed;
    }

    /// <summary>Goes on until everything that was sent is durable.</summary>
    public async Task DrainedAsync(TimeSpan within, CancellationToken stop) => await Phase.ReachAsync(
        "everything is durable",
        within,
        async () => await TryRoundAsync(stop) == 0 && Sent - Durable <= symbols * 2 * BatchSize,
        stop);

    /// <summary>
    /// Checks after a restart what had been acknowledged, sends again what was not, and checks that all is there once.
    /// </summary>
    /// <param name="stop">Ends the wait.</param>
    /// <param name="verified">Whether its guardians came up without a doubt.</param>
    public async Task VerifyAsync(CancellationToken stop, bool verified = true)
    {
        IReadOnlyList<JsonNode> holds = await Front.Http.ItemsAsync("holds", stop);
        HashSet<string> open = holds.Select(hold => (string)hold["id"]!).ToHashSet(StringComparer.Ordinal);
        string[] lost = [.. _held.Except(_asked, StringComparer.Ordinal).Where(id => !open.Contains(id))];
        Assert.True(lost.Length == 0, $"{name}: acknowledged holds are lost: {string.Join(", ", lost)}");
        string[] back = [.. _released.Where(open.Contains)];
        Assert.True(back.Length == 0, $"{name}: released holds are back: {string.Join(", ", back)}");
        foreach (Feed feed in _feeds.Where(feed => feed.Sent > 0))
        {
            long[] durable = await NumbersAsync(feed, feed.Durable, stop);
            Exact(feed, durable, feed.Durable);
            for (long from = feed.Durable + 1; from <= feed.Sent; from += BatchSize)
                await SendAsync(feed, from, Math.Min(from + BatchSize - 1, feed.Sent), stop);
            long[] all = await NumbersAsync(feed, feed.Sent, stop);
            Exact(feed, all, feed.Sent);
            Assert.True(all.Length == feed.Sent, $"{feed.Symbol}: {all.Length} observations of {feed.Sent}");
            await EqualsTheFoldAsync(feed, verified, stop);
        }
    }

    // What is stored, folded anew in another process, gives what the recovered guardian says.
    private async Task EqualsTheFoldAsync(Feed feed, bool verified, CancellationToken stop)
    {
        JsonNode verdict = await Front.Http.GetAsync($"symbols/{feed.Symbol}", stop);
        Assert.True(
            verified != (bool)verdict["provenance"]!["unverified"]!, $"{feed.Symbol}: {verdict.ToJsonString()}");
        var engine = new GuardianEngine(GuardianPolicy.Default);
        foreach (JsonObject e in await ObservationsAsync(feed, stop))
        {
            long at = (long)(decimal)(EventHistory.SecondsAfter(e, 0) * 1e9);
            engine.Apply(new Observation(ObservationKind.Latency, at, Stage, (double)e["value"]!), Nowhere.Sink);
        }

        // Its windows go on with the time, whatever it took to read all of it back.
        Assert.True(Timestamp.TryParse((string?)verdict["asOf"], out Timestamp asOf), verdict.ToJsonString());
        engine.Advance(asOf.UnixNanoseconds, Nowhere.Sink);
        Detection.Reading folded = engine.Readings().Select(r => r.Reading).Single(IsLatency);
        JsonNode told = verdict["readings"]!.AsArray().Single(r => (string?)r!["guardrail"] == "latency")!;
        double? value = double.IsNaN(folded.Value) ? null : folded.Value;
        Assert.Equal(
            (folded.SampleCount, folded.Level.ToString(), value),
            ((long)told["sampleCount"]!, (string)told["level"]!, (double?)told["value"]));
    }

    private static bool IsLatency(Detection.Reading reading) =>
        string.Equals(GuardianEngine.NameOf(reading.Guardrail), "latency", StringComparison.Ordinal);

    private static void Exact(Feed feed, long[] numbers, long through)
    {
        long[] doubled = [.. numbers.GroupBy(n => n).Where(g => g.Count() > 1).Select(g => g.Key)];
        Assert.True(doubled.Length == 0, $"{feed.Symbol}: doubled {string.Join(", ", doubled.Take(10))}");
        HashSet<long> there = [.. numbers];
        for (long n = 1; n <= through; n++)
            Assert.True(there.Contains(n), $"{feed.Symbol}: {n} was durable (through {through}) and is lost");
    }

    private async Task<long[]> NumbersAsync(Feed feed, long through, CancellationToken stop) => await Phase.ReachAsync(
        $"{feed.Symbol}: {through} observations in the history",
        TimeSpan.FromSeconds(20),
        async () => (await ObservationsAsync(feed, stop))
            .Select(e => (long)Math.Round((double)e["value"]! * 1_000)).ToArray(),
        numbers => numbers.Length >= through,
        stop);

    private async Task<JsonObject[]> ObservationsAsync(Feed feed, CancellationToken stop) =>
    [
        .. (await EventHistory.ReadAsync(Front, feed.Symbol, stop)).Of("observation")
            .Where(e => (string?)e["subject"] == Stage)
            .Where(e => (bool?)e["late"] is not true), // Kept, and folded by nobody.
    ];

    private async Task SendAsync(Feed feed, long from, long through, CancellationToken stop)
    {
        if (feed.Epoch == 0)
        {
            HttpAnswer opened = await Front.Http.PostAsync($"producers/{feed.Symbol}", body: null, stop);
            Assert.True(opened.Status == HttpStatusCode.OK, $"{opened}");
            feed.Epoch = (long)opened.Body!["epoch"]!;
        }

        object[] items =
        [
            .. Enumerable.Range(0, (int)(through - from + 1))
                .Select(i => (object)new { kind = "latency", subject = Stage, value = (from + i) / 1_000.0 }),
        ];
        feed.Sent = Math.Max(feed.Sent, through);
        HttpAnswer answer = await Front.Http.PostAsync(
            "observations",
            new
            {
                symbol = feed.Symbol,
                producer = feed.Symbol,
                producerEpoch = feed.Epoch,
                firstSequence = from,
                items,
            },
            stop);
        Assert.True(answer.Status == HttpStatusCode.OK, $"{feed.Symbol} {from} to {through}: {answer}");
        feed.Durable = Math.Max(feed.Durable, (long)answer.Body!["durableThrough"]!);
    }

    private async Task HoldAsync(string id, CancellationToken stop)
    {
        HttpAnswer answer = await Front.Http.PostAsync(
            "holds", new { id, scope = "strategy", key = "none", actor = "ana", reason = "a crash is near" }, stop);
        Assert.True(answer.Status == HttpStatusCode.OK, $"{answer}");
        if (Rests(answer)) _held.Add(id);
    }

    private async Task ReleaseAsync(string id, CancellationToken stop)
    {
        _asked.Add(id);
        HttpAnswer answer = await Front.Http.PostAsync(
            $"holds/{id}/release", new { actor = "ben", reason = "it is over" }, stop);
        Assert.True(answer.Status == HttpStatusCode.OK, $"{answer}");
        if (Rests(answer)) _released.Add(id);
    }

    private static bool Rests(HttpAnswer answer) =>
        !string.Equals((string?)answer.Body!["durable"], "None", StringComparison.OrdinalIgnoreCase);

    private sealed class Feed(string symbol)
    {
        public string Symbol { get; } = symbol;

        public long Epoch { get; set; }

        public long Sent { get; set; }

        public long Durable { get; set; }

        public bool InDoubt { get; set; }
    }

    private sealed class Nowhere : IFoldSink
    {
        public static Nowhere Sink { get; } = new();

        public void Write(long sequence, in Observation observation)
        {
        }

        public void Write(long sequence, GuardianEvent guardianEvent)
        {
        }
    }
}
