using Guardian.Contracts;
using Guardian.Storage;
using Guardian.Storage.History;
using Guardian.Storage.Verifying;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Guardian.Grains.History;

/// <summary>Compares the tiers in the background, seldom; what differs is an alert until it is equal again.</summary>
/// <remarks>Repairs nothing by itself: a person looks first.</remarks>
public sealed partial class ConsistencyKeeper(
    StoreVerifier verifier,
    IHistoryStore history,
    StorageOptions options,
    TimeProvider time,
    ILogger<ConsistencyKeeper> logger) : BackgroundService
{
    /// <summary>Gets the pause between two comparisons.</summary>
    public static TimeSpan Period { get; } = TimeSpan.FromMinutes(15);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Period, time, stoppingToken);
            try
            {
                VerifyReport report = history is ISharedHistory shared
                    ? await verifier.VerifyAsync(shared, options.DataFolder, false, false, stoppingToken)
                    : await Task.Run(() => verifier.Verify(options.DataFolder, deep: false), stoppingToken);
                if (!report.Equal) LogDiffers(report.Count, report.Differences[0].Problem);
            }
            catch (Exception error) when (error is StorageUnavailableException or DataFolderException)
            {
                LogNotCompared(error.Message);
            }
        }
    }

    [LoggerMessage(1502, LogLevel.Error, "The tiers have {Count} differences, the first: {Problem}.")]
    private partial void LogDiffers(long count, string problem);

    [LoggerMessage(1503, LogLevel.Warning, "The tiers could not be compared, it is tried again later: {Problem}")]
    private partial void LogNotCompared(string problem);
}
