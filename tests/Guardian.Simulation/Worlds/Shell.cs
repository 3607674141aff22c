using Guardian.Contracts;
using Guardian.Grains.Guarding;

namespace Guardian.Simulation.Worlds;

/// <summary>What a guardian's life tells the outside: summaries that may be lost, and its end.</summary>
internal sealed class Shell(World world, SimulatedSilo silo, string symbol, int life) : IGuardianShell
{
    public void Tell(string session, HistoryEvent[] events)
    {
        // Streams may lose a message; nothing depends on transitions.
    }

    public void Offer(GuardianSummary summary)
    {
        if (life == silo.Life) world.Alerting.Offer(silo, summary);
    }

    public void Withdraw(string symbol)
    {
        // Only stops the repeating of a summary, which this world does by asking.
    }

    public void KeepAwake(bool always)
    {
        // The world takes nothing out of memory.
    }

    public void Leave()
    {
        if (life == silo.Life) world.Leave(silo, symbol);
    }
}
