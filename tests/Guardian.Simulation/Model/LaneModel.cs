using Guardian.Contracts;

namespace Guardian.Simulation.Model;

/// <summary>A lossless producer of one symbol by its rules: keeps what is not durable, resends, trusts no answer less
/// than it was promised.</summary>
internal sealed class Lane(int index, string symbol, string producer)
{
    private const int MostKept = 400;

    internal int Index => index;

    internal string Symbol => symbol;

    internal string Producer => producer;

    internal long Epoch { get; private set; }

    /// <summary>Gets the silo whose word counts.</summary>
    internal int Silo { get; private set; } = -1;

    /// <summary>Gets the first sequence that is not durable.</summary>
    internal long First { get; private set; } = 1;

    internal long Next { get; private set; } = 1;

    internal long Last { get; private set; }

    internal bool IsSettled => First > Last;

    internal List<PastLane> Past { get; } = [];

    internal void Open(int silo)
    {
        if (Epoch > 0) Past.Add(new PastLane(Epoch, First - 1, Last));
        Epoch++;
        (Silo, First, Next, Last) = (silo, 1, 1, 0);
    }

    internal void Write(int count) => Last = Math.Min(Last + count, First + MostKept);

    internal ObservationBatch? Batch(int most, Func<long, Observation> make)
    {
        int count = (int)Math.Min(most, Last - Next + 1);
        if (count < 0) return null;
        long from = Next;
        return new ObservationBatch
        {
            Producer = producer,
            ProducerEpoch = Epoch,
            FirstSequence = from,
            Items = [.. Enumerable.Range(0, count).Select(i => make(from + i))],
        };
    }

    /// <summary>Takes an answer by the rules of the client's lossless producer.</summary>
    internal void Take(ObserveResult result, bool excused, Checker check)
    {
        bool told = result.Code is ObserveCode.Accepted or ObserveCode.Duplicate or ObserveCode.Gap;
        check.Require(told || excused, Invariants.AcknowledgedLost, () =>
            $"{symbol} refused {producer} epoch {Epoch}: {result.Code} {result.Message}");
        if (!told) return;
        long expected = result.ExpectedSequence;
        check.Require(expected >= First || excused, Invariants.AcknowledgedLost, () =>
            $"{symbol} expects {expected} of {producer}, but had called everything up to {First - 1} durable");
        check.Require(expected <= Last + 1 && result.DurableThrough <= Last, Invariants.AppliedOnce, () =>
            $"{symbol} expects {expected} and calls {result.DurableThrough} durable; {producer} wrote up to {Last}");
        if (expected < First) First = expected;
        First = Math.Max(First, result.DurableThrough + 1);
        Next = Math.Max(expected, First);
    }

    /// <summary>Makes the number that an observation carries, so that it can be told from all others.</summary>
    internal double Mark(long epoch, long sequence) => (index * 1e10) + (epoch * 1e6) + sequence;
}

/// <summary>What a producer's earlier epoch was promised.</summary>
/// <param name="Epoch">Its number.</param>
/// <param name="Durable">Through which sequence it was told that all is durable.</param>
/// <param name="Last">The last sequence that was sent.</param>
internal readonly record struct PastLane(long Epoch, long Durable, long Last);
