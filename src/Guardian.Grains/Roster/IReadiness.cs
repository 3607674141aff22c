namespace Guardian.Grains.Roster;

/// <summary>Whether the silo has recovered what it must guard. Thread-safe.</summary>
public interface IReadiness
{
    /// <summary>Gets whether every guardian of the roster is awake.</summary>
    bool IsReady { get; }

    /// <summary>Gets why it is not ready, in words; empty when it is.</summary>
    string Reason { get; }
}
