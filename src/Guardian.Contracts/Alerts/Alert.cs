using System.Text.Json.Serialization;

namespace Guardian.Contracts;

/// <summary>How urgent an alert is.</summary>
public enum Severity : byte
{
    /// <summary>Page at once.</summary>
    P0 = 0,

    /// <summary>Look soon.</summary>
    P1 = 1,

    /// <summary>Know about it.</summary>
    P2 = 2,
}

/// <summary>The life of an alert.</summary>
public enum AlertStatus : byte
{
    /// <summary>The condition holds, but not for long enough yet.</summary>
    Pending = 0,

    /// <summary>The condition holds.</summary>
    Firing = 1,

    /// <summary>The condition is over.</summary>
    Resolved = 2,
}

/// <summary>Something that holds now and from which an alert is made: rule, scope and key.</summary>
[GenerateSerializer, Immutable, Alias("guardian.condition")]
public sealed record Condition
{
    /// <summary>Gets the rule's name, such as <c>GuardianTripped</c>; every name has a runbook.</summary>
    [Id(0)] public required string Name { get; init; }

    /// <summary>Gets how urgent it is.</summary>
    [Id(1)] public Severity Severity { get; init; }

    /// <summary>Gets the scope.</summary>
    [Id(2)] public Scope Scope { get; init; }

    /// <summary>Gets the symbol key, strategy, tier or empty.</summary>
    [Id(3)] public required string Key { get; init; }

    /// <summary>Gets what is the matter, in one line with numbers.</summary>
    [Id(4)] public required string Summary { get; init; }

    /// <summary>Gets since when.</summary>
    [Id(5)] public Timestamp Since { get; init; }

    /// <summary>Gets whether it comes from a guardrail in shadow mode.</summary>
    [Id(6)] public bool Shadow { get; init; }
}

/// <summary>An alert and where it is in its life.</summary>
[GenerateSerializer, Immutable, Alias("guardian.alert")]
public sealed record Alert
{
    /// <summary>Gets the id: rule, scope, key and episode.</summary>
    [Id(0)] public required string Id { get; init; }

    /// <summary>Gets the rule's name.</summary>
    [Id(1)] public required string Name { get; init; }

    /// <summary>Gets how urgent it is.</summary>
    [Id(2)] public Severity Severity { get; init; }

    /// <summary>Gets where it is in its life.</summary>
    [Id(3)] public AlertStatus Status { get; init; }

    /// <summary>Gets the scope.</summary>
    [Id(4)] public Scope Scope { get; init; }

    /// <summary>Gets the symbol key, strategy, tier or empty.</summary>
    [Id(5)] public required string Key { get; init; }

    /// <summary>Gets the number of this start of the alert.</summary>
    [Id(6)] public long Episode { get; init; }

    /// <summary>Gets when the condition began.</summary>
    [Id(7)] public Timestamp StartedAt { get; init; }

    /// <summary>Gets when it ended; none while it holds.</summary>
    [Id(8)] public Timestamp EndedAt { get; init; }

    /// <summary>Gets who acknowledged it; null when nobody has.</summary>
    [Id(9)] public string? AcknowledgedBy { get; init; }

    /// <summary>Gets what is the matter.</summary>
    [Id(10)] public required string Summary { get; init; }

    /// <summary>Gets the page that says what to do.</summary>
    [Id(11)] public required string Runbook { get; init; }

    /// <summary>Gets whether it comes from a guardrail in shadow mode.</summary>
    [Id(12), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public bool Shadow { get; init; }

    /// <summary>Gets the id of the alert that it is an effect of, so that it stays silent; null: of none.</summary>
    [Id(13), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? SilencedBy { get; init; }
}

/// <summary>One step in the life of an alert.</summary>
/// <param name="At">Wall time of the step.</param>
/// <param name="Alert">The alert after the step.</param>
/// <param name="Step"><c>pending</c>, <c>firing</c>, <c>resolved</c>, <c>acknowledged</c> or <c>cancelled</c>.</param>
[GenerateSerializer, Immutable, Alias("guardian.alert-step")]
public sealed record AlertStep(
    [property: Id(0)] Timestamp At,
    [property: Id(1)] Alert Alert,
    [property: Id(2)] string Step);

/// <summary>An acknowledgement by a named person.</summary>
[GenerateSerializer, Immutable, Alias("guardian.acknowledge-request")]
public sealed record AcknowledgeRequest
{
    /// <summary>Gets the alert's id.</summary>
    [Id(0)] public required string Id { get; init; }

    /// <summary>Gets who acknowledges, 1 to 64 characters.</summary>
    [Id(1)] public required string Actor { get; init; }

    /// <summary>Gets why or what is being done, 1 to 512 characters.</summary>
    [Id(2)] public required string Reason { get; init; }
}

/// <summary>Where alerts are delivered, and how that goes.</summary>
[GenerateSerializer, Immutable, Alias("guardian.receiver")]
public sealed record Receiver
{
    /// <summary>Gets the name.</summary>
    [Id(0)] public required string Name { get; init; }

    /// <summary>Gets the kind: <c>webhook</c>, <c>alertmanager</c>, <c>log</c>.</summary>
    [Id(1)] public required string Kind { get; init; }

    /// <summary>Gets whether it is delivered to.</summary>
    [Id(2)] public bool Enabled { get; init; }

    /// <summary>Gets the number of deliveries that wait.</summary>
    [Id(3)] public int Waiting { get; init; }

    /// <summary>Gets when the last delivery arrived; none: never.</summary>
    [Id(4)] public Timestamp LastDelivered { get; init; }

    /// <summary>Gets the last error in words; null when there is none.</summary>
    [Id(5)] public string? LastError { get; init; }
}

/// <summary>A silence: alerts that match are not delivered until it ends.</summary>
[GenerateSerializer, Immutable, Alias("guardian.silence")]
public sealed record Silence
{
    /// <summary>Gets the id.</summary>
    [Id(0)] public required string Id { get; init; }

    /// <summary>Gets the matchers: field (<c>name</c>, <c>scope</c>, <c>key</c>, <c>severity</c>) → value.</summary>
    [Id(1)] public Dictionary<string, string> Matchers { get; init; } = [];

    /// <summary>Gets who silenced.</summary>
    [Id(2)] public required string Actor { get; init; }

    /// <summary>Gets why.</summary>
    [Id(3)] public required string Reason { get; init; }

    /// <summary>Gets when it ends, at most 24 h ahead.</summary>
    [Id(4)] public Timestamp Until { get; init; }
}
