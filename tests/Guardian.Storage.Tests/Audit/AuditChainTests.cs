using Guardian.Contracts;
using Guardian.Storage.Audit;

namespace Guardian.Storage.Tests.Audit;

public sealed class AuditChainTests
{
    private static readonly (string Name, Func<AuditEntry, AuditEntry> Change)[] Changes =
    [
        ("at", e => e with { At = new Timestamp(e.At.UnixNanoseconds + 1) }),
        ("number", e => e with { Number = e.Number + 1_000 }),
        ("actor", e => e with { Actor = e.Actor + "x" }),
        ("action", e => e with { Action = "release" }),
        ("target", e => e with { Target = string.Empty }),
        ("session", e => e with { Session = "paper" }),
        ("reason", e => e with { Reason = e.Reason.ToUpperInvariant() }),
        ("details", e => e with { Details = "none" }),
        ("result", e => e with { Result = "refused" }),
        ("id", e => e with { Id = "another" }),
        ("previous", e => e with { Previous = new string('f', 64) }),
        ("hash", e => e with { Hash = new string('f', 64) }),
        ("boundary", e => e with { Actor = e.Actor + e.Action[..1], Action = e.Action[1..] }),
    ];

    private static (List<AuditEntry> Entries, AuditHead Head) Chain(int count, Random random, string writer = "w1")
    {
        var entries = new List<AuditEntry>();
        string previous = AuditChain.Start;
        for (int i = 1; i <= count; i++)
        {
            AuditEntry entry = Sealed(new AuditEntry
            {
                Writer = writer,
                Number = i,
                At = new Timestamp(Make.T0 + random.Next()),
                Actor = "ann" + random.Next(3),
                Action = "hold",
                Target = $"symbol S{random.Next(5)}",
                Session = "live",
                Reason = "news " + random.Next(),
                Details = random.Next(2) == 0 ? string.Empty : "state Halted",
                Result = "held",
                Id = $"{writer}-{i}",
                Previous = previous,
                Hash = string.Empty,
            });
            entries.Add(entry);
            previous = entry.Hash;
        }

        return (entries, new AuditHead(writer, count, previous));
    }

    private static AuditEntry Sealed(AuditEntry entry) => entry with { Hash = AuditChain.HashOf(entry) };

    private static void Named(long number, string words, List<AuditEntry> entries, AuditHead head, string where)
    {
        AuditReport report = AuditChain.Verify(entries, [head]);
        Assert.False(report.Whole, where);
        Assert.True(
            report.Problems.Any(p => p.Number == number && p.Problem.Contains(words, StringComparison.Ordinal)),
            $"{where}: {string.Join("; ", report.Problems.Select(p => $"{p.Number} {p.Problem}"))}");
        Assert.True(
            report.Problems.All(p => p.Number == number || p.Number > head.Count),
            $"{where} blames others: {string.Join("; ", report.Problems.Select(p => $"{p.Number} {p.Problem}"))}");
    }

    [Fact]
    public void Verify_UntouchedChains_AreWhole()
    {
        var random = new Random(1);
        (List<AuditEntry> one, AuditHead first) = Chain(7, random, "w1");
        (List<AuditEntry> two, AuditHead second) = Chain(3, random, "w2");
        AuditReport report = AuditChain.Verify([.. two, .. one], [second, first]);
        Assert.True(report.Whole, string.Join("; ", report.Problems.Select(p => p.Problem)));
        Assert.Equal(10, report.Entries);
        Assert.Equal([first, second], report.Heads);
        Assert.True(AuditChain.Verify([], []).Whole);
    }

    [Fact]
    public void Verify_AnyFieldOfAnyEntryAltered_NamesThatEntry()
    {
        for (int seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            (List<AuditEntry> entries, AuditHead head) = Chain(1 + random.Next(12), random);
            for (int i = 0; i < entries.Count; i++)
            {
                foreach ((string name, Func<AuditEntry, AuditEntry> change) in Changes)
                {
                    AuditEntry changed = change(entries[i]);
                    if (changed == entries[i]) continue;
                    List<AuditEntry> bad = [.. entries];
                    bad[i] = changed;
                    // A number that was altered leaves its place empty and stands where there is none.
                    string words = name == "number" ? "was removed" : "was altered";
                    Named(i + 1, words, bad, head, $"seed {seed}, entry {i + 1}, {name}");
                }
            }
        }
    }

