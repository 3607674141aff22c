using System.Net;
using CsCheck;
using Guardian.Grains.Placement;
using Orleans.Runtime;

namespace Guardian.Grains.Tests.Placement;

public sealed class LoadRuleTests
{
    private static readonly SiloAddress Here = Silo(1);
    private static readonly SiloAddress There = Silo(2);

    [Fact]
    public void Choose_AllHotOnesHere_GivesTheOneThatBringsBothNearest()
    {
        LoadMove? move = LoadRule.Choose(
            [new(Here, 3_000), new(There, 200)], Here, [new("A", 300), new("B", 1_300), new("C", 1_400)]);
        Assert.Equal(new LoadMove(new GuardianLoad("C", 1_400), There), move);
    }

    [Fact]
    public void Choose_ThreeSilos_GivesToTheOneWithLeastToDo()
    {
        LoadMove? move = LoadRule.Choose(
            [new(Silo(3), 900), new(There, 200), new(Here, 4_000)], Here, [new("A", 2_000), new("B", 2_000)]);
        Assert.Equal(new LoadMove(new GuardianLoad("A", 2_000), There), move);
    }

    [Theory]
    [InlineData(999, 0, 500, 499)] // Too little to be worth it.
    [InlineData(2_500, 1_500, 1_250, 1_250)] // Not more than a quarter over the mean.
    [InlineData(5_000, 0, 5_000, 0)] // One guardian is all the load: it would only be elsewhere.
    [InlineData(5_000, 0, 99, 99)] // Many small ones: they are spread by their hash.
    [InlineData(5_000, 0, 0, 0)]
    [InlineData(1_000, 5_000, 500, 500)] // The other has more.
    public void Choose_NothingToGain_GivesNone(double here, double there, double first, double second) => Assert.Null(
        LoadRule.Choose([new(Here, here), new(There, there)], Here, [new("A", first), new("B", second)]));

    [Fact]
    public void Choose_NobodyElse_GivesNone() =>
        Assert.Null(LoadRule.Choose([new(Here, 9_000)], Here, [new("A", 4_000), new("B", 5_000)]));

    [Fact]
    public void Choose_OverAndOver_EndsWithNoSiloAGiverAndNothingLost()
    {
        Gen<double> rate = Gen.Double[0, 3_000];
        Gen.Select(Gen.Int[2, 5], rate.Array[1, 40]).Sample((silos, rates) =>
        {
            SiloAddress[] all = [.. Enumerable.Range(1, silos).Select(Silo)];
            Dictionary<string, (SiloAddress Silo, double Rate)> at = rates
                .Select((r, i) => ($"S{i:00}", (all[0], r)))
                .ToDictionary(p => p.Item1, p => p.Item2, StringComparer.Ordinal);
            double before = double.PositiveInfinity;
            for (int moves = 0; Move(all, at) is { } move; moves++)
            {
                Assert.True(moves <= 200, "it never ends");
                at[move.Guardian.Key] = (move.To, move.Guardian.EventsPerSecond);
                double busiest = all.Max(s => Load(at, s));
                Assert.True(busiest <= before, $"{busiest} after {before}");
                before = busiest;
            }

            Assert.Equal(rates.Length, at.Count);
        });
    }

    // What all of them decide at the same moment: never more than one move.
    private static LoadMove? Move(SiloAddress[] all, Dictionary<string, (SiloAddress Silo, double Rate)> at)
    {
        SiloLoad[] loads = [.. all.Select(s => new SiloLoad(s, Load(at, s)))];
        LoadMove[] moves =
        [
            .. all.Select(s => LoadRule.Choose(loads, s, [.. at.Where(g => g.Value.Silo.Equals(s)).Select(LoadOf)]))
                .OfType<LoadMove>(),
        ];
        Assert.True(moves.Length <= 1, $"{moves.Length} silos give at once");
        return moves.SingleOrDefault();
    }

    private static GuardianLoad LoadOf(KeyValuePair<string, (SiloAddress Silo, double Rate)> one) =>
        new(one.Key, one.Value.Rate);

    private static double Load(Dictionary<string, (SiloAddress Silo, double Rate)> at, SiloAddress silo) =>
        at.Values.Where(g => g.Silo.Equals(silo)).Sum(g => g.Rate);

    private static SiloAddress Silo(int number) =>
        SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 11_110 + number), 1);
}
