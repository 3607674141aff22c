using System.Globalization;
using Guardian.Contracts;

namespace Guardian.Grains.Clients;

/// <summary>What a silo makes of the contract a client speaks. Pure.</summary>
public static class ContractRule
{
    /// <summary>Longest name of a program, characters.</summary>
    public const int LongestName = 200;

    /// <summary>Judges a client by what this program speaks.</summary>
    public static ClientReception Judge(ClientIntroduction client) =>
        Judge(client, ContractVersion.Oldest, ContractVersion.Current);

    /// <summary>Judges a client.</summary>
    /// <param name="client">What it said.</param>
    /// <param name="oldest">The oldest contract that is served.</param>
    /// <param name="current">The silo's own.</param>
    public static ClientReception Judge(ClientIntroduction client, int oldest, int current)
    {
        bool served = client.Contract >= oldest;
        string? problem = null;
        if (!served)
        {
            problem = string.Create(
                CultureInfo.InvariantCulture,
                $"Condition failed: client {client.Program} speaks contract {client.Contract}; silos serve {oldest} to "
                + $"{current}. Build it with the silos' version of Guardian.Client.");
        }
        else if (client.Contract > current)
        {
            problem = string.Create(
                CultureInfo.InvariantCulture,
                $"Client {client.Program} speaks contract {client.Contract}; silos speak {current} and may not know "
                + $"all that it asks for. Upgrade the silos before the clients.");
        }

        return new ClientReception { Contract = current, Served = served, Problem = problem };
    }

    /// <summary>Says what is wrong with an introduction; null when nothing is.</summary>
    public static string? Error(ClientIntroduction client)
    {
        if (string.IsNullOrEmpty(client.Program) || client.Program.Length > LongestName)
        {
            return $"Condition failed: program has {client.Program?.Length ?? 0} characters; it takes 1 to "
                + $"{LongestName}.";
        }

        return client.Program.Any(char.IsControl)
            ? "Condition failed: program has a control character; none is allowed."
            : null;
    }
}
