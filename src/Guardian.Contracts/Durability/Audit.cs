namespace Guardian.Contracts;

/// <summary>One entry of the hash-chained log of human actions.</summary>
[GenerateSerializer, Immutable, Alias("guardian.audit-entry")]
public sealed record AuditEntry
{
    /// <summary>Gets the writer whose chain it is in: the id of a silo's local file.</summary>
    [Id(0)] public required string Writer { get; init; }

    /// <summary>Gets its number in the chain, from 1.</summary>
    [Id(1)] public long Number { get; init; }

    /// <summary>Gets the wall time.</summary>
    [Id(2)] public Timestamp At { get; init; }

    /// <summary>Gets who acted.</summary>
    [Id(3)] public required string Actor { get; init; }

    /// <summary>Gets what was done, such as <c>hold</c>, <c>release</c>.</summary>
    [Id(4)] public required string Action { get; init; }

    /// <summary>Gets what it was done to.</summary>
    [Id(5)] public required string Target { get; init; }

    /// <summary>Gets why.</summary>
    [Id(6)] public required string Reason { get; init; }

    /// <summary>Gets the hash over this entry and the one before, hexadecimal.</summary>
    [Id(7)] public required string Hash { get; init; }

    /// <summary>Gets the hash of the entry before, hexadecimal; zeros for the first.</summary>
    [Id(8)] public string Previous { get; init; } = string.Empty;

    /// <summary>Gets the session it happened in.</summary>
    [Id(9)] public string Session { get; init; } = string.Empty;

    /// <summary>Gets what else there is to say, such as the new limits; empty when there is nothing.</summary>
    [Id(10)] public string Details { get; init; } = string.Empty;

    /// <summary>Gets how it ended: the stable code of the answer, also of a refusal.</summary>
    [Id(11)] public string Result { get; init; } = string.Empty;

    /// <summary>Gets an id that no other entry has, so that a repeated write is one entry.</summary>
    [Id(12)] public string Id { get; init; } = string.Empty;
}

/// <summary>Where a writer's chain ends: an entry that is not there any more is missed by it.</summary>
/// <param name="Writer">The writer.</param>
/// <param name="Count">The number of its last entry.</param>
/// <param name="Hash">The hash of its last entry, hexadecimal.</param>
[GenerateSerializer, Immutable, Alias("guardian.audit-head")]
public sealed record AuditHead(
    [property: Id(0)] string Writer,
    [property: Id(1)] long Count,
    [property: Id(2)] string Hash);

/// <summary>What is wrong with one entry of the log of human actions.</summary>
/// <param name="Writer">The writer whose chain it is in.</param>
/// <param name="Number">The entry's number in it.</param>
/// <param name="Problem">What is wrong, in words.</param>
[GenerateSerializer, Immutable, Alias("guardian.audit-problem")]
public sealed record AuditProblem(
    [property: Id(0)] string Writer,
    [property: Id(1)] long Number,
    [property: Id(2)] string Problem);

/// <summary>What a verification of the log of human actions found.</summary>
[GenerateSerializer, Immutable, Alias("guardian.audit-report")]
public sealed record AuditReport
{
    /// <summary>Gets whether every entry is as it was written.</summary>
    [Id(0)] public bool Whole { get; init; }

    /// <summary>Gets how many entries were read.</summary>
    [Id(1)] public long Entries { get; init; }

    /// <summary>Gets the end of each writer's chain; kept elsewhere, it proves more than the file alone can.</summary>
    [Id(2)] public AuditHead[] Heads { get; init; } = [];

    /// <summary>Gets what is wrong, entry by entry; the first thousand.</summary>
    [Id(3)] public AuditProblem[] Problems { get; init; } = [];
}

/// <summary>How the log of human actions is now.</summary>
[GenerateSerializer, Immutable, Alias("guardian.audit-state")]
public sealed record AuditState
{
    /// <summary>Gets the end of this silo's chain; null before its first entry.</summary>
    [Id(0)] public AuditHead? Head { get; init; }

    /// <summary>Gets how many entries wait for the disk.</summary>
    [Id(1)] public int Waiting { get; init; }

    /// <summary>Gets how many entries were lost because too many waited; each one is a P0.</summary>
    [Id(2)] public long Lost { get; init; }

    /// <summary>Gets why it can't be written at present; null while it can.</summary>
    [Id(3)] public string? LastError { get; init; }
}

/// <summary>What is asked of the log of human actions.</summary>
[GenerateSerializer, Immutable, Alias("guardian.audit-query")]
public sealed record AuditQuery
{
    /// <summary>Most entries in one page.</summary>
    public const int MaximumLimit = 1_000;

    /// <summary>Gets the first moment that is wanted; none: from the beginning.</summary>
    [Id(0)] public Timestamp From { get; init; }

    /// <summary>Gets the moment before which is wanted; none: to the end.</summary>
    [Id(1)] public Timestamp To { get; init; }

    /// <summary>Gets the cursor of the page before; null for the first.</summary>
    [Id(2)] public string? Cursor { get; init; }

    /// <summary>Gets the most entries wanted.</summary>
    /// <value>Default 100; 1 to 1,000.</value>
    [Id(3)] public int Limit { get; init; } = 100;

    /// <summary>Gets whether the newest come first.</summary>
    [Id(4)] public bool NewestFirst { get; init; }
}

/// <summary>A page of the log of human actions.</summary>
/// <param name="Items">The entries, by time.</param>
/// <param name="Next">The cursor of the next page; null on the last.</param>
[GenerateSerializer, Immutable, Alias("guardian.audit-page")]
public sealed record AuditPage(
    [property: Id(0)] AuditEntry[] Items,
    [property: Id(1)] string? Next);
