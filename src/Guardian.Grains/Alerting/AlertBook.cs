using Guardian.Contracts;

namespace Guardian.Grains.Alerting;

/// <summary>The life of every alert: pending, firing, resolved. Pure: time and conditions come from outside.</summary>
/// <remarks>
/// Level-triggered: a source says which conditions hold now, and that replaces what it said before, so a lost message
/// is made good by the next. A condition that several sources report holds until the last of them lets go. Identity is
/// rule, scope and key; each start has a new episode number. Not thread-safe.
/// </remarks>
public sealed class AlertBook
{
    /// <summary>Most steps kept in the history.</summary>
    public const int MaximumSteps = 1_000;

    /// <summary>How long a resolved alert is kept.</summary>
    public static readonly TimeSpan KeepResolved = TimeSpan.FromHours(24);

    private readonly Dictionary<string, AlertEntry> _entries = new(StringComparer.Ordinal);
    private readonly Queue<AlertStep> _steps = new();

    /// <summary>Gets a number that rises with every step.</summary>
    public long Version { get; private set; }

    /// <summary>Gets the steps, oldest first.</summary>
    public IEnumerable<AlertStep> Steps => _steps;

    /// <summary>Gets every source that says that a condition holds.</summary>
    public IEnumerable<string> Sources => _entries.Values.SelectMany(e => e.Sources).Distinct(StringComparer.Ordinal);

    /// <summary>Takes all conditions that hold now for one source.</summary>
    /// <param name="source">Who says so, such as a symbol's key.</param>
    /// <param name="conditions">All that hold; empty when none does.</param>
    /// <param name="now">Wall time, Unix nanoseconds.</param>
    public void Report(string source, IReadOnlyList<Condition> conditions, long now)
    {
        HashSet<string>? seen = null;
        foreach (Condition condition in conditions)
        {
            string identity = IdentityOf(condition);
            (seen ??= new(StringComparer.Ordinal)).Add(identity);
            Hold(source, identity, condition, now);
        }

        foreach (AlertEntry entry in _entries.Values)
        {
            bool told = entry.Sources.Contains(source, StringComparer.Ordinal);
            if (!told || seen?.Contains(entry.Identity) == true) continue;
            entry.Sources = [.. entry.Sources.Where(s => !string.Equals(s, source, StringComparison.Ordinal))];
            if (entry.Sources.Length == 0 && entry.Alert.Status != AlertStatus.Resolved) entry.GoneSince = now;
        }

        Advance(now);
    }

    /// <summary>
    /// Fires what has held for long enough, resolves what has been gone for long enough, forgets what is old.
    /// </summary>
    /// <param name="now">Wall time, Unix nanoseconds.</param>
    public void Advance(long now)
    {
        List<string>? forgotten = null;
        foreach (AlertEntry cause in _entries.Values)
        {
            if (cause.GoneSince != 0) End(cause, AlertRule.Of(cause.Alert.Name), now);
        }

        Silence();
        foreach (AlertEntry entry in _entries.Values)
        {
            AlertRule rule = AlertRule.Of(entry.Alert.Name);
            bool holds = entry.GoneSince == 0 && entry.Alert.SilencedBy is null;
            if (holds && entry.Alert.Status == AlertStatus.Pending && now - entry.PendingSince >= Nanoseconds(rule.For))
                Step(entry, entry.Alert with { Status = AlertStatus.Firing }, "firing", now);
            if (entry.Alert.Status == AlertStatus.Resolved
                && now - entry.Alert.EndedAt.UnixNanoseconds > Nanoseconds(KeepResolved))
                (forgotten ??= []).Add(entry.Identity);
        }

        forgotten?.ForEach(identity => _entries.Remove(identity));
    }

    /// <summary>Records that a person has seen an alert.</summary>
    /// <returns>False when no pending or firing alert has the id.</returns>
    public bool Acknowledge(string id, string actor, long now)
    {
        AlertEntry? entry = _entries.Values.FirstOrDefault(
            e => string.Equals(e.Alert.Id, id, StringComparison.Ordinal) && e.Alert.Status != AlertStatus.Resolved);
        if (entry is null) return false;
        Step(entry, entry.Alert with { AcknowledgedBy = actor }, "acknowledged", now);
        return true;
    }

