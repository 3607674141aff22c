using Guardian.Contracts;
using Guardian.Simulation.Stores;

namespace Guardian.Simulation.Worlds;

/// <content>What each step does to machines, disks, stores and networks.</content>
internal sealed partial class World
{
    private void Do(Step step)
    {
        SimulatedSilo silo = Silos[step.Silo];
        string symbol = _symbols[step.Symbol];
        switch (step.Kind)
        {
            case StepKind.Advance: Pass(Span(step.Amount)); break;
            case StepKind.Write: if (silo.Answers) silo.File.Step(); break;
            case StepKind.Report: Report(_lanes[step.Symbol], step.Amount); break;
            case StepKind.ReportLive: ReportLive(_live[step.Symbol], step.Amount); break;
            case StepKind.Overrun: Overrun(_lanes[step.Symbol], step.Amount, silo); break;
            case StepKind.Burst: Burst(symbol, step.Amount); break;
            case StepKind.Check: Ask(symbol, step.Amount); break;
            case StepKind.Outcome: ReportOutcome(symbol, step.Amount); break;
            case StepKind.HoldSymbol: HoldSymbol(symbol, $"h{_halts.Count}"); break;
            case StepKind.HoldBeyond: HoldBeyond(silo, step.Amount, $"h{_halts.Count}"); break;
            case StepKind.HoldAgain: HoldAgain(silo, step.Amount); break;
            case StepKind.Release: Release(silo, step.Amount, again: false); break;
            case StepKind.ReleaseAgain: Release(silo, step.Amount, again: true); break;
            case StepKind.Reset: Reset(symbol); break;
            case StepKind.Limits: SetLimits(symbol, step.Amount); break;
            case StepKind.Acknowledge: Alerting.Acknowledge(step.Amount); break;
            case StepKind.Compare: Compare(silo); break;
            case StepKind.Move: Move(symbol, step.Silo); break;
            default: DoToMachine(step, silo); break;
        }
    }

    private void DoToMachine(Step step, SimulatedSilo silo)
    {
        switch (step.Kind)
        {
            case StepKind.Checkpoint: if (silo.Answers) Pass(TimeSpan.FromSeconds(4.5)); break;
            case StepKind.PowerLoss: Crash(silo, power: true); break;
            case StepKind.PowerLossAtWrite: CrashAtWrite(silo, step.Amount); break;
            case StepKind.Kill: Crash(silo, power: false); break;
            case StepKind.Stop: silo.Stop(); if (silo.Index == 0) Alerting.Crash(); break;
            case StepKind.Start: silo.Start(); break;
            case StepKind.Freeze: Freeze(silo); break;
            case StepKind.Thaw: silo.Thaw(); break;
            case StepKind.DiskFault: Spoil(silo, step.Amount); break;
            case StepKind.DiskHeal: silo.Disk.Faults.Heal(); break;
            case StepKind.Damage: if (Script.Decays) Damage(silo); break;
            case StepKind.GrainStorage: Grains.Mood = Mood(step.Amount); break;
            case StepKind.History: History.Mood = Mood(step.Amount); Hot.IsAway = step.Amount % 7 == 0; break;
            case StepKind.Partition: Cut(step.Silo, step.Amount % Script.Silos); break;
            case StepKind.Join: _cuts.Clear(); break;
            case StepKind.WallClock: SetWallClock(silo, step.Amount); break;
            default: throw new InvalidOperationException($"Invariant: {step.Kind} is not a step.");
        }
    }

    private static TimeSpan Span(int amount) => (amount % 10) switch
    {
        < 5 => TimeSpan.FromMilliseconds(1 + (amount % 97)),
        < 9 => TimeSpan.FromMilliseconds(100 + amount),
        _ => TimeSpan.FromSeconds(amount % 40),
    };

    private static StoreMood Mood(int amount) => (amount % 8) switch
    {
        0 or 1 => StoreMood.Slow,
        2 or 3 => StoreMood.Refuses,
        4 => StoreMood.LosesAnswers,
        _ => StoreMood.Well,
    };

    private void Crash(SimulatedSilo silo, bool power)
    {
        silo.Crash(power);
        if (silo.Index == 0) Alerting.Crash();
        // Most often a supervisor starts it again at once, on a disk that may have been exchanged for a good one.
        if (Chance.OneIn(2)) silo.Start();
    }

    // The power fails in the middle of a commit: after so many more writes and syncs.
    private void CrashAtWrite(SimulatedSilo silo, int amount)
    {
        if (!silo.Answers) return;
        silo.Disk.PowerFailsAfter = amount % 12;
        silo.File.Step();
        Crash(silo, power: true);
    }

