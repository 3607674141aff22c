using Guardian.Contracts;

namespace Guardian.Simulation.Model;

/// <summary>A hold that somebody asked for.</summary>
internal sealed class HaltTruth(string id, Scope scope, string key, TradingState state)
{
    internal string Id => id;

    internal Scope Scope => scope;

    internal string Key => key;

    internal TradingState State => state;

    /// <summary>Gets or sets whether anybody ever asked for its release, answered or not.</summary>
    internal bool ReleaseAsked { get; set; }
}

/// <summary>What one silo has promised about holds.</summary>
internal sealed class SiloPromises
{
    /// <summary>Gets the ids it called held and durable: for ever.</summary>
    internal HashSet<string> HeldForEver { get; } = new(StringComparer.Ordinal);

    /// <summary>Gets the ids it called released and durable: for ever.</summary>
    internal HashSet<string> ReleasedForEver { get; } = new(StringComparer.Ordinal);

    /// <summary>Gets the ids it has known as held in this life.</summary>
    internal HashSet<string> Held { get; } = new(StringComparer.Ordinal);

    /// <summary>Gets the ids it has known as released in this life.</summary>
    internal HashSet<string> Released { get; } = new(StringComparer.Ordinal);

    internal bool MustBeReleased(string id) => ReleasedForEver.Contains(id) || Released.Contains(id);

    internal bool MustBeKnown(string id) => HeldForEver.Contains(id) || Held.Contains(id);

    internal void EndLife()
    {
        Held.Clear();
        Released.Clear();
    }
}
