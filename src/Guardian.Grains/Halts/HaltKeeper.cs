using System.Threading.Channels;
using Guardian.Contracts;
using Guardian.Storage.Halts;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Guardian.Grains.Halts;

/// <summary>
/// Looks wherever halts may turn up as soon as one says so, and every 250 ms; stores again what does not rest, forgets
/// what is old.
/// </summary>
/// <remarks><see cref="Poll"/> runs on one thread at a time.</remarks>
public sealed partial class HaltKeeper : BackgroundService
{
    private const int TurnsBetweenForgetting = 14_400;

    private readonly HaltBoard _board;
    private readonly KillFile _killFile;
    private readonly IHaltSource[] _sources;
    private readonly TimeProvider _time;
    private readonly ILogger<HaltKeeper> _logger;
    private readonly Dictionary<IHaltSource, long> _seen = [];
    private readonly HashSet<IHaltSource> _failing = [];
    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private int _turns;

    /// <summary>Initializes the keeper; the board has loaded the store already.</summary>
    public HaltKeeper(
        HaltBoard board,
        IHaltStore store,
        KillFile killFile,
        IEnumerable<IHaltSource> sources,
        TimeProvider time,
        ILogger<HaltKeeper> logger)
    {
        (_board, _killFile, _time, _logger) = (board, killFile, time, logger);
        _sources = [killFile, .. sources];
        if (store is not IHaltSource own) return;
        _sources = [own, .. _sources];
        _seen[own] = own.Version;
    }

    /// <summary>Gets how often it looks.</summary>
    public static TimeSpan Period { get; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Looks once; never throws and never waits for a store that is away.</summary>
    public void Poll()
    {
        _killFile.Watch();
        foreach (IHaltSource source in _sources)
        {
            try
            {
                Take(source);
                if (_failing.Remove(source)) LogHeardAgain(source.Name);
            }
            catch (Exception error)
            {
                if (_failing.Add(source)) LogUnheard(error, source.Name);
            }
        }

        if (++_turns % TurnsBetweenForgetting != 0) return;
        int forgotten = _board.ForgetOldTombstones();
        if (forgotten > 0) LogForgotten(forgotten);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (IHaltSource source in _sources) source.OnChanged(() => _news.Writer.TryWrite(true));
        using var timer = new PeriodicTimer(Period, _time);
        Task<bool> tick = timer.WaitForNextTickAsync(stoppingToken).AsTask();
        Task news = _news.Reader.ReadAsync(stoppingToken).AsTask();
        Task storing = Task.CompletedTask;
        while (true)
        {
            Poll();
            if (storing.IsCompleted)
            {
                await storing;
                storing = _board.StoreUndurableAsync(); // A place that is away does not hold up what others tell.
            }

            await Task.WhenAny(tick, news);
            if (news.IsCompleted)
            {
                await news;
                news = _news.Reader.ReadAsync(stoppingToken).AsTask();
            }

            if (!tick.IsCompleted) continue;
            if (!await tick) return;
            tick = timer.WaitForNextTickAsync(stoppingToken).AsTask();
        }
    }

    // The version is read first: what comes in between is seen again, never missed.
    private void Take(IHaltSource source)
    {
        long version = source.Version;
        if (!source.IsRead) return;
        if (_seen.TryGetValue(source, out long seen) && seen == version) return;
        IReadOnlyList<Hold> read = source.Read();
        _board.Adopt(read);
        // What a place lacks that should have it: its file was begun anew, its server came back empty or older.
        if (source is IHaltPlace) _board.Refill(read);
        _seen[source] = version;
    }

    [LoggerMessage(1120, LogLevel.Error, "Halts of the {Source} could not be read; it is tried again.")]
    private partial void LogUnheard(Exception error, string source);

    [LoggerMessage(1121, LogLevel.Information, "Halts of the {Source} can be read again.")]
    private partial void LogHeardAgain(string source);

    [LoggerMessage(1122, LogLevel.Information, "Forgot {Count} tombstones of more than 30 days.")]
    private partial void LogForgotten(int count);
}
