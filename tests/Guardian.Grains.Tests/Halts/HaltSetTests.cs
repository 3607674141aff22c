using CsCheck;
using Guardian.Contracts;
using Guardian.Grains.Halts;

namespace Guardian.Grains.Tests.Halts;

public sealed class HaltSetTests
{
    // Few ids, moments and people, so that entries of one id meet; holds and latches, open and released.
    private static readonly Gen<Hold> Entries = Gen.Select(
        Gen.Int[0, 3], Gen.Int[1, 3], Gen.Int[0, 3], Gen.Int[0, 1], Gen.Bool, Gen.Int[0, 2])
        .Select((id, since, released, who, reducing, scope) =>
        {
            bool latch = id > 1;
            Hold entry = Bench.Hold(
                $"{(latch ? "latch" : "hold")}-{id}", reducing ? TradingState.Reducing : TradingState.Halted,
                latch ? Scope.Symbol : (Scope)scope, scope == 2 && !latch ? string.Empty : "K")
                with
            { Since = new Timestamp(since), Actor = $"a{who}" };
            if (latch) entry = entry with { Kind = HaltKind.Latch, Episode = since };
            return released == 0 ? entry : entry with
            {
                ReleasedAt = new Timestamp(released + 5),
                ReleasedBy = $"b{who}",
                ReleaseReason = "over",
            };
        });

    private static HaltSet Of(params IEnumerable<Hold> entries) => HaltSet.Empty.Merge(entries, out _);

    private static string Words(HaltSet set) =>
        string.Join('\n', set.Entries.OrderBy(h => h.Id, StringComparer.Ordinal).Select(h => h.ToString()));

    [Fact]
    public void Merge_AnyOrderGroupingAndRepetition_GivesOneState() =>
        Gen.Select(Entries.Array[0, 12], Gen.Int[0, 1_000_000], Gen.Int[0, 12]).Sample((entries, seed, cut) =>
        {
            string expected = Words(Of(entries));
            Hold[] shuffled = [.. entries, .. entries.Take(cut)];
            new Random(seed).Shuffle(shuffled);
            Assert.Equal(expected, Words(Of(shuffled)));
            HaltSet left = Of(shuffled.Take(cut));
            HaltSet right = Of(shuffled.Skip(cut));
            Assert.Equal(expected, Words(left.Merge(right.Entries, out _)));
            Assert.Equal(expected, Words(right.Merge(left.Entries, out _)));
            Assert.Same(left, left.Merge(left.Entries, out IReadOnlyList<Hold> fresh));
            Assert.Empty(fresh);
        });

    [Fact]
    public void Merge_WhatWasEverReleased_IsNeverOpen() =>
        Entries.Array[0, 16].Sample(entries =>
        {
            HaltSet set = Of(entries);
            HashSet<string> released = [.. entries.Where(e => !e.IsOpen).Select(e => e.Id)];
            Assert.DoesNotContain(set.Open, h => released.Contains(h.Id));
            Assert.Equal(entries.Select(e => e.Id).Distinct(StringComparer.Ordinal).Count(), set.Count);
            Assert.Equal(set.Entries.Count(e => e.IsOpen), set.Open.Length);
            Assert.Equal(set.Open.Where(h => h.Scope != Scope.Symbol), set.Beyond);
            Assert.Equal(set.Open.OrderBy(h => h.Since).ThenBy(h => h.Id, StringComparer.Ordinal), set.Open);
        });

    [Fact]
    public void Since_AnyVersion_BringsAnotherSetThere() =>
        Gen.Select(Entries.Array[0, 12], Gen.Int[0, 12]).Sample((entries, cut) =>
        {
            HaltSet before = Of(entries.Take(cut));
            HaltSet after = before.Merge(entries.Skip(cut), out IReadOnlyList<Hold> fresh);
            IReadOnlyList<Hold> told = after.Since(before.Version);
            Assert.Equal(
                fresh.OrderBy(h => h.Id, StringComparer.Ordinal), told.OrderBy(h => h.Id, StringComparer.Ordinal));
            Assert.Equal(Words(after), Words(before.Merge(told, out _)));
            Assert.Equal(Words(after), Words(Of(after.Since(0))));
            Assert.Empty(after.Since(after.Version));
        });

    [Fact]
    public void Without_Some_DropsThemAndRaisesTheVersion()
    {
        HaltSet set = Of(Bench.Hold("a", TradingState.Halted), Bench.Hold("b", TradingState.Halted, session: "x"));
        HaltSet less = set.Without(h => h.Session == "x");
        Assert.Null(less.Find("b"));
        Assert.Equal("a", Assert.Single(less.Open).Id);
        Assert.True(less.Version > set.Version);
    }
}
