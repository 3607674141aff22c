namespace Guardian.Contracts;

/// <summary>The number of the contract that clients and silos speak with each other.</summary>
/// <remarks>
/// It rises when a message or a call means something else than before, or when a client needs one that silos did not
/// have. A field that older programs may do without does not raise it: Orleans' serializer passes over it.
/// </remarks>
public static class ContractVersion
{
    /// <summary>The contract of this program.</summary>
    public const int Current = 1;

    /// <summary>The oldest contract whose clients this program still serves.</summary>
    public const int Oldest = 1;
}

/// <summary>How a client says who it is.</summary>
/// <param name="Program">Which program it is, with its machine and process; 1 to 200 characters.</param>
/// <param name="Contract">The contract it speaks, at least 0.</param>
/// <param name="Build">The version of its client library.</param>
[GenerateSerializer, Immutable, Alias("guardian.client-introduction")]
public sealed record ClientIntroduction(
    [property: Id(0)] string Program, [property: Id(1)] int Contract, [property: Id(2)] string Build);

/// <summary>What a silo says to a client that has said who it is.</summary>
[GenerateSerializer, Immutable, Alias("guardian.client-reception")]
public sealed record ClientReception
{
    /// <summary>Gets the contract the silo speaks.</summary>
    [Id(0)] public int Contract { get; init; }

    /// <summary>Gets whether the silo serves the client.</summary>
    [Id(1)] public bool Served { get; init; }

    /// <summary>Gets what is wrong and what to do; null when nothing is.</summary>
    [Id(2)] public string? Problem { get; init; }
}

/// <summary>A client that said who it is a short while ago.</summary>
[GenerateSerializer, Immutable, Alias("guardian.client-program")]
public sealed record ClientProgram
{
    /// <summary>Gets who it is.</summary>
    [Id(0)] public required ClientIntroduction Client { get; init; }

    /// <summary>Gets when it said so last.</summary>
    [Id(1)] public Timestamp SeenAt { get; init; }

    /// <summary>Gets what is wrong and what to do; null when nothing is.</summary>
    [Id(2)] public string? Problem { get; init; }
}

/// <summary>Knows the clients of the cluster and which contract each speaks. Key: 0.</summary>
[Alias("guardian.IClientsGrain")]
public interface IClientsGrain : IGrainWithIntegerKey
{
    /// <summary>Takes a client's word who it is; each says so at its start and every minute.</summary>
    [Alias("introduce")]
    Task<ClientReception> Introduce(ClientIntroduction client);

    /// <summary>Tells the clients of the last three minutes by name; the first thousand.</summary>
    [Alias("clients")]
    Task<ClientProgram[]> GetClients();
}
