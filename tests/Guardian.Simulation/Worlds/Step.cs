namespace Guardian.Simulation.Worlds;

/// <summary>What can happen in a world.</summary>
internal enum StepKind
{
    Advance,
    Write,
    Report,
    ReportLive,
    Burst,
    Check,
    Outcome,
    HoldSymbol,
    HoldBeyond,
    HoldAgain,
    Release,
    ReleaseAgain,
    Reset,
    Limits,
    Checkpoint,
    PowerLoss,
    PowerLossAtWrite,
    Kill,
    Stop,
    Start,
    Freeze,
    Thaw,
    DiskFault,
    DiskHeal,
    Damage,
    GrainStorage,
    History,
    Partition,
    Join,
    WallClock,
    Move,
    Acknowledge,
    Compare,
}

/// <summary>One step: who, what, how much, and the seed of the chance in it, so that others can be left out.</summary>
/// <param name="Kind">What happens.</param>
/// <param name="Silo">To which silo, where it is about one.</param>
/// <param name="Symbol">To which symbol, where it is about one.</param>
/// <param name="Amount">How much; 0 to 999.</param>
/// <param name="Salt">Seed of the chance in this step.</param>
internal readonly record struct Step(StepKind Kind, int Silo, int Symbol, int Amount, ulong Salt)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Kind} silo {Silo} symbol {Symbol} amount {Amount}";
}

/// <summary>What a seed makes: the shape of a world, and what happens in it.</summary>
internal sealed class Script
{
    private static readonly (StepKind Kind, int Weight)[] Weights =
    [
        (StepKind.Advance, 20), (StepKind.Write, 12), (StepKind.Report, 22), (StepKind.ReportLive, 3),
        (StepKind.Burst, 4), (StepKind.Check, 8), (StepKind.Outcome, 5), (StepKind.HoldSymbol, 4),
        (StepKind.HoldBeyond, 3), (StepKind.HoldAgain, 1), (StepKind.Release, 5), (StepKind.ReleaseAgain, 1),
        (StepKind.Reset, 1), (StepKind.Limits, 1), (StepKind.Checkpoint, 3), (StepKind.PowerLoss, 3),
        (StepKind.PowerLossAtWrite, 4), (StepKind.Kill, 2), (StepKind.Stop, 1), (StepKind.Start, 8),
        (StepKind.Freeze, 1), (StepKind.Thaw, 2), (StepKind.DiskFault, 2), (StepKind.DiskHeal, 2),
        (StepKind.Damage, 2),
        (StepKind.GrainStorage, 3), (StepKind.History, 3), (StepKind.Partition, 1),
        (StepKind.Join, 1), (StepKind.WallClock, 1), (StepKind.Move, 2), (StepKind.Acknowledge, 2),
        (StepKind.Compare, 2),
    ];

    private static readonly int Total = Weights.Sum(w => w.Weight);

    internal required ulong Seed { get; init; }

    internal required int Silos { get; init; }

    internal required int Symbols { get; init; }

    /// <summary>Gets whether epochs are claimed in the silo's own file, as a silo alone does.</summary>
    internal required bool Embedded { get; init; }

    /// <summary>Gets whether disks may decay in this world: then loss is allowed, but never silence.</summary>
    internal required bool Decays { get; init; }

    /// <summary>Gets whether the queue before the disk is short.</summary>
    internal required bool ShortQueue { get; init; }

    internal required IReadOnlyList<Step> Steps { get; init; }

    internal static Script Of(ulong seed, int steps)
    {
        var chance = new Chance(seed);
        int silos = chance.Below(10) switch { < 6 => 1, < 8 => 2, _ => 3 };
        int symbols = chance.Between(2, silos == 1 ? 3 : 4);
        bool embedded = silos == 1 && chance.OneIn(2);
        bool decays = chance.OneIn(5);
        bool shortQueue = chance.OneIn(3);
        var made = new Step[steps];
        for (int i = 0; i < steps; i++)
        {
            made[i] = new Step(
                Pick(chance), chance.Below(silos), chance.Below(symbols), chance.Below(1000), chance.Next());
        }

        return new Script
        {
            Seed = seed, Silos = silos, Symbols = symbols, Embedded = embedded, Decays = decays,
            ShortQueue = shortQueue, Steps = made,
        };
    }

    internal Script With(IReadOnlyList<Step> steps) => new()
    {
        Seed = Seed, Silos = Silos, Symbols = Symbols, Embedded = Embedded, Decays = Decays,
        ShortQueue = ShortQueue, Steps = steps,
    };

    private static StepKind Pick(Chance chance)
    {
        int drawn = chance.Below(Total);
        foreach ((StepKind kind, int weight) in Weights)
        {
            if ((drawn -= weight) < 0) return kind;
        }

        return StepKind.Advance;
    }
}
