using Guardian.Contracts;

namespace Guardian.Silo.Demo;

/// <summary>The demo's person: resets a symbol that has been latched for a while. Not thread-safe.</summary>
internal sealed class DemoOperator
{
    /// <summary>Time between two rounds.</summary>
    public static readonly TimeSpan Round = TimeSpan.FromSeconds(5);

    /// <summary>Rounds for which a symbol stays latched, so that it can be seen: 30 s.</summary>
    public const int Patience = 6;

    private readonly Dictionary<string, (long Episode, int Rounds)> _latched = new(StringComparer.Ordinal);

    /// <summary>Looks at a verdict.</summary>
    /// <returns>The reset of exactly this episode; null while there is nothing to do.</returns>
    public ResetRequest? Look(Verdict verdict)
    {
        if (verdict.Breaker != BreakerState.Latched)
        {
            _latched.Remove(verdict.Symbol);
            return null;
        }

        (long episode, int rounds) = _latched.GetValueOrDefault(verdict.Symbol);
        rounds = episode == verdict.Episode ? rounds + 1 : 1;
        _latched[verdict.Symbol] = (verdict.Episode, rounds);
        return rounds <= Patience
            ? null
            : new ResetRequest
            {
                Episode = verdict.Episode, Actor = "demo-operator", Reason = "demo: looked at and well again",
            };
    }
}
