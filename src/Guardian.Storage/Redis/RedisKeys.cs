using System.Globalization;
using Guardian.Contracts;
using StackExchange.Redis;

namespace Guardian.Storage.Redis;

/// <summary>Names everything that is kept in Redis. Immutable.</summary>
/// <remarks>The braces keep all keys of one service in one slot of a Redis cluster; <c>v1</c> is the form's version.
/// </remarks>
/// <param name="serviceId">Whose keys they are.</param>
public sealed class RedisKeys(string serviceId)
{
    /// <summary>Gets what every key begins with.</summary>
    public string Prefix { get; } = $"guardian:{{{serviceId}}}:v1:";

    /// <summary>Gets what says that the data is the data we know.</summary>
    public RedisKey Marker => Prefix + "marker";

    /// <summary>Gets what is written to see whether writing works.</summary>
    public RedisKey Probe => Prefix + "probe";

    /// <summary>Gets the halt board: id to entry.</summary>
    public RedisKey Halts => Prefix + "halts";

    /// <summary>Gets the number that rises with every change of the halt board.</summary>
    public RedisKey HaltsVersion => Prefix + "halts:version";

    /// <summary>Gets the writers of newest events: silo to position in its journal.</summary>
    public RedisKey Writers => Prefix + "writers";

    /// <summary>Gets the channel of changes of the halt board: the new version.</summary>
    public RedisChannel HaltsChanged => RedisChannel.Literal(Prefix + "halts:changed");

    /// <summary>Gets the directory of symbols, sessions and producers that silos share.</summary>
    public RedisKey Directory => Prefix + "directory";

    /// <summary>Gets the number that rises with every change of the directory.</summary>
    public RedisKey DirectoryVersion => Prefix + "directory:version";

    /// <summary>Gets the channel of changes of the directory: the new version.</summary>
    public RedisChannel DirectoryChanged => RedisChannel.Literal(Prefix + "directory:changed");

    /// <summary>Gets the channel of changed trading states: <c>symbol state epoch sequence</c>.</summary>
    public RedisChannel StatesChanged => RedisChannel.Literal(Prefix + "states");

    /// <summary>Gets the newest verdict and snapshot of a symbol.</summary>
    public RedisKey Newest(string symbol) => $"{Prefix}newest:{symbol}";

    /// <summary>Gets the newest events of a symbol.</summary>
    public RedisKey Events(string symbol) => $"{Prefix}events:{symbol}";

    /// <summary>Gets a session's portfolio summary.</summary>
    public RedisKey Portfolio(string session) => $"{Prefix}portfolio:{session}";

    /// <summary>Gets a grain's record.</summary>
    public RedisKey Record(string state, string grain) => $"{Prefix}record:{state}:{grain}";

    /// <summary>Writes epoch and sequence so that a comparison of texts is one of numbers, in any language.</summary>
    public static string Order(Epoch epoch, long sequence) => string.Create(
        CultureInfo.InvariantCulture, $"{epoch.Number:D19}.{unchecked((uint)epoch.Generation):D10}.{sequence:D19}");

    /// <summary>Reads what <see cref="Order"/> wrote.</summary>
    /// <returns>Whether it could be read.</returns>
    public static bool TryReadOrder(string? text, out Epoch epoch, out long sequence)
    {
        (epoch, sequence) = (default, 0);
        string[]? parts = text?.Split('.');
        if (parts is not { Length: 3 }
            || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            || !uint.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out uint generation)
            || !long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out sequence))
            return false;
        epoch = new Epoch(number, unchecked((int)generation));
        return true;
    }

    /// <summary>Gets the stream's id of an entry: it rises with the epoch and within it.</summary>
    /// <exception cref="OverflowException">The epoch's number does not fit 32 bits.</exception>
    public static string EventId(Epoch epoch, long firstSequence)
    {
        ulong high = ((ulong)checked((uint)epoch.Number) << 32) | unchecked((uint)epoch.Generation);
        return string.Create(CultureInfo.InvariantCulture, $"{high}-{firstSequence}");
    }
}
