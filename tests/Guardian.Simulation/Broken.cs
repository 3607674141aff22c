namespace Guardian.Simulation;

/// <summary>An invariant does not hold.</summary>
internal sealed class BrokenInvariantException(string invariant, string detail) : Exception($"{invariant}: {detail}")
{
    internal string Invariant { get; } = invariant;

    internal string Detail { get; } = detail;
}

/// <summary>The names of what must always hold.</summary>
internal static class Invariants
{
    internal const string AcknowledgedLost = "acknowledged is never lost";
    internal const string AppliedOnce = "applied once";
    internal const string HaltForgotten = "a halt is never forgotten";
    internal const string ReleasedBack = "a released halt never comes back";
    internal const string Epochs = "epochs rise in every tier";
    internal const string Fold = "recovered state is the fold of what was stored";
    internal const string Bounded = "memory is bounded";
    internal const string Independent = "decisions do not depend on stores";
    internal const string Permit = "a stale permit closes nothing";
    internal const string Alerts = "alerts follow the conditions and keep their acknowledgement";
    internal const string NeverThrows = "nothing throws at a caller";
    internal const string Settles = "all becomes durable once the faults are over";
    internal const string OneThread = "a world is one thread";
    internal const string Positions = "journal positions rise";
}

/// <summary>Counts the checks of a world and keeps the first that failed. Not thread-safe.</summary>
/// <remarks>It does not throw: a check may stand in a callback whose exceptions are the callee's to log.</remarks>
internal sealed class Checker
{
    private readonly int _thread = Environment.CurrentManagedThreadId;

    internal long Checks { get; private set; }

    internal BrokenInvariantException? Failure { get; private set; }

    internal void Require(bool holds, string invariant, Func<string> detail)
    {
        Checks++;
        if (Environment.CurrentManagedThreadId != _thread)
        {
            Failure ??= new BrokenInvariantException(
                Invariants.OneThread, $"'{invariant}' was checked on another thread: the seed can't be replayed");
        }

        if (!holds) Failure ??= new BrokenInvariantException(invariant, detail());
    }
}
