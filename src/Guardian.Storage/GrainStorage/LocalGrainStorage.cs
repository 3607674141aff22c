using Guardian.Storage.Local;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Runtime.Hosting;
using Orleans.Serialization;
using Orleans.Serialization.Serializers;
using Orleans.Storage;

namespace Guardian.Storage.GrainStorage;

/// <summary>Orleans grain storage in the local file; a write is durable before it returns.</summary>
/// <remarks>
/// Thread-safe. ETags rise with the file and never come twice, so that a stale writer is refused also after a clear.
/// A damaged record is logged, reported and read as missing, with its ETag, so that the guardian starts anyway.
/// </remarks>
/// <param name="file">The opened local file.</param>
/// <param name="serializer">Orleans' binary serializer.</param>
/// <param name="activators">Makes empty states.</param>
/// <param name="logger">Where to log.</param>
public sealed class LocalGrainStorage(
    LocalFile file,
    Serializer serializer,
    IActivatorProvider activators,
    ILogger<LocalGrainStorage> logger) : IGrainStorage
{
    /// <inheritdoc/>
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        string id = grainId.ToString();
        List<(string Etag, byte[] Payload, long Checksum)> rows = file.Read(session => session.Query(
            "select etag, payload, checksum from records where state_name = $0 and grain_id = $1",
            row => (row.GetString(0), row.GetFieldValue<byte[]>(1), row.GetInt64(2)),
            stateName,
            id));
        bool good = rows.Count > 0 && Seal.Of(stateName, id, rows[0].Payload) == rows[0].Checksum;
        if (rows.Count > 0 && !good)
        {
            StorageLog.DamagedRecord(logger, id, stateName);
            file.ReportDamage($"Invariant: record {stateName} of {id} is damaged: its checksum differs.");
        }

        grainState.State = good ? serializer.Deserialize<T>(rows[0].Payload) : Empty<T>();
        grainState.ETag = rows.Count > 0 ? rows[0].Etag : null!;
        grainState.RecordExists = good;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        string id = grainId.ToString();
        string key = grainId.Key.ToString()!;
        string? expected = grainState.ETag;
        byte[] payload = serializer.SerializeToArray(grainState.State);
        long seal = Seal.Of(stateName, id, payload);
        string etag = await file.WriteAsync(
            database =>
            {
                Check(database.Session, stateName, id, expected);
                string next = database.NextEtag();
                database.Session.Execute(
                    "insert or replace into records values($0, $1, $2, $3, $4, $5)",
                    stateName,
                    id,
                    key,
                    next,
                    payload,
                    seal);
                CrashPoint.Reached(CrashPoint.RecordWritten);
                return next;
            },
            payload.Length);
        grainState.ETag = etag;
        grainState.RecordExists = true;
    }

    /// <inheritdoc/>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        string id = grainId.ToString();
        string? expected = grainState.ETag;
        await file.WriteAsync(
            database =>
            {
                Check(database.Session, stateName, id, expected);
                return database.Session.Execute(
                    "delete from records where state_name = $0 and grain_id = $1", stateName, id);
            },
            0);
        grainState.State = Empty<T>();
        grainState.ETag = null!;
        grainState.RecordExists = false;
    }

    private static void Check(SqliteSession session, string stateName, string id, string? expected)
    {
        string? stored = session.Scalar(
            "select etag from records where state_name = $0 and grain_id = $1", stateName, id) as string;
        if (string.Equals(stored, string.IsNullOrEmpty(expected) ? null : expected, StringComparison.Ordinal)) return;
        throw new InconsistentStateException(
            $"Condition failed: record {stateName} of {id} has another version; a newer activation has written it.",
            stored ?? "none",
            expected ?? "none");
    }

    private T Empty<T>() => activators.GetActivator<T>().Create();
}

/// <summary>Registers the grain storage of the local file.</summary>
public static class LocalGrainStorageExtensions
{
    /// <summary>Adds grain storage in the local file under a name.</summary>
    /// <param name="silo">The silo; <c>AddGuardianStorage</c> has been called on its services.</param>
    /// <param name="name">The provider's name.</param>
    /// <returns>The silo.</returns>
    public static ISiloBuilder AddLocalGrainStorage(this ISiloBuilder silo, string name)
    {
        silo.Services.AddGrainStorage(
            name, static (services, _) => ActivatorUtilities.CreateInstance<LocalGrainStorage>(services));
        return silo;
    }
}
