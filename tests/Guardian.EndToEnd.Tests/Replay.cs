using System.Text.Json.Nodes;
using Guardian.Testing.Processes;

namespace Guardian.EndToEnd.Tests;

/// <summary>Replays recordings by the command line.</summary>
internal static class Replay
{
    /// <summary>Gets the midnight of the incident, 2023-04-05, in Unix seconds.</summary>
    public const long IncidentMidnight = 1_680_652_800;

    /// <summary>Gets the midnight of the skewed clock, 2024-07-19, in Unix seconds.</summary>
    public const long SkewedMidnight = 1_721_347_200;

    /// <summary>Gets the recording of the incident.</summary>
    public const string Incident = "feed/binance_incident_20230405_btc.csv.gz";

    /// <summary>Gets the recording of the skewed clock.</summary>
    public const string Skewed = "feed/binance_skewed_clock_20240719_btc_eth.csv.gz";

    /// <summary>Tells the arguments of a replay.</summary>
    public static string[] Arguments(SiloProcess silo, string session, params string[] rest) =>
        ["replay", "--session", session, "--producer", session, "--output", "json", "--gateway", silo.Gateway, .. rest];

    /// <summary>Replays to the end; asserts that every row was taken.</summary>
    public static async Task<JsonNode> RunAsync(
        SiloProcess silo, string session, CancellationToken cancellationToken, params string[] rest) =>
        Taken(await GuardianCli.RunAsync(cancellationToken, Arguments(silo, session, rest)));

    /// <summary>Reads a replay's summary; asserts that every row was taken.</summary>
    public static JsonNode Taken(ProcessResult result)
    {
        Assert.True(result.Code == 0, $"replay: {result}");
        JsonNode summary = JsonNode.Parse(result.Out)!;
        Assert.Equal(0, (long)summary["badRowCount"]!);
        JsonNode counts = summary["observations"]!;
        Assert.Equal(0, (long)counts["refused"]!);
        Assert.Equal((long)counts["written"]!, (long)counts["durable"]!);
        return summary;
    }

    /// <summary>Writes the rows of a feed up to a moment into a file of their own.</summary>
    /// <param name="recording">The feed.</param>
    /// <param name="until">The moment in Unix seconds, exclusive.</param>
    /// <param name="file">Where to.</param>
    /// <returns>The number of rows.</returns>
    public static int Cut(string recording, long until, string file)
    {
        string end = $"{until}000000000";
        string[] lines = [.. Guardian.Testing.Recordings.ReadLines(recording)
            .TakeWhile(l => !char.IsAsciiDigit(l[0]) || string.CompareOrdinal(l, end) < 0)];
        File.WriteAllLines(file, lines);
        return lines.Length - 1;
    }
}
