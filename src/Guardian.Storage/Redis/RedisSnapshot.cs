using System.Buffers.Binary;
using Guardian.Contracts;
using Guardian.Storage.Checkpoints;
using Guardian.Storage.Hot;

namespace Guardian.Storage.Redis;

/// <summary>A snapshot as bytes in Redis: version, checksum over everything it says, time, payload.</summary>
internal static class RedisSnapshot
{
    private const byte Version = 1;
    private const int HeadBytes = 17;

    internal static byte[] Write(Checkpoint snapshot)
    {
        byte[] bytes = new byte[HeadBytes + snapshot.Payload.Length];
        bytes[0] = Version;
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(1), Seal.Of(snapshot));
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(9), snapshot.At);
        snapshot.Payload.CopyTo(bytes.AsSpan(HeadBytes));
        return bytes;
    }

    internal static HotSnapshot Read(string symbol, Epoch epoch, long sequence, byte[] bytes)
    {
        string name = $"snapshot {epoch}/{sequence} of {symbol} in Redis";
        if (bytes.Length < HeadBytes) return new HotSnapshot(null, $"{name}: it has {bytes.Length} bytes, too few");
        if (bytes[0] != Version)
            return new HotSnapshot(null, $"{name}: its version is {bytes[0]}, this program reads {Version}");
        long seal = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(1));
        long at = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(9));
        var snapshot = new Checkpoint(symbol, epoch, sequence, at, bytes[HeadBytes..]);
        return Seal.Of(snapshot) == seal
            ? new HotSnapshot(snapshot, null)
            : new HotSnapshot(null, $"{name}: its checksum differs");
    }
}
