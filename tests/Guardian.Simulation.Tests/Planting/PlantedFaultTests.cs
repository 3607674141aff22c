using Guardian.Simulation.Planting;
using Guardian.Simulation.Running;
using Guardian.Simulation.Worlds;

namespace Guardian.Simulation.Tests.Planting;

public sealed class PlantedFaultTests
{
    private const int Seeds = 1_000;
    private const int Steps = 75;

    public static TheoryData<string> Names => [.. PlantedFaults.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Simulation_PlantedFault_IsFoundWithin1000Seeds(string fault)
    {
        Outcome? found = null;
        for (ulong seed = 1; seed <= Seeds && found is null; seed++)
        {
            Outcome outcome = Runner.Run(Script.Of(seed, Steps), PlantedFaults.Make(fault));
            // It is the fault that is found: without it, the same seed breaks nothing.
            bool own = outcome.Broken is not null && Runner.Run(outcome.Script, new Plant()).Broken is null;
            if (own) found = outcome;
        }

        Assert.True(found is not null, $"{fault} was not found within {Seeds} seeds.");
    }

    [Fact]
    public void Names_Planted_AreTenOrMore() => Assert.True(PlantedFaults.Names.Count() >= 10);
}
