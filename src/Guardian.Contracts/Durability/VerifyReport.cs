namespace Guardian.Contracts;

/// <summary>One thing that is not as it was written, or not the same in two tiers.</summary>
[GenerateSerializer, Immutable, Alias("guardian.verify-difference")]
public sealed record VerifyDifference
{
    /// <summary>
    /// Gets what was looked at: <c>pages</c>, <c>journal</c>, <c>checkpoints</c>, <c>rows</c>, <c>audit</c>,
    /// <c>sums</c>, <c>tiers</c>, <c>parked</c>.
    /// </summary>
    [Id(0)] public required string Check { get; init; }

    /// <summary>Gets the tier that is at fault: <c>L2</c> or <c>L3</c>.</summary>
    [Id(1)] public required string Tier { get; init; }

    /// <summary>Gets the symbol; empty where it is of none.</summary>
    [Id(2)] public string Symbol { get; init; } = string.Empty;

    /// <summary>Gets the epoch; none where it is of none.</summary>
    [Id(3)] public Epoch Epoch { get; init; }

    /// <summary>Gets the beginning of the minute of session time; none where it is of none.</summary>
    [Id(4)] public Timestamp Minute { get; init; }

    /// <summary>Gets how many rows there should be.</summary>
    [Id(5)] public long Expected { get; init; }

    /// <summary>Gets how many rows there are.</summary>
    [Id(6)] public long Found { get; init; }

    /// <summary>Gets what is wrong, in words.</summary>
    [Id(7)] public required string Problem { get; init; }
}

/// <summary>What a comparison of the tiers and a check of every stored row found.</summary>
[GenerateSerializer, Immutable, Alias("guardian.verify-report")]
public sealed record VerifyReport
{
    /// <summary>Gets the data folder.</summary>
    [Id(0)] public required string Folder { get; init; }

    /// <summary>Gets when it was made.</summary>
    [Id(1)] public Timestamp At { get; init; }

    /// <summary>Gets whether everything is as it was written and the same in every tier.</summary>
    [Id(2)] public bool Equal { get; init; }

    /// <summary>Gets how many rows of the journal were read.</summary>
    [Id(3)] public long JournalRows { get; init; }

    /// <summary>Gets how many events are in them.</summary>
    [Id(4)] public long JournalEvents { get; init; }

    /// <summary>Gets how many checkpoints were read.</summary>
    [Id(5)] public long Checkpoints { get; init; }

    /// <summary>Gets how many small rows were read: holds, roster, sessions, records.</summary>
    [Id(6)] public long Rows { get; init; }

    /// <summary>Gets how many events of the history were read.</summary>
    [Id(7)] public long HistoryEvents { get; init; }

    /// <summary>Gets how many minutes were compared between the tiers.</summary>
    [Id(8)] public long Minutes { get; init; }

    /// <summary>Gets what the log of human actions is.</summary>
    [Id(9)] public AuditReport Audit { get; init; } = new();

    /// <summary>Gets how many differences there are, also those that are not listed.</summary>
    [Id(10)] public long Count { get; init; }

    /// <summary>Gets the differences; the first thousand.</summary>
    [Id(11)] public VerifyDifference[] Differences { get; init; } = [];

    /// <summary>Gets what is known and no difference, such as holes that were recorded as such.</summary>
    [Id(12)] public string[] Notes { get; init; } = [];

    /// <summary>Gets how many events were put right by a repair before this was made.</summary>
    [Id(13)] public long Repaired { get; init; }
}
