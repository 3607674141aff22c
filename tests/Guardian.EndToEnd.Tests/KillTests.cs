using System.Net;
using System.Text.Json.Nodes;
using Guardian.Contracts;
using Guardian.Testing;
using Guardian.Testing.Processes;

namespace Guardian.EndToEnd.Tests;

/// <summary>Kill −9 of the silo, with everything going on by itself afterwards.</summary>
public sealed class KillTests : EndToEndTest
{
    private const string Symbol = "BTCUSDT.usdm";

    private static readonly TimeSpan Progress = TimeSpan.FromSeconds(60);

    private static readonly string[] Observed = ["observation", "transition"];

    [Fact]
    public async Task Replay_KilledMidway_GoesOnAndEndsAsAnUninterruptedRun()
    {
        string file = TempFile("cut.csv");
        // Beyond the end of the second episode.
        Replay.Cut(Recording(Replay.Incident), Replay.IncidentMidnight + 125, file);
        int seed = Random.Shared.Next();
        Random random = new(seed);
        Say($"seed {seed}");
        SiloProcess silo = await StartSiloAsync();
        await Replay.RunAsync(silo, "whole", Stop, file);
        string[] whole = await LinesAsync(silo, "whole");
        string verdict = await VerdictAsync(silo, "whole");
        Assert.Contains("episode=2", verdict, StringComparison.Ordinal);

        // Within the first episode, and anywhere else, with a second kill right after the first start.
        (double From, double To, int Kills)[] rounds = [(4, 60, 1), (-60, 100, 2)];
        for (int round = 0; round < rounds.Length; round++)
        {
            double moment = rounds[round].From + (random.NextDouble() * (rounds[round].To - rounds[round].From));
            (string session, string where) = (string.Empty, string.Empty);
            bool felt = false;
            // A busy machine may have everything durable before the kill comes: then once more, slower.
            for (int speed = 32; !felt && speed >= 2; speed /= 4)
            {
                session = $"killed-{round}-{speed}";
                where = $"seed {seed}, session {session}, killed from {moment:0.000} s on";
                felt = await ReplayKilledAsync(silo, session, file, moment, rounds[round].Kills, speed, where);
            }

            Assert.True(felt, $"{where}: the replay felt nothing");
            string ended = await VerdictAsync(silo, session);
            Assert.True(ended == verdict, $"{where}:\n{verdict}\n{ended}");
            string[] lines = await LinesAsync(silo, session);
            for (int i = 0; i < Math.Min(whole.Length, lines.Length); i++)
                Assert.True(whole[i] == lines[i], $"{where}: event {i}:\n{whole[i]}\n{lines[i]}");
            Assert.True(whole.Length == lines.Length, $"{where}: {lines.Length} events, {whole.Length} uninterrupted");
        }
    }

    [Fact]
    public async Task PortfolioHold_KilledSilo_IsThereAgainBeforeAnyoneCalls()
    {
        SiloProcess silo = await StartSiloAsync();
        ProcessResult held = await CliAsync(
            silo, 0, "hold", "--portfolio", "--id", "stop-1", "--reason", "exchange notice", "--actor", "ana",
            "--output", "json");
        Assert.Equal("stop-1", (string?)JsonNode.Parse(held.Out)!["id"]);
        await silo.Kill9Async();
        await silo.StartAsync(Stop);

        JsonNode hold = Assert.Single(await silo.Http.ItemsAsync("holds", Stop));
        Assert.Equal(
            ("stop-1", "ana", "exchange notice"),
            ((string?)hold["id"], (string?)hold["actor"], (string?)hold["reason"]));
        JsonNode denied = await CheckAsync(silo);
        Assert.False((bool)denied["allowed"]!);
        Assert.Equal("Halted", (string?)denied["tradingState"]);
        Assert.Contains("exchange notice", denied["reasons"]!.ToJsonString(), StringComparison.Ordinal);

        await CliAsync(silo, 0, "release", "stop-1", "--reason", "notice withdrawn", "--actor", "ben");
        await silo.Kill9Async();
        await silo.StartAsync(Stop);
        Assert.Empty(await silo.Http.ItemsAsync("holds", Stop));
        Assert.True((bool)(await CheckAsync(silo))["allowed"]!);
        Assert.Equal(0, await silo.StopAsync(Stop));
    }

    private static async Task<bool> ReplayKilledAsync(
        SiloProcess silo, string session, string file, double moment, int kills, int speed, string where)
    {
        await using ChildProcess replay =
            GuardianCli.Start(Replay.Arguments(silo, session, file, "--speed", $"{speed}"));
        await Phase.ReachAsync(
            $"{where}: the history reaches that moment",
            Progress,
            async () => replay.HasEnded || await NewestAsync(silo, session) >= moment,
            Stop);
        for (int kill = 0; kill < kills; kill++)
        {
            if (kill == 0 && replay.HasEnded) return false;
            await silo.Kill9Async();
            await silo.StartAsync(Stop);
        }

        JsonNode summary = Replay.Taken(await replay.EndAsync(Progress, Stop));
        return (long)summary["observations"]!["failures"]! > 0;
    }

    private static async Task<double> NewestAsync(SiloProcess silo, string session)
    {
        IReadOnlyList<JsonNode> newest = await silo.Http.ItemsAsync(
            $"symbols/{Symbol}@{session}/history?limit=1&newestFirst=true&kind=observation", Stop);
        return newest.Count == 0
            ? double.MinValue
            : EventHistory.SecondsAfter(newest[0].AsObject(), Replay.IncidentMidnight);
    }

    private static async Task<string[]> LinesAsync(SiloProcess silo, string session) => EventHistory.Lines(
        (await EventHistory.ReadAsync(silo, $"{Symbol}@{session}", Stop)).Of(Observed),
        "symbol", "epoch", "sequence", "receivedAt");

    private static async Task<string> VerdictAsync(SiloProcess silo, string session)
    {
        JsonNode verdict = await silo.Http.GetAsync($"symbols/{Symbol}@{session}", Stop);
        return Assert.Single(EventHistory.Lines([verdict.AsObject()], "symbol", "epoch", "sequence", "provenance"));
    }

    private static async Task<JsonNode> CheckAsync(SiloProcess silo)
    {
        HttpAnswer answer = await silo.Http.PostAsync(
            "check", new { symbol = "BTCUSDT", orderId = "o-1", side = nameof(OrderSide.Buy), quantity = 1 }, Stop);
        Assert.True(answer.Status == HttpStatusCode.OK, $"{answer}");
        return answer.Body!;
    }
}
