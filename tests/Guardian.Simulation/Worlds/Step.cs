namespace Guardian.Simulation.Worlds;

/// <summary>What can happen in a world.</summary>
internal enum StepKind
{
    Advance,
    Write,
    Report,
    ReportLive,
    Overrun,
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
    private static readonly (StepKind Kind, int Weight)[] Mixed =
    [
        (StepKind.Advance, 20), (StepKind.Write, 12), (StepKind.Report, 22), (StepKind.ReportLive, 3),
        (StepKind.Burst, 4), (StepKind.Check, 8), (StepKind.Outcome, 5), (StepKind.HoldSymbol, 4),
        (StepKind.HoldBeyond, 3), (StepKind.HoldAgain, 1), (StepKind.Release, 5), (StepKind.ReleaseAgain, 1),
        (StepKind.Reset, 1), (StepKind.Limits, 1), (StepKind.Checkpoint, 3), (StepKind.PowerLoss, 3),
        (StepKind.PowerLossAtWrite, 4), (StepKind.Kill, 2), (StepKind.Stop, 1), (StepKind.Start, 8),
        (StepKind.Freeze, 1), (StepKind.Thaw, 2), (StepKind.DiskFault, 2), (StepKind.DiskHeal, 2),
        (StepKind.Damage, 2), (StepKind.GrainStorage, 3), (StepKind.History, 3), (StepKind.Partition, 1),
        (StepKind.Join, 1), (StepKind.WallClock, 1), (StepKind.Move, 2), (StepKind.Acknowledge, 2),
        (StepKind.Compare, 2),
    ];

    private static readonly (StepKind Kind, int Weight)[] Probing =
    [
        (StepKind.Advance, 12), (StepKind.Write, 6), (StepKind.Report, 6), (StepKind.Burst, 8), (StepKind.Check, 24),
        (StepKind.Outcome, 24), (StepKind.Limits, 6), (StepKind.PowerLoss, 2), (StepKind.Kill, 4),
        (StepKind.Start, 8), (StepKind.Compare, 4), (StepKind.Reset, 2), (StepKind.GrainStorage, 1),
    ];

    private static readonly (StepKind Kind, int Weight)[] NoRoom =
    [
        (StepKind.Advance, 10), (StepKind.Write, 22), (StepKind.Report, 34), (StepKind.ReportLive, 2),
        (StepKind.Check, 4), (StepKind.HoldSymbol, 3), (StepKind.Release, 2), (StepKind.PowerLoss, 4),
        (StepKind.Kill, 2), (StepKind.Start, 8), (StepKind.DiskFault, 4), (StepKind.DiskHeal, 5),
        (StepKind.Compare, 4), (StepKind.History, 1), (StepKind.Overrun, 3),
    ];

    internal required ulong Seed { get; init; }

    internal required int Silos { get; init; }

    internal required int Symbols { get; init; }

    /// <summary>Gets whether epochs are claimed in the silo's own file, as a silo alone does.</summary>
    internal required bool Embedded { get; init; }

    /// <summary>Gets whether disks may decay in this world: then loss is allowed, but never silence.</summary>
    internal required bool Decays { get; init; }

    /// <summary>Gets what this world is about.</summary>
    internal required Theme Theme { get; init; }

    /// <summary>Gets whether the queue before the disk is short.</summary>
    internal required bool ShortQueue { get; init; }

    internal required IReadOnlyList<Step> Steps { get; init; }

    internal static Script Of(ulong seed, int steps)
    {
        var chance = new Chance(seed);
        Theme theme = chance.Below(10) switch { < 6 => Theme.Mixed, < 8 => Theme.Probing, _ => Theme.NoRoom };
        (StepKind Kind, int Weight)[] weights = theme switch
        {
            Theme.Probing => Probing,
            Theme.NoRoom => NoRoom,
            _ => Mixed,
        };
        int total = weights.Sum(w => w.Weight);
        int silos = theme == Theme.Mixed ? Silo(chance) : 1;
        int symbols = chance.Between(2, silos == 1 ? 3 : 4);
        bool embedded = silos == 1 && chance.OneIn(2);
        bool decays = chance.OneIn(5);
        bool shortQueue = theme == Theme.NoRoom || chance.OneIn(4);
        var made = new Step[steps];
        for (int i = 0; i < steps; i++)
        {
            StepKind kind = Pick(weights, total, chance);
            made[i] = new Step(kind, chance.Below(silos), chance.Below(symbols), chance.Below(1000), chance.Next());
        }

        return new Script
        {
            Seed = seed, Silos = silos, Symbols = symbols, Embedded = embedded, Decays = decays,
            Theme = theme, ShortQueue = shortQueue, Steps = made,
        };
    }

    internal Script With(IReadOnlyList<Step> steps) => new()
    {
        Seed = Seed, Silos = Silos, Symbols = Symbols, Embedded = Embedded, Decays = Decays,
        Theme = Theme, ShortQueue = ShortQueue, Steps = steps,
    };

    private static int Silo(Chance chance) => chance.Below(10) switch { < 5 => 1, < 8 => 2, _ => 3 };

    private static StepKind Pick((StepKind Kind, int Weight)[] weights, int total, Chance chance)
    {
        int drawn = chance.Below(total);
        foreach ((StepKind kind, int weight) in weights)
        {
            if ((drawn -= weight) < 0) return kind;
        }

        return StepKind.Advance;
    }
}

/// <summary>What a world is about: rare defects need their circumstances often.</summary>
internal enum Theme
{
    Mixed,
    Probing,
    NoRoom,
}
