using Guardian.Contracts;
using Guardian.Grains.Guarding;
using Guardian.Simulation.Model;
using Guardian.Simulation.Stores;

namespace Guardian.Simulation.Worlds;

/// <content>The end: every fault is over, and all that was promised must be there.</content>
internal sealed partial class World
{
    private const int MostRounds = 60;

    private void Settle()
    {
        Heal();
        for (int i = 0; i < 4; i++) Pass(TimeSpan.FromSeconds(1));
        CheckAll();
        foreach (Lane lane in _lanes)
        {
            if (lane.Epoch == 0) continue;
            for (int i = 0; i < MostRounds && !lane.IsSettled && Check.Failure is null; i++)
            {
                if (Reach(lane.Symbol) is { } guardian)
                {
                    SimulatedSilo silo = Silos[_owners[lane.Symbol]];
                    if (lane.Silo != silo.Index) lane.Open(silo.Index);
                    Send(lane, guardian, silo);
                }

                Pass(TimeSpan.FromMilliseconds(250));
            }

            Check.Require(lane.IsSettled || AnyDecayed, Invariants.Settles, () =>
                $"{lane.Symbol} calls only {lane.First - 1} of {lane.Last} durable; "
                + Silos[_owners[lane.Symbol]].Say(lane));
        }

        for (int i = 0; i < 4; i++) Pass(TimeSpan.FromSeconds(2));
        CheckPresent();
        CheckHistory();
        CheckAlerts();
        CheckAll();
        foreach (SimulatedSilo silo in Silos) Compare(silo);
        LoseAllAtOnce();
    }

    // A guardian that a newer epoch fenced out comes up again with the next call.
    private void CheckPresent()
    {
        foreach (string symbol in _symbols) Reach(symbol);
        Pass(TimeSpan.FromSeconds(1));
        foreach (string symbol in _symbols)
        {
            Check.Require(Reach(symbol) is not null || AnyDecayed, Invariants.Settles, () =>
                $"nobody guards {symbol} although everything is well");
        }
    }

    private bool AnyDecayed => Silos.Any(silo => silo.HasDecayed);

    private void Heal()
    {
        Grains.Mood = History.Mood = StoreMood.Well;
        Hot.IsAway = false;
        _cuts.Clear();
        foreach (SimulatedSilo silo in Silos)
        {
            silo.Disk.Faults.Heal();
            silo.Thaw();
            if (silo.IsZombie) silo.Crash(power: false);
            silo.Start();
            Check.Require(silo.IsUp || silo.HasDecayed, Invariants.Settles, () =>
                $"silo {silo.Index} does not start on a disk that is well");
        }

        foreach (string symbol in _symbols) Reach(symbol);
    }

    // A last crash of everything: what was promised at any time must be there again.
    private void LoseAllAtOnce()
    {
        foreach (SimulatedSilo silo in Silos)
        {
            silo.Crash(power: true);
            silo.Start();
        }

        foreach (string symbol in _symbols) Reach(symbol);
        Pass(TimeSpan.FromSeconds(1));
        CheckAll();
    }

    private void CheckHistory()
    {
        foreach (SimulatedSilo silo in Silos)
        {
            long lag = silo.IsUp ? silo.Journal.DurablePosition - silo.Journal.GetCursor("L2") : 0;
            Check.Require(lag <= 0 || silo.HasDecayed, Invariants.Settles, () =>
                $"the history lacks {lag} entries of silo {silo.Index} although it is well again");
        }

        if (AnyDecayed) return;
        foreach (Lane lane in _lanes)
        {
            foreach (PastLane past in lane.Past) CheckLane(lane, past);
            CheckLane(lane, new PastLane(lane.Epoch, lane.First - 1, lane.Last));
        }
    }

    private void CheckLane(Lane lane, PastLane past)
    {
        for (long sequence = 1; sequence <= past.Durable; sequence++)
        {
            double mark = lane.Mark(past.Epoch, sequence);
            int times = History.Times(mark);
            // What found no room is in a checkpoint and not in the history.
            bool counted = times == 1 || (times == 0 && _unrecordedMarks.Contains(mark))
                || (times > 1 && _abandonedMarks.Contains(mark));
            Check.Require(counted, Invariants.AcknowledgedLost, () =>
                $"{lane.Symbol}: {lane.Producer} {past.Epoch}/{sequence} was called durable; the history has it "
                + $"{times} times");
        }
    }

    private void CheckAlerts()
    {
        List<Condition> conditions = [];
        foreach (SimulatedSilo silo in Silos)
        {
            foreach ((string symbol, ActiveGuardian guardian) in silo.Guardians)
            {
                if (_owners[symbol] != silo.Index) continue;
                Verdict verdict = guardian.Life.GetVerdict();
                Condition[] own = GuardianConditions.Of(verdict);
                Alerting.Report(symbol, own);
                conditions.AddRange(own);
            }
        }

        // Nothing is judged anew meanwhile: only the book's own waiting times pass.
        for (int i = 0; i < 20; i++)
        {
            Clock.Advance(TimeSpan.FromSeconds(1));
            Alerting.Tick();
        }

        Alerting.CheckAgainst(conditions);
    }
}
