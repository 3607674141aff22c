using System.Diagnostics;
using System.Net;
using Guardian.EndToEnd.Tests.Faults;
using Guardian.Testing;
using Guardian.Testing.Processes;

namespace Guardian.EndToEnd.Tests.Clusters;

/// <summary>Watches one silo take another's guardians over: asks all symbols, and keeps the load going.</summary>
/// <param name="load">The load; its front is the silo that is left.</param>
/// <param name="held">Symbols that are held: an order that passes there is a wrong decision.</param>
internal sealed class Takeover(LosslessLoad load, IReadOnlySet<string> held)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly Dictionary<string, double> _first = new(StringComparer.Ordinal);
    private Dictionary<string, string> _before = [];

    /// <summary>Gets how many checks were answered.</summary>
    public int Answered { get; private set; }

    /// <summary>Gets what was not answered, or answered wrongly.</summary>
    public List<string> Failed { get; } = [];

    /// <summary>Gets what was answered wrongly: an order that passed though its symbol is held.</summary>
    public List<string> Wrong { get; } = [];

    /// <summary>Gets the seconds to the first right decision of each symbol that was taken over, rising.</summary>
    public double[] Seconds { get; private set; } = [];

    /// <summary>Ends a silo, and asks until every symbol is decided rightly again.</summary>
    /// <param name="end">Ends it, at once or in order.</param>
    /// <param name="stop">Ends the wait.</param>
    public async Task WatchAsync(Func<Task> end, CancellationToken stop)
    {
        _before = await EpochsAsync(stop);
        long start = Stopwatch.GetTimestamp();
        Task ending = end();
        using PeriodicTimer timer = new(Pause, TimeProvider.System);
        int rounds = 0;
        // All of them at least three times: the first answers may come from before the end is known.
        while (!ending.IsCompleted || rounds++ < 3 || _first.Count < load.Symbols.Count())
        {
            if (Stopwatch.GetElapsedTime(start) > Longest)
                throw new TimeoutException($"Not decided again: {string.Join('\n', Failed.TakeLast(5))}");
            if (ending.IsCompleted && rounds == 1) _first.Clear();
            await Task.WhenAll(load.Symbols.Select(symbol => AskAsync(symbol, start, stop)));
            await load.TryRoundAsync(stop);
            await timer.WaitForNextTickAsync(stop);
        }

        await ending;
        Dictionary<string, string> after = await EpochsAsync(stop);
        Seconds = [.. _first.Where(f => after[f.Key] != _before[f.Key]).Select(f => f.Value).Order()];
    }

    /// <summary>Reads the epoch of each symbol.</summary>
    public async Task<Dictionary<string, string>> EpochsAsync(CancellationToken stop)
    {
        Dictionary<string, string> epochs = new(StringComparer.Ordinal);
        foreach (string symbol in load.Symbols)
        {
            epochs[symbol] = await Phase.ReachAsync(
                $"{symbol} tells its epoch",
                Longest,
                async () => (string)(await load.Front.Http.GetAsync($"symbols/{symbol}", stop))["epoch"]!,
                epoch => epoch.Length > 0,
                stop);
        }

        return epochs;
    }

    private async Task AskAsync(string symbol, long start, CancellationToken stop)
    {
        string? failure = null;
        bool wrong = false;
        try
        {
            HttpAnswer answer = await load.Front.Http.PostAsync(
                "check", new { symbol, orderId = "probe", side = "Buy", quantity = 1 }, stop);
            bool decided = answer.Status == HttpStatusCode.OK;
            wrong = decided && (bool)answer.Body!["allowed"]! == held.Contains(symbol);
            if (!decided || wrong) failure = $"{symbol}: {answer}";
        }
        catch (HttpRequestException error)
        {
            failure = $"{symbol}: {error.Message}";
        }

        lock (_first)
        {
            if (wrong) Wrong.Add(failure!);
            if (failure is not null)
            {
                Failed.Add(failure);
                return;
            }

            Answered++;
            _first.TryAdd(symbol, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
    }
}
