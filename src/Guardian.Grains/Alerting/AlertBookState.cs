using Guardian.Contracts;

namespace Guardian.Grains.Alerting;

/// <summary>The alert book as it is stored.</summary>
[GenerateSerializer, Alias("guardian.alert-book-state")]
public sealed class AlertBookState
{
    /// <summary>Gets or sets the alerts.</summary>
    [Id(0)] public AlertEntry[] Entries { get; set; } = [];

    /// <summary>Gets or sets the newest steps, oldest first.</summary>
    [Id(1)] public AlertStep[] Steps { get; set; } = [];
}

/// <summary>One alert with what its life needs.</summary>
[GenerateSerializer, Alias("guardian.alert-entry")]
public sealed class AlertEntry
{
    /// <summary>Gets or sets rule, scope and key.</summary>
    [Id(0)] public required string Identity { get; set; }

    /// <summary>Gets or sets who says that the condition holds; empty once nobody does.</summary>
    [Id(1)] public required string[] Sources { get; set; }

    /// <summary>Gets or sets the alert.</summary>
    [Id(2)] public required Alert Alert { get; set; }

    /// <summary>Gets or sets since when it is pending, wall time in Unix nanoseconds.</summary>
    [Id(3)] public long PendingSince { get; set; }

    /// <summary>Gets or sets since when the condition is gone; 0 while it holds.</summary>
    [Id(4)] public long GoneSince { get; set; }

    /// <summary>Copies the entry.</summary>
    public AlertEntry Copy() => new()
    {
        Identity = Identity, Sources = Sources, Alert = Alert, PendingSince = PendingSince, GoneSince = GoneSince,
    };
}
