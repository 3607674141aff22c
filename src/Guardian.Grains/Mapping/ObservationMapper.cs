using Guardian.Contracts;
using Folded = Guardian.Detection.Events.Observation;
using FoldedKind = Guardian.Detection.Events.ObservationKind;

namespace Guardian.Grains.Mapping;

/// <summary>From observations on the wire to those the fold takes, checking every field on the way.</summary>
public static class ObservationMapper
{
    /// <summary>Longest subject and text, in characters.</summary>
    public const int MaximumTextLength = 64;

    /// <summary>How far in the future a live observation may be.</summary>
    public static readonly TimeSpan MaximumAhead = TimeSpan.FromSeconds(5);

    private static readonly Timestamp EarliestRecorded = Timestamp.From(DateTimeOffset.UnixEpoch.AddYears(1));
    private static readonly Timestamp LatestRecorded = Timestamp.From(DateTimeOffset.UnixEpoch.AddYears(230));

    private const double LongestLatencyMilliseconds = 24 * 3_600_000d;

    /// <summary>Maps one observation.</summary>
    /// <param name="observation">As it came.</param>
    /// <param name="index">Its index in the batch, for the error.</param>
    /// <param name="stamp">The silo's stamp, Unix nanoseconds.</param>
    /// <param name="recordedTime">Whether the session runs on recorded time.</param>
    /// <param name="folded">What the fold takes, when nothing is wrong.</param>
    /// <returns>What is wrong, or null.</returns>
    public static ItemError? Map(
        in Observation observation, int index, long stamp, bool recordedTime, out Folded folded)
    {
        folded = default;
        ItemError? error = CheckTime(in observation, index, stamp, recordedTime)
            ?? CheckText(in observation, index) ?? CheckValue(in observation, index);
        if (error is not null) return error;
        // Live time is the silo's stamp: a producer that is late must not make a stage look silent.
        long at = recordedTime ? observation.At.UnixNanoseconds : stamp;
        folded = new Folded(
            (FoldedKind)observation.Kind,
            at,
            observation.Subject,
            observation.Value,
            observation.Sent.UnixNanoseconds,
            observation.Received.UnixNanoseconds,
            observation.Quantity,
            string.IsNullOrWhiteSpace(observation.Text) ? null : observation.Text);
        return null;
    }

    private static ItemError? CheckTime(in Observation o, int index, long stamp, bool recordedTime)
    {
        if (recordedTime)
        {
            if (!o.At.HasValue) return new ItemError(index, "at", "none", "obligatory in a session on recorded time");
            return o.At >= EarliestRecorded && o.At <= LatestRecorded
                ? null
                : new ItemError(index, "at", o.At.ToString(), $"{EarliestRecorded} to {LatestRecorded}");
        }

        return o.At.UnixNanoseconds > stamp + (MaximumAhead.Ticks * 100)
            ? new ItemError(index, "at", o.At.ToString(), $"at most {MaximumAhead.TotalSeconds:0} s in the future")
            : null;
    }

    private static ItemError? CheckText(in Observation o, int index)
    {
        if (o.Kind is < ObservationKind.Latency or > ObservationKind.Time)
            return new ItemError(index, "kind", ((byte)o.Kind).ToString(), "1 (latency) to 9 (time)");
        return TextError(o.Subject, index, "subject", empty: false) ?? TextError(o.Text, index, "text", empty: true);
    }

    private static ItemError? TextError(string? text, int index, string field, bool empty)
    {
        if (string.IsNullOrEmpty(text))
            return empty ? null : new ItemError(index, field, "empty", $"1 to {MaximumTextLength} characters");
        if (text.Length > MaximumTextLength)
            return new ItemError(index, field, $"{text.Length} characters", $"at most {MaximumTextLength} characters");
        if (!empty && string.IsNullOrWhiteSpace(text))
            return new ItemError(index, field, "blank", $"1 to {MaximumTextLength} characters, not all blank");
        foreach (char c in text)
        {
            if (char.IsControl(c)) return new ItemError(index, field, $"U+{(int)c:X4}", "no control characters");
        }

        return null;
    }

    private static ItemError? CheckValue(in Observation o, int index) => o.Kind switch
    {
        ObservationKind.Latency => CheckLatency(in o, index),
        ObservationKind.Pending when !(o.Value >= 0 && double.IsFinite(o.Value)) =>
            new ItemError(index, "value", Text(o.Value), "finite milliseconds ≥ 0"),
        ObservationKind.Outcome when !(o.Value is >= 0 and <= 3) || o.Value % 1 != 0 =>
            new ItemError(index, "value", Text(o.Value), "Ok (0), Rejected (1), Error (2) or Timeout (3)"),
        ObservationKind.Order or ObservationKind.Fill when !double.IsFinite(o.Quantity) || o.Quantity == 0 =>
            new ItemError(index, "quantity", Text(o.Quantity), "finite and not 0: positive buys, negative sells"),
        ObservationKind.Order or ObservationKind.Fill or ObservationKind.Price or ObservationKind.Position
            when !double.IsFinite(o.Value) => new ItemError(index, "value", Text(o.Value), "finite"),
        _ => null, // A feature may be anything: NaN and infinities are counted by the drift guardrail.
    };

    private static ItemError? CheckLatency(in Observation o, int index)
    {
        if (o.Sent.HasValue != o.Received.HasValue)
        {
            string missing = o.Sent.HasValue ? "received" : "sent";
            return new ItemError(index, missing, "none", "both times, or a value instead");
        }

        if (o.Sent.HasValue) return null; // The clock guardrail judges the difference, whatever it is.
        return o.Value is >= 0 and <= LongestLatencyMilliseconds
            ? null
            : new ItemError(index, "value", Text(o.Value), $"milliseconds from 0 to {LongestLatencyMilliseconds:0}");
    }

    private static string Text(double value) => value.ToString("R");
}
