using System.Globalization;
using Guardian.Contracts;
using Guardian.Grains.Alerting;
using Guardian.Grains.Guarding;
using Guardian.Storage.Journal;
using Guardian.Storage.Local;
using Guardian.Storage.Redis;
using Guardian.Storage.Tiers;

namespace Guardian.Grains.History;

/// <summary>What the local file and the tiers' writers went through, as conditions that hold for a while.</summary>
/// <remarks>
/// What lasts a moment only - a new file, an entry without room, a parked row - is told long enough to be seen by a
/// person. Used by one caller at a time.
/// </remarks>
/// <param name="journal">The journal.</param>
/// <param name="tiers">The tiers' writers.</param>
/// <param name="clock">The silo's clock.</param>
/// <param name="file">The local file; null where there is none.</param>
/// <param name="redis">The way to Redis, whose clock all silos compare theirs with; null where there is none.</param>
public sealed class LocalConditions(
    IJournal journal, TierWriters tiers, SiloClock clock, LocalFile? file = null, RedisConnection? redis = null)
{
    /// <summary>How long what has happened once is told: 15 minutes.</summary>
    public static readonly TimeSpan Told = TimeSpan.FromMinutes(15);

    private readonly Rising _unrecorded = new();
    private readonly Dictionary<string, Rising> _parked = tiers.All.ToDictionary(
        writer => writer.Tier, _ => new Rising(), StringComparer.Ordinal);
    private long _jumpedAt;
    private long _differsSince;

    /// <summary>How far the clock may differ from that of Redis: 5 s.</summary>
    public static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(5);

    /// <summary>Lists the conditions that hold now.</summary>
    public IEnumerable<Condition> Now()
    {
        long now = clock.Now;
        if (file?.SetAside is { } aside && Timestamp.From(aside.At) is var at && now - at.UnixNanoseconds < Ticks(Told))
        {
            yield return Condition(
                AlertNames.PersistenceDegraded,
                Severity.P0,
                "L3-file",
                $"A new local file was begun ({aside.Problem}); the old one is {aside.Path ?? "gone"}, "
                    + $"{aside.Rows} rows were saved from it" + (aside.IsWhole ? string.Empty : ", not all"),
                at);
        }

        if (file?.Loss is { } loss)
            yield return Condition(AlertNames.PersistenceDegraded, Severity.P0, "L3-loss", loss, default);

        long jump = clock.Jump;
        _jumpedAt = Math.Abs(jump) < GuardianConditions.ClockTolerance ? 0 : _jumpedAt == 0 ? now : _jumpedAt;
        if (GuardianConditions.OfJump(jump, new Timestamp(_jumpedAt)) is { } jumped) yield return jumped;
        if (OfClock() is { } differs) yield return differs;
        if (_unrecorded.Look(journal.Unrecorded, now) is { } since)
        {
            yield return Condition(
                AlertNames.JournalUnrecorded,
                Severity.P1,
                "L3",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{journal.Unrecorded} entries were judged and went unrecorded for want of room since the start"),
                new Timestamp(since));
        }

        foreach (TierWriter tier in tiers.All)
        {
            if (_parked[tier.Tier].Look(tier.Parked, now) is not { } first) continue;
            yield return Condition(
                AlertNames.RowsParked,
                Severity.P1,
                tier.Tier,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{tier.Parked} journal rows could not be stored and are parked: {tier.Health().LastError}"),
                new Timestamp(first));
        }
    }

    private Condition? OfClock()
    {
        TimeSpan ahead = redis?.Ahead ?? TimeSpan.Zero;
        _differsSince = ahead.Duration() < ClockTolerance ? 0 : _differsSince == 0 ? clock.Now : _differsSince;
        return _differsSince == 0 ? null : Condition(
            AlertNames.ClockSuspect,
            Severity.P1,
            $"silo {Environment.MachineName}",
            string.Create(
                CultureInfo.InvariantCulture,
                $"The silo's clock is {Math.Abs(ahead.TotalSeconds):0.#} s {(ahead.Ticks < 0 ? "behind" : "ahead of")} "
                    + $"that of Redis at {redis!.Options.EndPoint}, and so of other silos: keep it by NTP"),
            new Timestamp(_differsSince));
    }

    private static Condition Condition(string name, Severity severity, string key, string summary, Timestamp since) =>
        new()
        {
            Name = name, Severity = severity, Scope = Scope.Portfolio, Key = key, Summary = summary, Since = since,
        };

    private static long Ticks(TimeSpan span) => span.Ticks * 100;

    /// <summary>A counter that rises now and then: since when, until it has been quiet for a while.</summary>
    private sealed class Rising
    {
        private long _count;
        private long _since;
        private long _last;

        public long? Look(long count, long now)
        {
            if (count > _count)
            {
                if (_since == 0) _since = now;
                (_count, _last) = (count, now);
            }
            else if (_since != 0 && now - _last >= Ticks(Told))
            {
                _since = 0;
            }

            return _since == 0 ? null : _since;
        }
    }
}
