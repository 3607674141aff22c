using System.Text.Json;
using System.Text.Json.Serialization;
using Guardian.Contracts;

namespace Guardian.Cli.Recordings;

/// <summary>One line of Guardian's own NDJSON: one observation and the symbol it is about.</summary>
/// <remarks>
/// <c>symbol</c> and <c>kind</c> always; <c>subject</c> is stage, feature, order id or price source; <c>value</c> (or
/// <c>valueMs</c>, the same for latency and pending) or <c>sent</c> and <c>received</c> for a latency by both times;
/// <c>at</c> is obligatory in a replay unless <c>received</c> stands for it; <c>outcome</c> names an order's end.
/// </remarks>
internal sealed record ObservationLine
{
    private static readonly JsonSerializerOptions Strict = new(GuardianJson.Options)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    public string? Symbol { get; init; }

    public ObservationKind? Kind { get; init; }

    public string? Subject { get; init; }

    public double? Value { get; init; }

    public double? ValueMs { get; init; }

    public OutcomeKind? Outcome { get; init; }

    public Timestamp At { get; init; }

    public Timestamp Sent { get; init; }

    public Timestamp Received { get; init; }

    public double Quantity { get; init; }

    public string? Text { get; init; }

    /// <summary>Reads a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="timeNeeded">Whether it must tell its time.</param>
    /// <param name="item">The item, when it could be read.</param>
    /// <param name="error">What is wrong, when it could not.</param>
    /// <returns>Whether it could be read.</returns>
    public static bool TryRead(string line, bool timeNeeded, out RecordedItem item, out string error)
    {
        item = default;
        ObservationLine? read;
        try
        {
            read = JsonSerializer.Deserialize<ObservationLine>(line, Strict);
        }
        catch (JsonException e)
        {
            error = $"it is no observation: {e.Message}";
            return false;
        }

        error = read is null ? "it is null" : read.Error(timeNeeded) ?? string.Empty;
        if (read is null || error.Length > 0) return false;
        item = new RecordedItem(read.Symbol!, read.ToObservation());
        return true;
    }

    private string? Error(bool timeNeeded)
    {
        if (!SymbolName.TryParse(Symbol, out _, out string error)) return error;
        if (Kind is not { } kind)
        {
            return "kind is missing; it takes latency, feature, outcome, pending, order, fill, "
                + "price, position or time";
        }

        if (kind != ObservationKind.Time && Subject is not { Length: >= 1 and <= 64 })
            return $"subject has {Subject?.Length ?? 0} characters; it takes 1 to 64";
        if (Value.HasValue && ValueMs.HasValue) return "value and valueMs are both given; give one";
        bool both = Sent.HasValue && Received.HasValue;
        if (Sent.HasValue != Received.HasValue) return "sent and received go together; one is missing";
        bool given = Value.HasValue || ValueMs.HasValue;
        if (kind == ObservationKind.Latency && both == given)
            return "a latency takes value, or sent and received, and not both";
        if (kind is ObservationKind.Pending or ObservationKind.Price or ObservationKind.Position && !given)
            return $"value is missing; {kind.ToString().ToUpperInvariant()} needs it";
        if (kind == ObservationKind.Outcome && Outcome is null && !given)
            return "outcome is missing; it takes ok, rejected, error or timeout";
        bool timed = At.HasValue || (kind == ObservationKind.Latency && both);
        return timeNeeded && !timed ? "at is missing; on recorded time every observation tells its own" : null;
    }

    private Observation ToObservation() => new()
    {
        Kind = Kind!.Value,
        Subject = Kind == ObservationKind.Time ? Subject ?? "time" : Subject!,
        Value = Outcome is { } outcome
            ? (double)outcome
            : Value ?? ValueMs ?? (Kind == ObservationKind.Time ? 0 : double.NaN),
        At = At.HasValue ? At : Received,
        Sent = Sent,
        Received = Received,
        Quantity = Quantity,
        Text = Text,
    };
}
