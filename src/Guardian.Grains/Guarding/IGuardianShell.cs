using Guardian.Contracts;
using Guardian.Grains.Streams;

namespace Guardian.Grains.Guarding;

/// <summary>What a guardian's life needs of what runs it: streams, timers, an end.</summary>
/// <remarks>No call throws, blocks or waits: a decision never waits for what is told.</remarks>
public interface IGuardianShell
{
    /// <summary>Publishes transitions; one that is lost is made good by the next summary.</summary>
    /// <param name="session">Of which session.</param>
    /// <param name="events">The transitions, oldest first.</param>
    void Tell(string session, HistoryEvent[] events);

    /// <summary>Takes the newest summary, in place of an older one that was not sent yet.</summary>
    void Offer(GuardianSummary summary);

    /// <summary>Forgets the summary of a symbol.</summary>
    void Withdraw(string symbol);

    /// <summary>Says whether it stays in memory while nobody calls.</summary>
    void KeepAwake(bool always);

    /// <summary>Ends this life as soon as its turn is over.</summary>
    void Leave();
}
