using Guardian.Grains.Guarding;

namespace Guardian.Grains.Tests.Guarding;

public sealed class GuardianCrowdTests
{
    [Theory]
    [InlineData(250, 0, 250)]
    [InlineData(250, 2_500, 250)]
    [InlineData(250, 2_501, 500)]
    [InlineData(250, 10_000, 1_000)]
    [InlineData(250, 100_000, 1_000)]
    [InlineData(1_000, 100_000, 1_000)]
    [InlineData(50, 600, 100)]
    [InlineData(300, 100_000, 900)]
    public void TickPeriod_SoManyGuardians_IsSoManyTimesTheConfiguredOne(int configured, int guardians, int expected)
    {
        var crowd = new GuardianCrowd(new GuardianGrainOptions { TickPeriod = TimeSpan.FromMilliseconds(configured) });
        for (int i = 0; i < guardians + 3; i++) crowd.Came();
        for (int i = 0; i < 3; i++) crowd.Went();
        Assert.Equal(TimeSpan.FromMilliseconds(expected), crowd.TickPeriod);
    }
}
