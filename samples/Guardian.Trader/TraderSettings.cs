namespace Guardian.Trader;

/// <summary>What the trader trades. Immutable.</summary>
/// <param name="Symbols">The symbols, in turn.</param>
/// <param name="Pause">From one order to the next.</param>
internal sealed record TraderSettings(IReadOnlyList<string> Symbols, TimeSpan Pause);