    private void Freeze(SimulatedSilo silo)
    {
        if (!silo.IsUp || Script.Silos == 1) return;
        silo.Freeze();
        silo.IsZombie = true;
        foreach (string symbol in _symbols)
        {
            if (_owners[symbol] == silo.Index) _owners[symbol] = (silo.Index + 1) % Script.Silos;
        }

        // Declared dead while it slept: it wakes up with guardians that others have, and goes when it is told so.
        int life = silo.Life;
        Clock.After(TimeSpan.FromSeconds(30), () =>
        {
            if (silo.Life == life) silo.Thaw();
        });
        Clock.After(TimeSpan.FromSeconds(33), () =>
        {
            if (silo.Life == life) silo.Crash(power: false);
        });
    }

    private void Spoil(SimulatedSilo silo, int amount)
    {
        switch (Script.Theme == Theme.NoRoom ? amount % 4 == 3 ? 4 : 0 : amount % 5)
        {
            case 0: silo.Disk.Faults.Full = true; break;
            case 4: silo.Disk.Faults.Capacity = silo.Disk.Used() + (amount * 128L); break;
            case 1: silo.Disk.Faults.SyncErrors = 300; break;
            case 2: silo.Disk.Faults.WriteErrors = 100; break;
            default: silo.Disk.Faults.WriteErrors = 1000; break;
        }
    }

    // A bit turns in the file while nobody runs.
    private void Damage(SimulatedSilo silo)
    {
        if (silo.IsUp) return;
        foreach (Disk.SimulatedFile file in silo.Disk.Files)
        {
            bool main = file.Path.EndsWith("l3.db", StringComparison.Ordinal);
            if (!main || file.Durable.Length == 0 || file.Unsynced > 0) continue;
            silo.HasDecayed = true;
            file.Flip(Chance.Below(file.Durable.Length), Chance.Below(8));
        }
    }

    private void Cut(int one, int other)
    {
        if (one != other) _cuts.Add((Math.Min(one, other), Math.Max(one, other)));
    }

    private static void SetWallClock(SimulatedSilo silo, int amount)
    {
        silo.WallOffset = TimeSpan.FromSeconds((amount - 500) * 7);
        if (silo.IsUp) silo.Time.Offset = silo.WallOffset;
    }

    // Guardians of a silo that is gone come up on another; those of one that is there stay.
    private void Move(string symbol, int to)
    {
        SimulatedSilo owner = Silos[_owners[symbol]];
        if (owner.Answers || !Silos[to].Answers) return;
        if (owner.IsFrozen) owner.IsZombie = true;
        _owners[symbol] = to;
        Silos[to].Activate(symbol);
    }

    private void Compare(SimulatedSilo silo)
    {
        if (!silo.Answers || silo.HasDecayed) return;
        foreach ((string symbol, ActiveGuardian guardian) in silo.Guardians)
            silo.Book(symbol).CheckLive(guardian.Life.Core.Engine, Check);
    }

    // Boards tell each other by a message at once and by a look every 250 ms; messages are lost, late or doubled.
    private void Exchange()
    {
        if (Script.Silos == 1) return;
        foreach (SimulatedSilo from in Silos)
        {
            if (!from.Answers) continue;
            foreach (SimulatedSilo to in Silos)
            {
                if (to == from || !to.IsUp || IsCut(from.Index, to.Index)) continue;
                foreach (Hold hold in from.Board.Entries)
                {
                    if (!Chance.OneIn(3)) Send(hold, to);
                }
            }
        }
    }

    private void Send(Hold hold, SimulatedSilo to)
    {
        Hold? known = to.Board.Find(hold.Id);
        bool news = known is null || known.IsOpen != hold.IsOpen;
        if (!news && !Chance.OneIn(20)) return;
        Action<Action> deliver = to.Deliver();
        int times = Chance.OneIn(5) ? 2 : 1;
        for (int i = 0; i < times; i++)
        {
            TimeSpan delay = TimeSpan.FromMilliseconds(Chance.Below(Chance.OneIn(5) ? 3_000 : 50));
            Clock.After(delay, () => deliver(() => Receive(to, hold)));
        }
    }

    private void Receive(SimulatedSilo to, Hold hold)
    {
        Plant.Receive(to.Board, hold);
        if (hold.IsOpen) to.Promises.Held.Add(hold.Id);
        else to.Promises.Released.Add(hold.Id);
    }
}
