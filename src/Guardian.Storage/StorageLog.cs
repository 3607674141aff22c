using Microsoft.Extensions.Logging;

namespace Guardian.Storage;

/// <summary>Log messages of the storage, ids 3000 to 3999.</summary>
internal static partial class StorageLog
{
    [LoggerMessage(3000, LogLevel.Information, "Opened {Path}: {Entries} journal entries up to position {Position}.")]
    public static partial void Opened(ILogger logger, string path, long entries, long position);

    [LoggerMessage(3001, LogLevel.Critical,
        "{Path} can't be used any more ({Problem}); it was set aside as {SetAside}, and a new one begun with "
        + "{Rows} rows saved from it.")]
    public static partial void SetAside(ILogger logger, string path, string problem, string setAside, int rows);

    [LoggerMessage(3002, LogLevel.Error, "Writing {Path} failed, next try in {Delay}: {Problem}")]
    public static partial void WriteFailed(ILogger logger, string path, TimeSpan delay, string problem);

    [LoggerMessage(3003, LogLevel.Information, "Writing {Path} works again.")]
    public static partial void WriteRecovered(ILogger logger, string path);

    [LoggerMessage(3004, LogLevel.Error, "A listener or completion on the writer's thread threw.")]
    public static partial void ListenerThrew(ILogger logger, Exception exception);

    [LoggerMessage(3005, LogLevel.Critical, "Closing {Path} lost {Entries} entries that could not be written.")]
    public static partial void LostAtClose(ILogger logger, string path, int entries);

    [LoggerMessage(3006, LogLevel.Critical, "Damaged row refused: {Problem}")]
    public static partial void Damaged(ILogger logger, string problem);

    [LoggerMessage(3007, LogLevel.Error, "Trimming {Path} failed: {Problem}")]
    public static partial void TrimFailed(ILogger logger, string path, string problem);

    [LoggerMessage(3008, LogLevel.Critical, "Saving rows from {Path} stopped: {Problem}")]
    public static partial void SalvageStopped(ILogger logger, string path, string problem);

    [LoggerMessage(3009, LogLevel.Error,
        "An entry of {Symbol} with {Events} events has {Bytes} bytes, the limit is {Limit} (MaximumEntryBytes): "
        + "it goes unrecorded.")]
    public static partial void EntryTooLarge(ILogger logger, string symbol, int events, int bytes, int limit);

    [LoggerMessage(3010, LogLevel.Warning, "How far {Path} was written can't be noted beside it: {Problem}")]
    public static partial void NotMarked(ILogger logger, string path, string problem);

    [LoggerMessage(3011, LogLevel.Warning, "The size of {Path} can't be measured: {Problem}")]
    public static partial void NotMeasured(ILogger logger, string path, string problem);

    [LoggerMessage(3100, LogLevel.Error, "Tier {Tier} can't be written, next try in {Delay}: {Problem}")]
    public static partial void TierFailed(ILogger logger, string tier, TimeSpan delay, string problem);

    [LoggerMessage(3101, LogLevel.Information, "Tier {Tier} is written again.")]
    public static partial void TierRecovered(ILogger logger, string tier);

    [LoggerMessage(3102, LogLevel.Critical, "Tier {Tier} parked journal row {Position} of {Symbol}: {Reason}")]
    public static partial void Parked(ILogger logger, string tier, long position, string symbol, string reason);

    [LoggerMessage(3103, LogLevel.Warning,
        "Tier {Tier} came back with less than it had: it is fed again from position {Wanted}, not {Cursor}.")]
    public static partial void TierRewound(ILogger logger, string tier, long cursor, long wanted);

    [LoggerMessage(3200, LogLevel.Critical, "The record of {Grain} ({State}) is damaged and read as missing.")]
    public static partial void DamagedRecord(ILogger logger, string grain, string state);

