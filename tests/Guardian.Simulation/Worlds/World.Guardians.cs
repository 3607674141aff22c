using Guardian.Contracts;
using Guardian.Grains.Guarding;
using Guardian.Simulation.Model;
using Guardian.Storage.Journal;

namespace Guardian.Simulation.Worlds;

/// <content>Guardians that come up, and what must hold at each step.</content>
internal sealed partial class World
{
    private const int MostStateBytes = 256 * 1024;
    private const int MostProducers = 5;

    private readonly HashSet<double> _unrecordedMarks = [];
    private readonly HashSet<double> _abandonedMarks = [];

    internal void Activated(SimulatedSilo silo, string symbol, GuardianLife life)
    {
        var guardian = new ActiveGuardian(life);
        silo.Guardians[symbol] = guardian;
        Epoch epoch = life.Core.Epoch;
        Check.Require(_epochs.Add((symbol, epoch)), Invariants.Epochs, () => $"epoch {epoch} of {symbol} came twice");
        foreach (Hold hold in silo.Board.Open(SymbolName.Live))
        {
            if (hold.Scope == Scope.Symbol && string.Equals(hold.Key, symbol, StringComparison.Ordinal))
                guardian.MustHold.Add(hold.Id);
        }
    }

    internal void Leave(SimulatedSilo silo, string symbol) =>
        // As the runtime does: it goes once its turn is over, and the next call brings it up again.
        Clock.After(TimeSpan.Zero, () =>
        {
            if (!silo.Guardians.Remove(symbol, out ActiveGuardian? guardian)) return;
            Await(guardian.Life.EndAsync());
        });

    private void CheckAll()
    {
        foreach (SimulatedSilo silo in Silos)
        {
            if (!silo.IsUp) continue;
            CheckBounds(silo);
            CheckHalts(silo);
        }
    }

    private void CheckBounds(SimulatedSilo silo)
    {
        int waiting = silo.Books.Sum(book => book.Waiting(silo.Life));
        Check.Require(waiting <= silo.QueueBound, Invariants.Bounded, () =>
            $"{waiting} entries wait for the disk; {silo.QueueBound} may");
        // Every halt was asked for once here, and a latch is one per symbol and episode; nothing multiplies them.
        int open = silo.Board.Entries.Count(entry => entry.Kind == HaltKind.Hold);
        Check.Require(open <= _halts.Count, Invariants.Bounded, () =>
            $"the halt board has {open} holds; {_halts.Count} were ever asked for");
        foreach ((string symbol, ActiveGuardian guardian) in silo.Guardians) CheckBounds(silo, symbol, guardian);
    }

    private void CheckBounds(SimulatedSilo silo, string symbol, ActiveGuardian guardian)
    {
        // Writing the state out is dear; it grows slowly, so that every eighth step sees it.
        int state = StepsDone % 8 == 0 ? FoldBook.Bytes(guardian.Life.Core.Engine).Length : 0;
        Check.Require(state <= MostStateBytes, Invariants.Bounded, () =>
            $"{symbol} on silo {silo.Index} takes {state} bytes; {MostStateBytes} may");
        // The lossless one, the lossy one, the burst's, the trader's, and the one that a planted fault adds.
        int producers = silo.ProducersOf(symbol);
        Check.Require(producers <= MostProducers, Invariants.Bounded, () =>
            $"{symbol} on silo {silo.Index} knows {producers} producers; {MostProducers} report to it");
    }

    private void CheckHalts(SimulatedSilo silo)
    {
        bool excused = silo.HasDecayed && (silo.File.Damages.Count > 0 || silo.WasSetAside);
        foreach (HaltTruth halt in _halts)
        {
            Hold? found = silo.Board.Find(halt.Id);
            if (silo.Promises.MustBeReleased(halt.Id))
            {
                Check.Require(found is { IsOpen: false } || excused, Invariants.ReleasedBack, () =>
                    $"{halt.Id} was released at silo {silo.Index}, which now has {Say(found)}");
            }
            else if (silo.Promises.MustBeKnown(halt.Id))
            {
                Check.Require(found is not null || excused, Invariants.HaltForgotten, () =>
                    $"silo {silo.Index} does not know {halt.Id}, which it held");
                Check.Require(found is not { IsOpen: false } || halt.ReleaseAsked, Invariants.HaltForgotten, () =>
                    $"silo {silo.Index} has released {halt.Id}, and nobody asked for it");
            }
        }

        foreach ((string symbol, ActiveGuardian guardian) in silo.Guardians)
        {
            foreach (string id in guardian.MustHold)
            {
                // A tombstone from elsewhere ends it with the next tick.
                bool held = guardian.Life.Core.IsHeldBy(id) || silo.Promises.MustBeReleased(id);
                Check.Require(held, Invariants.HaltForgotten, () =>
                    $"{symbol} on silo {silo.Index} is not held by {id}");
            }

            foreach (Detection.Breaker.Hold held in guardian.Life.Core.Engine.Holds)
            {
                bool released = silo.Promises.MustBeReleased(held.Id) && !guardian.MustHold.Contains(held.Id);
                Check.Require(!released, Invariants.ReleasedBack, () =>
                    $"{symbol} on silo {silo.Index} is held by {held.Id}, which was released");
            }
        }
    }

    private void CheckDecision(SimulatedSilo silo, string symbol, string? strategy, Decision decision)
    {
        foreach (HaltTruth halt in _halts)
        {
            bool reaches = halt.Scope == Scope.Portfolio
                || (halt.Scope == Scope.Strategy && string.Equals(halt.Key, strategy, StringComparison.Ordinal))
                || (halt.Scope == Scope.Symbol && string.Equals(halt.Key, symbol, StringComparison.Ordinal)
                    && silo.Guardians[symbol].MustHold.Contains(halt.Id));
            bool inForce = reaches && !halt.ReleaseAsked && silo.Promises.MustBeKnown(halt.Id) && !silo.HasDecayed;
            bool smaller = halt.State == TradingState.Reducing && decision.Code == "allowed.reduce-only";
            Check.Require(!inForce || !decision.Allowed || smaller, Invariants.HaltForgotten, () =>
                $"an order of {symbol} went out although {halt.Id} is in force ({decision.Code})");
        }
    }

    private static void Note(JournalEntry entry, HashSet<double> into)
    {
        if (entry.Count > 0)
            Detection.Events.EventUnpacker.Unpack(entry.Payload, entry.FirstSequence, new Marks(into));
    }

    private static string Say(Hold? hold) => hold is null ? "nothing of it" : hold.IsOpen ? "it open" : "it released";

    private sealed class Marks(HashSet<double> into) : Detection.Events.IFoldSink
    {
        public void Write(long sequence, in Detection.Events.Observation observation)
        {
            if (observation.Quantity != 0) into.Add(observation.Quantity);
        }

        public void Write(long sequence, Detection.Events.GuardianEvent guardianEvent)
        {
            // Only observations are marked.
        }
    }
}
