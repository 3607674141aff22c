using System.Collections.Concurrent;
using Guardian.Contracts;
using Guardian.Grains.Guarding;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Streams;

namespace Guardian.Grains.Streams;

/// <summary>
/// Gathers the summaries of a silo's guardians and publishes them, per session, at most every 250 ms.
/// </summary>
/// <remarks>
/// Guardians hand over their newest summary without waiting; only the newest of each is sent. Every summary is sent
/// again every <see cref="Repeat"/>, so that one lost on a stream is made good. Thread-safe.
/// </remarks>
public sealed partial class SummaryPublisher(
    IClusterClient client, SiloClock clock, TimeProvider time, ILogger<SummaryPublisher> logger) : BackgroundService
{
    private const int LargestBatch = 200;

    private readonly ConcurrentDictionary<string, GuardianSummary> _fresh = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, GuardianSummary> _newest = new(StringComparer.Ordinal);

    /// <summary>Gets the shortest time between two batches.</summary>
    public static TimeSpan Period { get; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Gets how often every summary is sent again.</summary>
    public static TimeSpan Repeat { get; } = TimeSpan.FromSeconds(2);

    /// <summary>Hands a summary over; an unsent older one of the same symbol is replaced.</summary>
    public void Offer(GuardianSummary summary)
    {
        _newest[summary.Summary.Symbol] = summary;
        _fresh[summary.Summary.Symbol] = summary;
    }

    /// <summary>Stops repeating a symbol that has gone.</summary>
    public void Withdraw(string symbol)
    {
        _newest.TryRemove(symbol, out _);
        _fresh.TryRemove(symbol, out _);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        long lastRepeat = time.GetTimestamp();
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (time.GetElapsedTime(lastRepeat) >= Repeat)
            {
                lastRepeat = time.GetTimestamp();
                foreach ((string symbol, GuardianSummary summary) in _newest) _fresh.TryAdd(symbol, summary);
            }

            await PublishAsync();
        }
    }

    private async Task PublishAsync()
    {
        if (_fresh.IsEmpty) return;
        var taken = new List<GuardianSummary>();
        foreach (string symbol in _fresh.Keys)
        {
            if (_fresh.TryRemove(symbol, out GuardianSummary? summary)) taken.Add(summary);
        }

        IEnumerable<IGrouping<string, GuardianSummary>> sessions = taken.GroupBy(SessionOf, StringComparer.Ordinal);
        foreach (IGrouping<string, GuardianSummary> session in sessions)
        {
            foreach (GuardianSummary[] batch in session.Chunk(LargestBatch)) await SendAsync(session.Key, batch);
        }
    }

    private async Task SendAsync(string session, GuardianSummary[] batch)
    {
        try
        {
            await client.GetStreamProvider(StreamNames.Provider)
                .GetStream<SummaryBatch>(StreamId.Create(StreamNames.Summaries, session))
                .OnNextAsync(new SummaryBatch(batch, clock.Timestamp));
        }
        catch (Exception error)
        {
            LogLost(error, batch.Length, session);
        }
    }

    private static string SessionOf(GuardianSummary summary) =>
        SymbolName.TryParse(summary.Summary.Symbol, out SymbolName name, out _) ? name.Session : SymbolName.Live;

    [LoggerMessage(
        1201, LogLevel.Warning, "{Count} summaries of session {Session} were not sent; the next make it good.")]
    private partial void LogLost(Exception error, int count, string session);
}
