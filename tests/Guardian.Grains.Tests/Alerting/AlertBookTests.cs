using Guardian.Contracts;
using Guardian.Grains.Alerting;

namespace Guardian.Grains.Tests.Alerting;

public sealed class AlertBookTests
{
    private const long Second = 1_000_000_000;
    private const long T0 = 1_700_000_000 * Second;

    private readonly AlertBook _book = new();

    private static Condition Tripped(
        string key = "A", string summary = "slow", Severity severity = Severity.P1) => new()
        {
            Name = AlertNames.GuardianTripped, Severity = severity, Key = key, Summary = summary,
        };

    private static Condition Stale(string key = "A/feed") => new()
    {
        Name = AlertNames.FeedStale, Severity = Severity.P2, Key = key, Summary = "silent",
    };

    private Alert Only => Assert.Single(_book.List(withResolved: true));

    [Fact]
    public void Report_RuleWithoutFor_FiresAtOnce()
    {
        _book.Report("A", [Tripped()], T0);
        Assert.Equal(
            new Alert
            {
                Id = "GuardianTripped/Symbol/A/1",
                Name = "GuardianTripped",
                Severity = Severity.P1,
                Status = AlertStatus.Firing,
                Key = "A",
                Episode = 1,
                StartedAt = new Timestamp(T0),
                Summary = "slow",
                Runbook = "docs/runbooks/GuardianTripped.md",
            },
            Only);
        Texts.Equal(["pending", "firing"], _book.Steps.Select(s => s.Step));
    }

    [Theory]
    [InlineData(Second - 1, AlertStatus.Pending)]
    [InlineData(Second, AlertStatus.Firing)]
    public void Advance_For_FiresOnTheBound(long after, AlertStatus expected)
    {
        _book.Report("A", [Stale()], T0);
        Assert.Equal(AlertStatus.Pending, Only.Status);
        _book.Advance(T0 + after);
        Assert.Equal(expected, Only.Status);
    }

    [Fact]
    public void Advance_BothTiersLost_OneAlertFiresAndSilencesTheTwo()
    {
        _book.Report("tiers", [Lost(AlertNames.RedisLost), Lost(AlertNames.HistoryLagging)], T0);
        _book.Advance(T0 + (5 * Second));
        Texts.Equal(["firing", "firing"], Fired());
        Condition[] all =
        [
            Lost(AlertNames.RedisLost), Lost(AlertNames.HistoryLagging), Lost(AlertNames.TiersLost, Severity.P0),
        ];
        _book.Report("tiers", all, T0 + (6 * Second));
        _book.Advance(T0 + (8 * Second));
        Texts.Equal(["firing", "firing", "firing"], Fired());
        Texts.Equal(
            ["TiersLost ", "HistoryLagging TiersLost/Portfolio//1", "RedisLost TiersLost/Portfolio//1"],
            _book.List(false).Select(a => $"{a.Name} {a.SilencedBy}"));
        _book.Report("tiers", [Lost(AlertNames.RedisLost)], T0 + (20 * Second));
        _book.Advance(T0 + (40 * Second));
        Alert left = Assert.Single(_book.List(false));
        Assert.Equal(("RedisLost", null, 1L), (left.Name, left.SilencedBy, left.Episode));
    }

    [Fact]
    public void Advance_BothTiersLostAtOnce_TheTwoNeverFire()
    {
        Condition[] all =
        [
            Lost(AlertNames.RedisLost), Lost(AlertNames.HistoryLagging), Lost(AlertNames.TiersLost, Severity.P0),
        ];
        for (int i = 0; i <= 60; i++)
        {
            _book.Report("tiers", all, T0 + (i * Second));
            _book.Advance(T0 + (i * Second));
        }

        Assert.Equal("TiersLost", Assert.Single(_book.Steps, s => s.Step == "firing").Alert.Name);
        // What is left over by the cause goes on with its own life.
        _book.Report("tiers", [Lost(AlertNames.RedisLost)], T0 + (61 * Second));
        _book.Advance(T0 + (71 * Second));
        Texts.Equal(["TiersLost", "RedisLost"], _book.Steps.Where(s => s.Step == "firing").Select(s => s.Alert.Name));
    }

    private static Condition Lost(string name, Severity severity = Severity.P1) => new()
    {
        Name = name, Severity = severity, Scope = Scope.Portfolio, Key = string.Empty, Summary = "lost",
    };

    private IEnumerable<string> Fired() => _book.Steps.Select(s => s.Step).Where(s => s == "firing");

