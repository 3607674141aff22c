using Guardian.Contracts;

namespace Guardian.Client.Producing;

/// <summary>Counts of one lane: written by its worker and its writers, read by anyone. Thread safe.</summary>
internal sealed class LaneCounts
{
    private const int MostReasons = 100;
    private const string NotListed = "refused without being listed";
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _because = new(StringComparer.Ordinal);
    private ProducerCounts _counts = new();
    private long _sentThrough;
    private long _judgedThrough;

    public void Written(int count)
    {
        lock (_lock) _counts = _counts with { Written = _counts.Written + count };
    }

    /// <summary>Counts a batch that leaves.</summary>
    /// <returns>Whether none of it was sent before.</returns>
    public bool Sent(long first, int count)
    {
        lock (_lock)
        {
            long again = Math.Clamp(_sentThrough - first + 1, 0, count);
            _sentThrough = Math.Max(_sentThrough, first + count - 1);
            _counts = _counts with { Sent = _counts.Sent + count, Resent = _counts.Resent + again };
            return again == 0;
        }
    }

    /// <summary>Counts an item's verdict once, however often it was sent.</summary>
    /// <param name="first">The first sequence.</param>
    /// <param name="count">The number of items.</param>
    /// <param name="errors">The refusals that are listed; a guardian may refuse more than it lists.</param>
    /// <param name="accepted">How many were folded; null where the answer does not tell it of all of them.</param>
    public void Judged(long first, int count, ItemError[] errors, int? accepted)
    {
        lock (_lock)
        {
            long fresh = Math.Clamp(first + count - 1 - _judgedThrough, 0, count);
            long refused = 0;
            int lastIndex = -1;
            foreach (ItemError error in errors)
            {
                if (first + error.Index <= _judgedThrough) continue;
                string reason = $"{error.Field}: {error.Limit}";
                if (_because.Count >= MostReasons && !_because.ContainsKey(reason)) reason = "other reasons";
                _because[reason] = _because.GetValueOrDefault(reason) + 1;
                if (error.Index != lastIndex) refused++;
                lastIndex = error.Index;
            }

            long unlisted = accepted is { } folded ? count - folded - refused : 0;
            if (unlisted > 0)
            {
                refused += unlisted;
                _because[NotListed] = _because.GetValueOrDefault(NotListed) + unlisted;
            }

            _judgedThrough = Math.Max(_judgedThrough, first + count - 1);
            _counts = _counts with
            {
                Accepted = _counts.Accepted + fresh - refused,
                Refused = _counts.Refused + refused,
            };
        }
    }

    public void Durable(int count)
    {
        lock (_lock) _counts = _counts with { Durable = _counts.Durable + count };
    }

    public void Failed()
    {
        lock (_lock) _counts = _counts with { Failures = _counts.Failures + 1 };
    }

    public void Rewound()
    {
        lock (_lock) _counts = _counts with { Rewinds = _counts.Rewinds + 1 };
    }

    public ProducerCounts Snapshot()
    {
        lock (_lock)
            return _counts with { RefusedBecause = new Dictionary<string, long>(_because, StringComparer.Ordinal) };
    }
}
