using Guardian.Storage.Journal;

namespace Guardian.Storage.History;

/// <summary>A journal row that a tier could not store, kept with the reason. Immutable.</summary>
/// <param name="Tier">The tier.</param>
/// <param name="Position">Its position in the journal.</param>
/// <param name="Symbol">The guardian's key.</param>
/// <param name="At">Wall time of parking, Unix nanoseconds.</param>
/// <param name="Reason">Why, in words.</param>
/// <param name="Payload">The packed events; empty when they could not be read.</param>
public sealed record ParkedRow(string Tier, long Position, string Symbol, long At, string Reason, byte[] Payload);

/// <summary>Keeps what tiers could not store.</summary>
/// <remarks>Thread-safe. The task ends when the row is durable.</remarks>
public interface IParkedStore
{
    /// <summary>Parks a row; the same row twice is one.</summary>
    Task ParkAsync(ParkedRow row);

    /// <summary>Reads what is parked, by tier and position; the first thousand.</summary>
    IReadOnlyList<ParkedRow> Load();
}