    [LoggerMessage(3201, LogLevel.Error, "Grain storage in {Store} can't be used: {Problem}")]
    public static partial void GrainStorageAway(ILogger logger, string store, string problem);

    [LoggerMessage(3202, LogLevel.Information, "Grain storage in {Store} can be used.")]
    public static partial void GrainStorageOpen(ILogger logger, string store);

    [LoggerMessage(3400, LogLevel.Information, "Redis {Version} at {EndPoint} is used.")]
    public static partial void RedisReached(ILogger logger, string endPoint, string version);

    [LoggerMessage(3401, LogLevel.Error, "{Problem}. Trading goes on; it is tried again.")]
    public static partial void RedisAway(ILogger logger, string problem);

    [LoggerMessage(3405, LogLevel.Debug, "Channel {Channel} of Redis is not heard yet: {Problem}")]
    public static partial void RedisUnheard(ILogger logger, string channel, string problem);

    [LoggerMessage(3402, LogLevel.Warning,
        "Redis at {EndPoint} was restarted or emptied: what is newest is written to it again.")]
    public static partial void RedisAnew(ILogger logger, string endPoint);

    [LoggerMessage(3403, LogLevel.Error, "A newest value of {Symbol} was refused by Redis and dropped: {Problem}")]
    public static partial void HotDropped(ILogger logger, string symbol, string problem);

    [LoggerMessage(3404, LogLevel.Error, "An entry of the halt board in Redis is damaged and left out: {Id}")]
    public static partial void HaltDamaged(ILogger logger, string id);

    [LoggerMessage(3300, LogLevel.Information, "Audit head of {Writer}: entry {Number} with hash {Hash}.")]
    public static partial void AuditHead(ILogger logger, string writer, long number, string hash);

    [LoggerMessage(3301, LogLevel.Error, "{Entries} audit entries can't be written, next try in {Delay}: {Problem}")]
    public static partial void AuditFailed(ILogger logger, int entries, TimeSpan delay, string problem);

    [LoggerMessage(3302, LogLevel.Critical, "An audit entry was lost: {Actor} did {Action} to {Target}: {Reason}")]
    public static partial void AuditLost(ILogger logger, string actor, string action, string target, string reason);

    [LoggerMessage(3303, LogLevel.Warning, "The audit entry of {Action} of {Target} is not durable after {Patience}.")]
    public static partial void AuditSlow(ILogger logger, string action, string target, TimeSpan patience);

    [LoggerMessage(3500, LogLevel.Information, "{Store} at {EndPoint} is used.")]
    public static partial void PostgresReady(ILogger logger, string store, string endPoint);

    [LoggerMessage(3501, LogLevel.Error, "An entry of the halt board in PostgreSQL is damaged and left out: {Id}")]
    public static partial void SharedHaltDamaged(ILogger logger, string id);

    [LoggerMessage(3502, LogLevel.Error, "The halt board in PostgreSQL can't be read: {Problem}")]
    public static partial void SharedHaltsAway(ILogger logger, string problem);

    [LoggerMessage(3510, LogLevel.Warning,
        "TimescaleDB at {EndPoint} is offered and was not made ({Problem}): plain partitions are used.")]
    public static partial void TimescaleNotMade(ILogger logger, string endPoint, string problem);

    [LoggerMessage(3519, LogLevel.Warning,
        "The schema in PostgreSQL at {EndPoint} is newer ({Script}), and says that this program works with it.")]
    public static partial void SchemaNewer(ILogger logger, string endPoint, string script);

    [LoggerMessage(3511, LogLevel.Warning, "Upkeep of {Store} at {EndPoint} failed and is tried again: {Problem}")]
    public static partial void UpkeepFailed(ILogger logger, string store, string endPoint, string problem);

    [LoggerMessage(3512, LogLevel.Information, "Retention of {Store} at {EndPoint} dropped {Parts} days of events.")]
    public static partial void PartsDropped(ILogger logger, string store, string endPoint, int parts);
}
