namespace Guardian.Contracts;

/// <summary>A journal row that a tier could not store: tried alone, then set apart, so that the others flow.</summary>
[GenerateSerializer, Immutable, Alias("guardian.parked-entry")]
public sealed record ParkedEntry
{
    /// <summary>Gets the tier that could not store it.</summary>
    [Id(0)] public required string Tier { get; init; }

    /// <summary>Gets its position in the journal.</summary>
    [Id(1)] public long Position { get; init; }

    /// <summary>Gets the key of its guardian.</summary>
    [Id(2)] public required string Symbol { get; init; }

    /// <summary>Gets when it was set apart.</summary>
    [Id(3)] public Timestamp At { get; init; }

    /// <summary>Gets why, in words.</summary>
    [Id(4)] public required string Reason { get; init; }

    /// <summary>Gets the size of the packed events that are kept, in bytes; 0 where they could not be read.</summary>
    [Id(5)] public int Bytes { get; init; }
}
