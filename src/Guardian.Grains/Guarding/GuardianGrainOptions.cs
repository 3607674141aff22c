using Guardian.Contracts;

namespace Guardian.Grains.Guarding;

/// <summary>How guardian grains run.</summary>
public sealed class GuardianGrainOptions
{
    /// <summary>Gets or sets whether a symbol that reports without being on the roster is put there.</summary>
    /// <value>Default true.</value>
    public bool AutoRegister { get; set; } = true;

    /// <summary>Gets or sets what a guardian answers that came up without being able to tell its halts.</summary>
    /// <value>Default Active: persistence never blocks trading. A person's reset vouches for the symbol.</value>
    public TradingState OnUnknownState { get; set; } = TradingState.Active;

    /// <summary>Gets or sets the file whose existence holds the portfolio of the live session.</summary>
    /// <value>A path in a folder that is there; default null: none.</value>
    public string? KillFile { get; set; }

    /// <summary>Gets or sets how often a guardian that changed is checkpointed.</summary>
    /// <value>Default 30 s; 1 s to 1 h.</value>
    public TimeSpan CheckpointPeriod { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets or sets how often a guardian that changed writes its record to grain storage, at most.</summary>
    /// <value>Default 5 min; 1 s to 1 day. At deactivation it is written in any case.</value>
    public TimeSpan RecordPeriod { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Gets or sets how soon a guardian that nobody asks acts on a deadline and offers its summary.</summary>
    /// <value>Default 250 ms; 50 ms to 1 s. With many guardians less often (<see cref="GuardianTicker"/>).</value>
    public TimeSpan TickPeriod { get; set; } = TimeSpan.FromMilliseconds(250);
}