    [Fact]
    public void Report_PendingEnds_IsCancelledWithoutFiring()
    {
        _book.Report("A", [Stale()], T0);
        _book.Report("A", [], T0 + (Second / 2));
        Assert.Equal((AlertStatus.Resolved, new Timestamp(T0 + (Second / 2))), (Only.Status, Only.EndedAt));
        Texts.Equal(["pending", "cancelled"], _book.Steps.Select(s => s.Step));
    }

    [Theory]
    [InlineData((2 * Second) - 1, AlertStatus.Firing)]
    [InlineData(2 * Second, AlertStatus.Resolved)]
    public void Advance_KeepFiring_ResolvesOnTheBound(long after, AlertStatus expected)
    {
        _book.Report("A", [Tripped()], T0);
        _book.Report("A", [], T0 + Second);
        _book.Advance(T0 + Second + after);
        Assert.Equal(expected, Only.Status);
        if (expected == AlertStatus.Resolved) Assert.Equal(new Timestamp(T0 + Second), Only.EndedAt);
    }

    [Fact]
    public void Report_FlapsWithinKeepFiring_IsOneEpisodeWithoutSteps()
    {
        _book.Report("A", [Tripped()], T0);
        for (int i = 1; i < 10; i++)
        {
            _book.Report("A", [], T0 + (i * Second));
            _book.Report("A", [Tripped()], T0 + (i * Second) + (Second / 2));
        }

        Assert.Equal((AlertStatus.Firing, 1L), (Only.Status, Only.Episode));
        Assert.Equal(2, _book.Steps.Count());
    }

    [Fact]
    public void Report_AfterResolved_IsANewEpisodeWithANewId()
    {
        _book.Report("A", [Tripped()], T0);
        Assert.True(_book.Acknowledge("GuardianTripped/Symbol/A/1", "ann", T0));
        _book.Report("A", [], T0 + Second);
        _book.Advance(T0 + (3 * Second));
        _book.Report("A", [Tripped()], T0 + (4 * Second));
        Assert.Equal(("GuardianTripped/Symbol/A/2", 2L, null), (Only.Id, Only.Episode, Only.AcknowledgedBy));
    }

    [Fact]
    public void Report_StillHolding_TakesTheNewWordsAndSeverity()
    {
        _book.Report("A", [Tripped()], T0);
        long version = _book.Version;
        _book.Report("A", [Tripped(summary: "slower", severity: Severity.P0)], T0 + Second);
        Assert.Equal(("slower", Severity.P0, 1L), (Only.Summary, Only.Severity, Only.Episode));
        Assert.Equal(version, _book.Version);
    }

    [Fact]
    public void Report_TwoSourcesOfOneCondition_HoldsUntilTheLastLetsGo()
    {
        _book.Report("one", [Tripped()], T0);
        _book.Report("two", [Tripped()], T0 + Second);
        _book.Report("two", [], T0 + (2 * Second));
        _book.Advance(T0 + (60 * Second));
        Assert.Equal(AlertStatus.Firing, Only.Status);
        _book.Report("one", [], T0 + (61 * Second));
        _book.Advance(T0 + (63 * Second));
        Assert.Equal(AlertStatus.Resolved, Only.Status);
    }

    [Fact]
    public void Report_SameSourceManyTimes_IsKeptOnce()
    {
        for (int i = 0; i < 50; i++) _book.Report("one", [Tripped()], T0 + i);
        Assert.Equal(["one"], Assert.Single(_book.Save().Entries).Sources);
    }

    [Fact]
    public void Report_SourceWithoutConditions_LeavesTheOthers()
    {
        _book.Report("A", [Tripped("A")], T0);
        _book.Report("B", [Tripped("B")], T0);
        _book.Report("A", [], T0 + Second);
        _book.Advance(T0 + (9 * Second));
        Assert.Equal("B", Assert.Single(_book.List(withResolved: false)).Key);
    }

    [Fact]
    public void Report_SinceIsKnown_StartsThen()
    {
        _book.Report("A", [Tripped() with { Since = new Timestamp(T0 - 5) }], T0);
        Assert.Equal(new Timestamp(T0 - 5), Only.StartedAt);
    }

