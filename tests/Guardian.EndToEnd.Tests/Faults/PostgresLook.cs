using Guardian.Testing;
using Guardian.Testing.Processes;
using Guardian.Testing.Servers;

namespace Guardian.EndToEnd.Tests.Faults;

/// <summary>Whether PostgreSQL has what the silo says.</summary>
internal static class PostgresLook
{
    private const string Whole =
        "select count(*) = count(distinct sequence) and count(*) = max(sequence) - min(sequence) + 1 "
        + "from guardian.events group by symbol, epoch_number, epoch_generation";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Waits until L2 is healthy, without a lag, and the newest of each symbol is what the guardian says; then no event
    /// is missing or there twice by (symbol, epoch, sequence).
    /// </summary>
    internal static async Task RightAsync(
        SiloProcess silo, PostgresServer postgres, CancellationToken stop, params string[] symbols)
    {
        await Phase.ReachAsync(
            "L2 is healthy and lacks nothing",
            Soon,
            async () => await FaultLook.TierAsync(silo, "L2", stop),
            tier => (bool)tier["healthy"]! && (long)tier["lagEvents"]! == 0,
            stop);
        foreach (string symbol in symbols)
        {
            await Phase.ReachAsync(
                $"the newest of {symbol} is in PostgreSQL",
                Soon,
                async () => (
                    Said: (string?)(await silo.Http.GetAsync($"symbols/{symbol}", stop))["sequence"]?.ToString(),
                    Stored: await SqlAsync($"select max(sequence) from guardian.events where symbol = '{symbol}'")),
                now => now.Said == now.Stored,
                stop);
        }

        string whole = await SqlAsync(Whole);
        Assert.All(whole.Split('\n'), line => Assert.Equal("t", line));

        Task<string> SqlAsync(string sql) => postgres.SqlAsync(PostgresFault.Database, sql, stop);
    }
}
