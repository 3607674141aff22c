using System.IO.Hashing;
using System.Runtime.InteropServices;
using Guardian.Storage.Checkpoints;
using Guardian.Storage.Journal;

namespace Guardian.Storage;

/// <summary>Checksums over everything a row says, its identity included, so that a swapped row is found too.</summary>
/// <remarks>XxHash3 over the numbers, then each text, then the payload, each seeded with the hash before it.</remarks>
internal static class Seal
{
    /// <summary>Version of the stored form of rows; part of every checksum.</summary>
    internal const int Version = 1;

    internal static long Of(JournalEntry entry)
    {
        ReadOnlySpan<long> numbers =
        [
            Version, entry.Epoch.Number, entry.Epoch.Generation, entry.FirstSequence, entry.Count, entry.FirstAt,
            entry.LastAt, entry.ReceivedAt, (byte)entry.Class, entry.Producer is null ? 0 : 1, entry.ProducerEpoch,
            entry.ProducerThrough, entry.Payload.Length,
        ];
        return Of(numbers, entry.Symbol, entry.Producer ?? string.Empty, entry.Payload);
    }

    internal static long Of(Checkpoint checkpoint)
    {
        ReadOnlySpan<long> numbers =
        [
            Version, checkpoint.Epoch.Number, checkpoint.Epoch.Generation, checkpoint.Sequence, checkpoint.At,
            checkpoint.Payload.Length,
        ];
        return Of(numbers, checkpoint.Symbol, string.Empty, checkpoint.Payload);
    }

    internal static long Of(string first, string second, ReadOnlySpan<byte> payload) =>
        Of([Version, payload.Length], first, second, payload);

    /// <summary>Ties the checksum of a journal entry to its place.</summary>
    internal static long At(long seal, long position, long through) =>
        Of([seal, position, through], string.Empty, string.Empty, []);

    private static long Of(ReadOnlySpan<long> numbers, string first, string second, ReadOnlySpan<byte> payload)
    {
        ReadOnlySpan<long> lengths = [first.Length, second.Length];
        long hash = Next(MemoryMarshal.AsBytes(numbers), 0);
        hash = Next(MemoryMarshal.AsBytes(lengths), hash);
        hash = Next(MemoryMarshal.AsBytes(first.AsSpan()), hash);
        hash = Next(MemoryMarshal.AsBytes(second.AsSpan()), hash);
        return Next(payload, hash);
    }

    private static long Next(ReadOnlySpan<byte> bytes, long seed) =>
        unchecked((long)XxHash3.HashToUInt64(bytes, seed));
}
