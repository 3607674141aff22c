using System.Globalization;
using System.Text.Json.Nodes;
using Guardian.Testing;
using Guardian.Testing.Processes;
using Guardian.Testing.Servers;

namespace Guardian.EndToEnd.Tests.Faults;

/// <summary>Whether Redis has what the silo says.</summary>
internal static class RedisLook
{
    private const string Prefix = "guardian:{guardian}:v1:";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Waits until L1 is healthy, without a lag, and the newest of each symbol is what the guardian says, in the hash
    /// and in the stream.
    /// </summary>
    internal static async Task RightAsync(
        SiloProcess silo, RedisServer redis, CancellationToken stop, params string[] symbols)
    {
        await Phase.ReachAsync(
            "L1 is healthy and lacks nothing",
            Soon,
            async () => await FaultLook.TierAsync(silo, "L1", stop),
            tier => (bool)tier["healthy"]! && (long)tier["lagEvents"]! == 0,
            stop);
        foreach (string symbol in symbols)
        {
            await Phase.ReachAsync(
                $"the newest of {symbol} is in Redis",
                Soon,
                async () =>
                {
                    JsonNode verdict = await silo.Http.GetAsync($"symbols/{symbol}", stop);
                    string hash = await redis.CommandAsync(stop, "HGET", $"{Prefix}newest:{symbol}", "vx");
                    string stream = await redis.CommandAsync(
                        stop, "XREVRANGE", $"{Prefix}events:{symbol}", "+", "-", "COUNT", "1");
                    return (Said: (long)verdict["sequence"]!, Hash: Sequence(hash), Stream: LastSequence(stream));
                },
                now => now.Hash == now.Said && now.Stream == now.Said,
                stop);
        }
    }

    // The head of an entry: version, epoch, first sequence, count, …
    private static long LastSequence(string answer)
    {
        string? head = Lines(answer).SkipWhile(line => line != "head").Skip(2).FirstOrDefault();
        if (head?.Split(' ') is not { Length: > 4 } words) return -1;
        return long.Parse(words[2], CultureInfo.InvariantCulture) + long.Parse(words[3], CultureInfo.InvariantCulture)
            - 1;
    }

    private static long Sequence(string order) =>
        long.TryParse(
            Lines(order)[^1].Split('.')[^1], NumberStyles.None, CultureInfo.InvariantCulture, out long sequence)
            ? sequence
            : -1;

    private static string[] Lines(string answer) => answer.TrimEnd().Split("\r\n");
}
