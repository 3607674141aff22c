using Guardian.Contracts;
using Guardian.Grains.Guarding;
using Microsoft.Extensions.Logging;

namespace Guardian.Grains.Clients;

/// <summary>Keeps in memory which clients there are: they say so again every minute.</summary>
[GrainType("guardian-clients")]
public sealed partial class ClientsGrain(SiloClock clock, ILogger<ClientsGrain> logger) : Grain, IClientsGrain
{
    private const int Most = 1_000;
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(3);

    private readonly SortedDictionary<string, (ClientProgram Program, long At)> _clients =
        new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public Task<ClientReception> Introduce(ClientIntroduction client)
    {
        if (ContractRule.Error(client) is { } error)
            return Task.FromResult(new ClientReception { Contract = ContractVersion.Current, Problem = error });
        ClientReception reception = ContractRule.Judge(client);
        Forget();
        bool isKnown = _clients.TryGetValue(client.Program, out (ClientProgram Program, long At) known);
        if (!isKnown && _clients.Count >= Most) return Task.FromResult(reception);
        bool isNews = !string.Equals(known.Program?.Problem, reception.Problem, StringComparison.Ordinal);
        if (isNews && reception.Problem is { } problem) LogOther(problem);
        _clients[client.Program] = (
            new ClientProgram { Client = client, SeenAt = clock.Timestamp, Problem = reception.Problem }, clock.Now);
        return Task.FromResult(reception);
    }

    /// <inheritdoc/>
    public Task<ClientProgram[]> GetClients()
    {
        Forget();
        return Task.FromResult(_clients.Values.Select(client => client.Program).ToArray());
    }

    private void Forget()
    {
        long before = clock.Now - (Remembered.Ticks * 100);
        string[] gone = [.. _clients.Where(client => client.Value.At < before).Select(client => client.Key)];
        foreach (string name in gone) _clients.Remove(name);
    }

    [LoggerMessage(1701, LogLevel.Warning, "{Problem}")]
    private partial void LogOther(string problem);
}