    /// <summary>Lists the alerts, most urgent and newest first.</summary>
    public Alert[] List(bool withResolved) =>
    [
        .. _entries.Values.Select(e => e.Alert)
            .Where(a => withResolved || a.Status != AlertStatus.Resolved)
            .OrderBy(a => a.Status == AlertStatus.Resolved).ThenBy(a => a.Severity)
            .ThenByDescending(a => a.StartedAt).ThenBy(a => a.Id, StringComparer.Ordinal),
    ];

    /// <summary>Writes down the book for the grain's storage.</summary>
    public AlertBookState Save() => new()
    {
        Entries = [.. _entries.Values.Select(e => e.Copy())],
        Steps = [.. _steps],
    };

    /// <summary>Takes a written book over.</summary>
    public void Load(AlertBookState state)
    {
        _entries.Clear();
        _steps.Clear();
        foreach (AlertEntry entry in state.Entries) _entries[entry.Identity] = entry.Copy();
        foreach (AlertStep step in state.Steps) _steps.Enqueue(step);
    }

    private static string IdentityOf(Condition c) => $"{c.Name}/{c.Scope}/{c.Key}";

    private static long Nanoseconds(TimeSpan value) => value.Ticks * 100;

    private void Hold(string source, string identity, Condition condition, long now)
    {
        if (_entries.TryGetValue(identity, out AlertEntry? entry) && entry.Alert.Status != AlertStatus.Resolved)
        {
            if (!entry.Sources.Contains(source, StringComparer.Ordinal)) entry.Sources = [.. entry.Sources, source];
            entry.GoneSince = 0;
            entry.Alert = entry.Alert with
            {
                Summary = condition.Summary,
                Severity = condition.Severity,
                Shadow = condition.Shadow,
            };
            return;
        }

        long episode = (entry?.Alert.Episode ?? 0) + 1;
        var alert = new Alert
        {
            Id = $"{identity}/{episode}",
            Name = condition.Name,
            Severity = condition.Severity,
            Status = AlertStatus.Pending,
            Scope = condition.Scope,
            Key = condition.Key,
            Episode = episode,
            StartedAt = condition.Since.HasValue ? condition.Since : new Timestamp(now),
            Summary = condition.Summary,
            Runbook = $"docs/runbooks/{condition.Name}.md",
            Shadow = condition.Shadow,
        };
        entry = new AlertEntry { Identity = identity, Sources = [source], Alert = alert, PendingSince = now };
        _entries[identity] = entry;
        Step(entry, alert, "pending", now);
    }

    private void End(AlertEntry entry, AlertRule rule, long now)
    {
        if (entry.Alert.Status == AlertStatus.Pending)
            Step(entry, Ended(entry), "cancelled", now);
        else if (entry.Alert.Status == AlertStatus.Firing && now - entry.GoneSince >= Nanoseconds(rule.KeepFiring))
            Step(entry, Ended(entry), "resolved", now);
    }

    // Level-triggered like everything else: an effect is silent for as long as its cause has begun and not ended, and
    // goes on with its own life when the cause is over.
    private void Silence()
    {
        Dictionary<string, string>? causes = null;
        foreach (AlertEntry cause in _entries.Values)
        {
            if (cause.Alert.Status == AlertStatus.Resolved) continue;
            foreach (string effect in AlertRule.Silences(cause.Alert.Name))
                (causes ??= new(StringComparer.Ordinal)).TryAdd(effect, cause.Alert.Id);
        }

        foreach (AlertEntry entry in _entries.Values)
        {
            if (entry.Alert.Status == AlertStatus.Resolved) continue;
            string? by = causes?.GetValueOrDefault(entry.Alert.Name);
            if (entry.Alert.SilencedBy == by) continue;
            entry.Alert = entry.Alert with { SilencedBy = by };
            Version++;
        }
    }

    private static Alert Ended(AlertEntry entry) => entry.Alert with
    {
        Status = AlertStatus.Resolved,
        EndedAt = new Timestamp(entry.GoneSince),
    };

    private void Step(AlertEntry entry, Alert alert, string step, long now)
    {
        entry.Alert = alert;
        _steps.Enqueue(new AlertStep(new Timestamp(now), alert, step));
        while (_steps.Count > MaximumSteps) _steps.Dequeue();
        Version++;
    }
}
