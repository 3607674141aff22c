namespace Guardian.Client.Producing;

/// <summary>What a producer has done so far, summed over its symbols. Immutable.</summary>
public sealed record ProducerCounts
{
    /// <summary>Gets the number of items that were given to it.</summary>
    public long Written { get; init; }

    /// <summary>Gets the number of items in batches that left it, repeats included.</summary>
    public long Sent { get; init; }

    /// <summary>Gets the number of items sent more than once.</summary>
    public long Resent { get; init; }

    /// <summary>Gets the number of items that were judged and not refused.</summary>
    public long Accepted { get; init; }

    /// <summary>Gets the number of items that a guardian refused.</summary>
    public long Refused { get; init; }

    /// <summary>Gets the number of items that survive a crash of the silo, refused ones included.</summary>
    public long Durable { get; init; }

    /// <summary>Gets the number of calls that no silo answered.</summary>
    public long Failures { get; init; }

    /// <summary>Gets the number of times a guardian knew less than it had accepted,
    /// so that items were sent again.</summary>
    public long Rewinds { get; init; }

    /// <summary>Gets how often each reason refused an item: <c>field: limit</c> → count.</summary>
    public IReadOnlyDictionary<string, long> RefusedBecause { get; init; } =
        new Dictionary<string, long>(0, StringComparer.Ordinal);

    /// <summary>Adds two counts.</summary>
    public static ProducerCounts operator +(ProducerCounts left, ProducerCounts right)
    {
        Dictionary<string, long> because = new(left.RefusedBecause, StringComparer.Ordinal);
        foreach ((string reason, long count) in right.RefusedBecause)
            because[reason] = because.GetValueOrDefault(reason) + count;
        return new ProducerCounts
        {
            Written = left.Written + right.Written,
            Sent = left.Sent + right.Sent,
            Resent = left.Resent + right.Resent,
            Accepted = left.Accepted + right.Accepted,
            Refused = left.Refused + right.Refused,
            Durable = left.Durable + right.Durable,
            Failures = left.Failures + right.Failures,
            Rewinds = left.Rewinds + right.Rewinds,
            RefusedBecause = because,
        };
    }

    /// <summary>Adds two counts.</summary>
    public static ProducerCounts Add(ProducerCounts left, ProducerCounts right) => left + right;
}
