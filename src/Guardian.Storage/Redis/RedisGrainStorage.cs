using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Runtime.Hosting;
using Orleans.Serialization;
using Orleans.Serialization.Serializers;
using Orleans.Storage;
using StackExchange.Redis;

namespace Guardian.Storage.Redis;

/// <summary>Orleans grain storage in Redis, for silos without PostgreSQL: written by compare-and-set.</summary>
/// <remarks>
/// Thread-safe. The ETag is a version that rises with every write and also by a clear, so that it orders writers and a
/// stale one is refused. A call ends after the connection's deadline. A damaged record is read as missing, with its
/// ETag.
/// </remarks>
/// <param name="redis">The way to Redis.</param>
/// <param name="serializer">Orleans' binary serializer.</param>
/// <param name="activators">Makes empty states.</param>
/// <param name="logger">Where to log.</param>
public sealed class RedisGrainStorage(
    RedisConnection redis,
    Serializer serializer,
    IActivatorProvider activators,
    ILogger<RedisGrainStorage> logger) : IGrainStorage
{
    /// <inheritdoc/>
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        string id = grainId.ToString();
        RedisValue[] found = await redis.CallAsync(d =>
            d.HashGetAsync(redis.Keys.Record(stateName, id), ["version", "payload", "checksum"]));
        byte[]? payload = found[1];
        bool good = payload is not null && found[2].TryParse(out long seal) && Seal.Of(stateName, id, payload) == seal;
        if (payload is not null && !good) StorageLog.DamagedRecord(logger, id, stateName);
        grainState.State = good ? serializer.Deserialize<T>(payload!) : Empty<T>();
        grainState.ETag = payload is null ? null! : found[0].ToString();
        grainState.RecordExists = good;
    }

    /// <inheritdoc/>
    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        string id = grainId.ToString();
        byte[] payload = serializer.SerializeToArray(grainState.State);
        long version = await PutAsync(stateName, id, grainState.ETag, payload, Seal.Of(stateName, id, payload));
        grainState.ETag = version.ToString(CultureInfo.InvariantCulture);
        grainState.RecordExists = true;
    }

    /// <inheritdoc/>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await PutAsync(stateName, grainId.ToString(), grainState.ETag, [], 0);
        grainState.State = Empty<T>();
        grainState.ETag = null!;
        grainState.RecordExists = false;
    }

    private async Task<long> PutAsync(string stateName, string id, string? expected, byte[] payload, long seal)
    {
        RedisResult answer = await redis.CallAsync(d => d.ScriptEvaluateAsync(
            RedisScripts.PutRecord,
            [redis.Keys.Record(stateName, id)],
            [expected ?? string.Empty, payload, seal]));
        long version = (long)answer;
        if (version > 0) return version;
        throw new InconsistentStateException(
            $"Condition failed: record {stateName} of {id} has another version; a newer activation has written it.",
            (-version - 1).ToString(CultureInfo.InvariantCulture),
            string.IsNullOrEmpty(expected) ? "none" : expected);
    }

    private T Empty<T>() => activators.GetActivator<T>().Create();
}

/// <summary>Registers the grain storage of Redis.</summary>
public static class RedisGrainStorageExtensions
{
    /// <summary>Adds grain storage in Redis under a name.</summary>
    /// <param name="silo">The silo; <c>AddGuardianRedis</c> has been called on its services.</param>
    /// <param name="name">The provider's name.</param>
    /// <returns>The silo.</returns>
    public static ISiloBuilder AddRedisGrainStorage(this ISiloBuilder silo, string name)
    {
        silo.Services.AddGrainStorage(
            name, static (services, _) => ActivatorUtilities.CreateInstance<RedisGrainStorage>(services));
        return silo;
    }
}
