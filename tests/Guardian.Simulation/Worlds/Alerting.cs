using Guardian.Contracts;
using Guardian.Grains.Alerting;
using Guardian.Grains.Guarding;

namespace Guardian.Simulation.Worlds;

/// <summary>The alert book of the live session, fed by summaries of which some are lost; it dies with silo 0.</summary>
internal sealed class Alerting(World world)
{
    private readonly SortedDictionary<string, string> _acknowledged = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ended = new(StringComparer.Ordinal);
    private AlertBook _book = new();
    private AlertBookState _stored = new();
    private long _storedVersion;

    private long Now => new Timestamp(0).UnixNanoseconds + (world.Clock.Now * 100) + 1_700_000_000_000_000_000;

    /// <summary>Takes a summary, unless it is lost on its way.</summary>
    internal void Offer(SimulatedSilo from, GuardianSummary summary)
    {
        bool lost = world.Chance.OneIn(4) || world.IsCut(from.Index, 0);
        if (!lost) Report(summary.Summary.Symbol, summary.Conditions);
    }

    internal void Report(string source, Condition[] conditions)
    {
        _book.Report(source, conditions, Now);
        Store();
    }

    internal void Tick()
    {
        _book.Advance(Now);
        Store();
        CheckBook();
    }

    internal void Acknowledge(int which)
    {
        Alert[] open = _book.List(withResolved: false);
        if (open.Length == 0) return;
        Alert alert = open[which % open.Length];
        if (!_book.Acknowledge(alert.Id, "ann", Now)) return;
        Store();
        _acknowledged[alert.Id] = "ann";
    }

    /// <summary>Loses what was not stored.</summary>
    internal void Crash()
    {
        _book = new AlertBook();
        _book.Load(_stored);
        _storedVersion = _book.Version;
    }

    /// <summary>Compares what fires with the conditions that hold now.</summary>
    internal void CheckAgainst(IEnumerable<Condition> conditions)
    {
        string[] holds = [.. new SortedSet<string>(conditions.Select(IdentityOf), StringComparer.Ordinal)];
        string[] fires =
        [
            .. _book.List(withResolved: false).Where(a => a.Status == AlertStatus.Firing)
                .Select(a => a.Id[..a.Id.LastIndexOf('/')]).Order(StringComparer.Ordinal),
        ];
        world.Check.Require(holds.SequenceEqual(fires, StringComparer.Ordinal), Invariants.Alerts, () =>
            $"[{string.Join(", ", holds)}] hold, but [{string.Join(", ", fires)}] fire");
    }

    private static string IdentityOf(Condition c) => $"{c.Name}/{c.Scope}/{c.Key}";

    private void Store()
    {
        if (_book.Version == _storedVersion) return;
        _storedVersion = _book.Version;
        _stored = world.Plant.Save(_book.Save());
    }

    private void CheckBook()
    {
        Alert[] all = _book.List(withResolved: true);
        foreach (Alert alert in all)
        {
            bool kept = !_acknowledged.TryGetValue(alert.Id, out string? by)
                || string.Equals(alert.AcknowledgedBy, by, StringComparison.Ordinal);
            world.Check.Require(kept, Invariants.Alerts, () => $"{alert.Id} has forgotten that {by} has seen it");
            if (alert.Status == AlertStatus.Resolved) _ended.Add(alert.Id);
            world.Check.Require(alert.Status == AlertStatus.Resolved || !_ended.Contains(alert.Id), Invariants.Alerts,
                () => $"{alert.Id} had ended and has begun again under the same id");
        }

        world.Check.Require(_book.Steps.Count() <= AlertBook.MaximumSteps, Invariants.Bounded, () =>
            $"the alert book keeps {_book.Steps.Count()} steps");
    }
}
