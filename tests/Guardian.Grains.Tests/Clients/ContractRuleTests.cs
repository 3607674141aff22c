using Guardian.Contracts;
using Guardian.Grains.Clients;

namespace Guardian.Grains.Tests.Clients;

public sealed class ContractRuleTests
{
    [Theory]
    [InlineData(2, true, null)]
    [InlineData(4, true, null)]
    [InlineData(
        1, false,
        "Condition failed: client trader speaks contract 1; silos serve 2 to 4. "
        + "Build it with the silos' version of Guardian.Client.")]
    [InlineData(
        5, true,
        "Client trader speaks contract 5; silos speak 4 and may not know all that it asks for. "
        + "Upgrade the silos before the clients.")]
    public void Judge_ContractsAroundThoseServed_ServedFromTheOldestOn(int contract, bool served, string? problem)
    {
        ClientReception reception = ContractRule.Judge(new ClientIntroduction("trader", contract, "1.0"), 2, 4);
        Assert.Equal(new ClientReception { Contract = 4, Served = served, Problem = problem }, reception);
    }

    [Theory]
    [InlineData("", "Condition failed: program has 0 characters; it takes 1 to 200.")]
    [InlineData("a\tb", "Condition failed: program has a control character; none is allowed.")]
    [InlineData("a", null)]
    public void Error_Names_TellsFieldAndRule(string program, string? error) =>
        Assert.Equal(error, ContractRule.Error(new ClientIntroduction(program, 1, "1.0")));

    [Fact]
    public void Error_NameTooLong_TellsItsLength() => Assert.Equal(
        "Condition failed: program has 201 characters; it takes 1 to 200.",
        ContractRule.Error(new ClientIntroduction(new string('a', 201), 1, "1.0")));
}