    [Fact]
    public void Acknowledge_ResolvedOrUnknown_IsRefused()
    {
        Assert.False(_book.Acknowledge("GuardianTripped/Symbol/A/1", "ann", T0));
        _book.Report("A", [Tripped()], T0);
        Assert.True(_book.Acknowledge("GuardianTripped/Symbol/A/1", "ann", T0));
        Assert.Equal("ann", Only.AcknowledgedBy);
        _book.Report("A", [], T0);
        _book.Advance(T0 + (2 * Second));
        Assert.False(_book.Acknowledge("GuardianTripped/Symbol/A/1", "ann", T0));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public void Advance_ResolvedForADay_IsForgottenPastTheBound(long past, int kept)
    {
        _book.Report("A", [Tripped()], T0);
        _book.Report("A", [], T0);
        _book.Advance(T0 + (2 * Second));
        _book.Advance(T0 + (24 * 3_600 * Second) + past);
        Assert.Equal(kept, _book.List(withResolved: true).Length);
    }

    [Fact]
    public void List_Several_MostUrgentAndNewestFirst()
    {
        _book.Report("A", [Tripped("old")], T0);
        _book.Report("B", [Tripped("new")], T0 + Second);
        _book.Report("C", [Tripped("urgent", severity: Severity.P0)], T0);
        _book.Report("D", [Tripped("gone", severity: Severity.P0)], T0);
        _book.Report("D", [], T0);
        _book.Advance(T0 + (2 * Second));
        Texts.Equal(["urgent", "new", "old", "gone"], _book.List(withResolved: true).Select(a => a.Key));
        Texts.Equal(["urgent", "new", "old"], _book.List(withResolved: false).Select(a => a.Key));
    }

    [Fact]
    public void Steps_PastTheMost_DropTheOldest()
    {
        for (int i = 0; i < 600; i++) _book.Report("A", i % 2 == 0 ? [Stale()] : [], T0 + i);
        Assert.Equal(600, _book.Steps.Count());
        for (int i = 600; i < 1_200; i++) _book.Report("A", i % 2 == 0 ? [Stale()] : [], T0 + i);
        Assert.Equal(AlertBook.MaximumSteps, _book.Steps.Count());
        Assert.Equal("cancelled", _book.Steps.Last().Step);
    }

    [Fact]
    public void Load_SavedAtEveryStep_GoesOnAsIfNothingHappened()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            var whole = new AlertBook();
            var reloaded = new AlertBook();
            foreach ((string source, Condition[] conditions, long now) in Reports(new Random(seed), 80))
            {
                whole.Report(source, conditions, now);
                var next = new AlertBook();
                next.Load(reloaded.Save());
                next.Report(source, conditions, now);
                reloaded = next;
                Assert.True(Text(whole) == Text(reloaded), $"seed {seed}:\n{Text(whole)}\n{Text(reloaded)}");
            }
        }
    }

    [Fact]
    public void Report_AnyHistory_EndsWithWhatEachSourceSaidLast()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            var book = new AlertBook();
            var last = new Dictionary<string, Condition[]>(StringComparer.Ordinal);
            long end = T0;
            foreach ((string source, Condition[] conditions, long now) in Reports(new Random(seed), 60))
            {
                book.Report(source, conditions, now);
                last[source] = conditions;
                end = now;
            }

            book.Advance(end + (60 * Second));
            string[] expected =
            [
                .. last.Values.SelectMany(c => c).Select(c => $"{c.Name}/{c.Scope}/{c.Key}")
                    .Distinct(StringComparer.Ordinal)
                    .Order(StringComparer.Ordinal),
            ];
            string[] actual =
            [
                .. book.List(withResolved: false).Where(a => a.Status == AlertStatus.Firing)
                    .Select(a => $"{a.Name}/{a.Scope}/{a.Key}").Order(StringComparer.Ordinal),
            ];
            Assert.True(
                expected.SequenceEqual(actual, StringComparer.Ordinal),
                $"seed {seed}: [{string.Join(' ', expected)}] against [{string.Join(' ', actual)}]");
        }
    }

    private static IEnumerable<(string Source, Condition[] Conditions, long Now)> Reports(Random random, int count)
    {
        Condition[] all = [Tripped("A"), Tripped("B"), Stale("A/feed"), Stale("B/feed")];
        long now = T0;
        for (int i = 0; i < count; i++)
        {
            now += random.NextInt64(3 * Second);
            yield return ($"source{random.Next(3)}", [.. all.Where(_ => random.Next(3) == 0)], now);
        }
    }

    private static string Text(AlertBook book) =>
        $"{string.Join('\n', book.List(withResolved: true).AsEnumerable())}\n{string.Join('\n', book.Steps)}";
}
