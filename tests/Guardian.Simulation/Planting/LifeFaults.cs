using Guardian.Contracts;
using Guardian.Grains.Alerting;
using Guardian.Grains.Guarding;
using Guardian.Grains.Halts;
using Guardian.Storage.Journal;
using BreakerState = Guardian.Detection.Breaker.BreakerState;

namespace Guardian.Simulation.Planting;

/// <summary>A batch that came already is folded again.</summary>
internal sealed class DuplicateFoldedTwice : Plant
{
    internal override ObserveResult Observe(GuardianLife life, ObservationBatch batch)
    {
        ObserveResult result = life.Observe(batch);
        if (result.Code == ObserveCode.Duplicate && batch.Items.Length > 0)
            life.Observe(batch with { Producer = "again", ProducerEpoch = 0 });
        return result;
    }
}

/// <summary>The end of any order counts for the probe that is out.</summary>
internal sealed class StalePermitCloses : Plant
{
    internal override ObserveResult Observe(GuardianLife life, ObservationBatch batch)
    {
        bool ends = batch.Items.Length == 1 && batch.Items[0].Kind == ObservationKind.Outcome;
        if (!ends || life.Core.Engine.Breaker != BreakerState.HalfOpen) return life.Observe(batch);
        Decision decision = life.Check(new OrderRequest { OrderId = "any", Quantity = 1 });
        if (decision.Permit is null) return life.Observe(batch);
        return life.Observe(batch with { Items = [batch.Items[0] with { Subject = "any" }] });
    }
}

/// <summary>An open entry that comes late takes the tombstone's place.</summary>
internal sealed class LateEntryReopens : Plant
{
    internal override void Receive(HaltBoard board, Hold hold)
    {
        if (hold.IsOpen && board.Find(hold.Id) is { IsOpen: false })
        {
            Hold[] others = [.. board.Open(hold.Session)];
            board.Forget(hold.Session);
            foreach (Hold other in others) board.Merge(other);
        }

        board.Merge(hold);
    }
}

/// <summary>The alert book is stored without who has seen what.</summary>
internal sealed class AlertForgetsAcknowledgement : Plant
{
    internal override AlertBookState Save(AlertBookState book)
    {
        foreach (AlertEntry entry in book.Entries) entry.Alert = entry.Alert with { AcknowledgedBy = null };
        return book;
    }
}

/// <summary>No order goes out where the journal has no room or says that something is wrong.</summary>
internal sealed class DecisionAsksTheJournal : Plant
{
    internal override Decision Check(GuardianLife life, IJournal journal, OrderRequest order) =>
        Judge(life.Check(order), journal);

    internal override Decision Check(GuardianCore core, IJournal journal, OrderRequest order) =>
        Judge(core.Check(order), journal);

    private static Decision Judge(Decision decision, IJournal journal) => journal.HasRoom && journal.Fault is null
        ? decision
        : decision with { Allowed = false, Code = "denied.halted", TradingState = TradingState.Halted, SizeFactor = 0 };
}
