using Guardian.Silo.Hosting;
using Microsoft.AspNetCore.Connections;

namespace Guardian.Silo.Tests.Hosting;

public sealed class StartFailureTests
{
    [Fact]
    public void Explain_ConditionInside_TellsItsWords() => Assert.Equal(
        "Condition failed: the data folder 'x' belongs to a running silo.",
        StartFailure.Explain(new InvalidOperationException("start", new AggregateException(
            new TimeoutException("late"),
            new IOException("Condition failed: the data folder 'x' belongs to a running silo.")))));

    [Fact]
    public void Explain_PortTakenMeanwhile_SaysWhatToDo() => Assert.Equal(
        "Condition failed: address already in use Stop the process that has it, or choose another port.",
        StartFailure.Explain(new IOException("bind", new AddressInUseException("address already in use"))));

    [Fact]
    public void Explain_OurOwnFault_IsNotExplainedAway() =>
        Assert.Null(StartFailure.Explain(new InvalidOperationException("Invariant: x")));
}
