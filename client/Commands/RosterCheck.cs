using Guardian.Client;
using Guardian.Contracts;

namespace Guardian.Cli.Commands;

/// <summary>Tells symbols that nobody guards from guarded ones: asking would bring a guardian to life.</summary>
internal static class RosterCheck
{
    /// <summary>Finds which of these symbols are guarded, and names the others on the error output.</summary>
    public static async Task<string[]> GuardedAsync(Invocation invocation, IGuardianClient client, string[] keys)
    {
        Dictionary<string, HashSet<string>> rosters = new(StringComparer.Ordinal);
        List<string> guarded = [];
        foreach (string key in keys)
        {
            _ = SymbolName.TryParse(key, out SymbolName name, out _);
            if (!rosters.TryGetValue(name.Session, out HashSet<string>? roster))
            {
                RosterEntry[] entries = await client.GetRosterAsync(name.Session);
                rosters[name.Session] = roster = new(entries.Select(e => e.Symbol), StringComparer.Ordinal);
            }

            if (roster.Contains(key)) guarded.Add(key);
            else invocation.WriteError(
                $"Condition failed: {key} is not on the roster of session {name.Session}; 'guardian status' lists it.");
        }

        return [.. guarded];
    }

    /// <summary>Whether all of these symbols are guarded; names the others on the error output.</summary>
    public static async Task<bool> AllGuardedAsync(Invocation invocation, IGuardianClient client, string[] keys) =>
        (await GuardedAsync(invocation, client, keys)).Length == keys.Length;
}
