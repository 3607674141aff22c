using Guardian.Contracts;
using Guardian.Grains.Alerting;
using Guardian.Grains.Guarding;
using Guardian.Grains.Halts;
using Guardian.Simulation.Disk;
using Guardian.Simulation.Stores;
using Guardian.Storage.Checkpoints;
using Guardian.Storage.Halts;
using Guardian.Storage.Journal;
using Guardian.Storage.Local;

namespace Guardian.Simulation.Planting;

/// <summary>The seams of a world where a fault can be planted; without one, the product as it is.</summary>
internal class Plant
{
    internal virtual void Prepare(SimulatedDisk disk)
    {
    }

    internal virtual void Prepare(GrainStore store)
    {
    }

    internal virtual IHaltStore Halts(IHaltStore inner) => inner;

    internal virtual ICheckpointStore Checkpoints(ICheckpointStore inner, LocalFile file) => inner;

    /// <summary>Wraps the journal under everything.</summary>
    internal virtual IJournal Journal(IJournal inner) => inner;

    /// <summary>Wraps the journal that recovery reads.</summary>
    internal virtual IJournal RecoveryJournal(IJournal inner) => inner;

    /// <summary>Wraps the journal that the history's writer reads.</summary>
    internal virtual IJournal HistoryJournal(IJournal inner) => inner;

    internal virtual ObserveResult Observe(GuardianLife life, ObservationBatch batch) => life.Observe(batch);

    internal virtual Decision Check(GuardianLife life, IJournal journal, OrderRequest order) => life.Check(order);

    /// <summary>Answers as <see cref="Check(GuardianLife, IJournal, OrderRequest)"/> does, without a life around it.
    /// </summary>
    internal virtual Decision Check(GuardianCore core, IJournal journal, OrderRequest order) => core.Check(order);

    /// <summary>Takes an entry that a peer told.</summary>
    internal virtual void Receive(HaltBoard board, Hold hold) => board.Adopt([hold]);

    internal virtual AlertBookState Save(AlertBookState book) => book;
}