    [Fact]
    public void Verify_EntryAlteredAndHashedAnew_NamesThatEntry()
    {
        for (int seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            (List<AuditEntry> entries, AuditHead head) = Chain(1 + random.Next(12), random);
            for (int i = 0; i < entries.Count; i++)
            {
                List<AuditEntry> bad = [.. entries];
                bad[i] = Sealed(bad[i] with { Reason = "another reason" });
                Named(i + 1, "tells of another entry before it", bad, head, $"seed {seed}, entry {i + 1}");
            }
        }
    }

    [Fact]
    public void Verify_EntryRemovedOrEndCut_NamesThePlace()
    {
        for (int seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            (List<AuditEntry> entries, AuditHead head) = Chain(1 + random.Next(12), random);
            for (int i = 0; i < entries.Count; i++)
            {
                List<AuditEntry> bad = [.. entries];
                bad.RemoveAt(i);
                string words = i == entries.Count - 1 ? "the end of the chain was cut" : "was removed";
                Named(i + 1, words, bad, head, $"seed {seed}, entry {i + 1} removed");
                bad = [.. entries.Take(i)];
                Named(i + 1, "the end of the chain was cut", bad, head, $"seed {seed}, cut at {i + 1}");
            }
        }
    }

    [Fact]
    public void Verify_EntryInserted_NamesIt()
    {
        for (int seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            (List<AuditEntry> entries, AuditHead head) = Chain(2 + random.Next(10), random);
            for (int i = 0; i < entries.Count; i++)
            {
                AuditEntry forged = Sealed(entries[i] with { Id = "forged", Actor = "mallory" });
                List<AuditEntry> bad = [.. entries];
                bad.Insert(i + random.Next(2), forged);
                Named(i + 1, "was inserted: there are 2 of this number", bad, head, $"seed {seed}, beside {i + 1}");
            }

            AuditEntry after = Sealed(entries[^1] with
            {
                Number = head.Count + 1,
                Previous = head.Hash,
                Id = "after",
            });
            Named(
                head.Count + 1, "was inserted: the chain has no such number", [.. entries, after], head, "at the end");
        }
    }

    [Fact]
    public void Verify_EntryMoved_NamesIt()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            (List<AuditEntry> entries, AuditHead head) = Chain(4 + random.Next(9), random);
            int from = random.Next(entries.Count);
            int to = (from + 2 + random.Next(entries.Count - 3)) % entries.Count;
            AuditEntry moved = entries[from];
            entries.RemoveAt(from);
            entries.Insert(to, moved);
            if (Math.Abs(from - to) < 2) continue;
            Named(from + 1, "is out of order", entries, head, $"seed {seed}, {from + 1} moved to {to + 1}");
        }
    }

    [Fact]
    public void Verify_HeadMissingOrOther_IsSaid()
    {
        (List<AuditEntry> entries, AuditHead head) = Chain(3, new Random(5));
        AuditProblem problem = Assert.Single(AuditChain.Verify(entries, []).Problems);
        Assert.Equal(
            new AuditProblem(
                "w1", 3, "the head of this chain is missing: whether entries after it were cut can't be told"),
            problem);
        problem = Assert.Single(AuditChain.Verify(entries, [head with { Hash = new string('a', 64) }]).Problems);
        Assert.Equal(new AuditProblem("w1", 3, "was altered: the head tells of another entry before it"), problem);
        problem = Assert.Single(AuditChain.Verify(entries, [head with { Count = 5 }]).Problems);
        Assert.Equal(
            new AuditProblem("w1", 4, "was removed (and all up to 5): the end of the chain was cut"), problem);
    }
}
