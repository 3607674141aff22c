using Guardian.Contracts;
using Guardian.Grains.Guarding;
using Guardian.Storage.Journal;

namespace Guardian.Grains.Tests.Guarding;

public sealed class GuardianCoreObserveTests
{
    private readonly Bench _bench = new();

    [Fact]
    public void Observe_NextInOrder_IsAcceptedAndDurable()
    {
        ObserveResult result = _bench.Observe(1, Bench.Latencies(3));
        Assert.Equal(ObserveCode.Accepted, result.Code);
        Assert.Equal((3, 3L, 3L, 4L), (
            result.Accepted, result.AcceptedThrough, result.DurableThrough, result.ExpectedSequence));
    }

    [Fact]
    public void Observe_Repeat_SaysDuplicateAndChangesNothing()
    {
        _bench.Observe(1, Bench.Latencies(3));
        byte[] before = Bench.StateOf(_bench.Core.Engine);
        long sequence = _bench.Core.Sequence;
        ObserveResult result = _bench.Observe(1, Bench.Latencies(3, milliseconds: 900));
        Assert.Equal(ObserveCode.Duplicate, result.Code);
        Assert.Equal((0, 3L, 3L, 4L), (
            result.Accepted, result.AcceptedThrough, result.DurableThrough, result.ExpectedSequence));
        Assert.Equal(sequence, _bench.Core.Sequence);
        Assert.Equal(before, Bench.StateOf(_bench.Core.Engine));
    }

    [Fact]
    public void Observe_PartialOverlap_FoldsOnlyWhatIsNew()
    {
        _bench.Observe(1, Bench.Latencies(3));
        long sequence = _bench.Core.Sequence;
        ObserveResult result = _bench.Observe(2, Bench.Latencies(5));
        Assert.Equal(ObserveCode.Accepted, result.Code);
        Assert.Equal((3, 6L), (result.Accepted, result.AcceptedThrough));
        Assert.Equal(sequence + 3, _bench.Core.Sequence);
    }

    [Fact]
    public void Observe_Gap_IsRefusedWithTheExpectedSequence()
    {
        _bench.Observe(1, Bench.Latencies(3));
        ObserveResult result = _bench.Observe(6, Bench.Latencies(1));
        Assert.Equal(ObserveCode.Gap, result.Code);
        Assert.Equal((3L, 4L), (result.AcceptedThrough, result.ExpectedSequence));
        Assert.Equal("Condition failed: firstSequence is 6; 4 is expected.", result.Message);
    }

    [Theory]
    [InlineData(1, ObserveCode.Gap)]
    [InlineData(2, ObserveCode.Accepted)]
    public void Observe_AnnouncedSkip_IsAcceptedOnlyWhenItCoversTheGap(long skipped, ObserveCode code)
    {
        _bench.Observe(1, Bench.Latencies(3));
        ObserveResult result = _bench.Core.Observe(Bench.Batch(6, Bench.Latencies(1), skipped: skipped));
        Assert.Equal(code, result.Code);
        Assert.Equal(code == ObserveCode.Gap ? 3 : 6, result.AcceptedThrough);
    }

    [Fact]
    public void Observe_StaleProducerEpoch_IsRefused()
    {
        _bench.Core.Observe(Bench.Batch(1, Bench.Latencies(2), epoch: 5));
        ObserveResult result = _bench.Core.Observe(Bench.Batch(3, Bench.Latencies(1), epoch: 4));
        Assert.Equal(ObserveCode.StaleProducer, result.Code);
        Assert.Equal("Condition failed: producerEpoch is 4; 5 has been seen.", result.Message);
        Assert.Equal(2, result.AcceptedThrough);
    }

    [Fact]
    public void Observe_NewerProducerEpoch_StartsAtOne()
    {
        _bench.Core.Observe(Bench.Batch(1, Bench.Latencies(9), epoch: 5));
        ObserveResult result = _bench.Core.Observe(Bench.Batch(1, Bench.Latencies(2), epoch: 6));
        Assert.Equal(ObserveCode.Accepted, result.Code);
        Assert.Equal((2L, 2L), (result.AcceptedThrough, result.DurableThrough));
    }

    [Fact]
    public void Observe_Unnumbered_IsTakenEachTime()
    {
        Assert.Equal(2, _bench.Core.Observe(Bench.Unnumbered(Bench.Latencies(2))).Accepted);
        Assert.Equal(2, _bench.Core.Observe(Bench.Unnumbered(Bench.Latencies(2))).Accepted);
        Assert.Equal(4, _bench.Core.Sequence);
    }

    [Fact]
    public void Observe_Empty_MovesNothing()
    {
        ObserveResult result = _bench.Observe(1);
        Assert.Equal((ObserveCode.Accepted, 0L, 1L), (result.Code, result.AcceptedThrough, result.ExpectedSequence));
        Assert.Equal(0, _bench.Journal.DurablePosition);
    }

    [Fact]
    public void Observe_BadItem_NeverLosesItsNeighbours()
    {
        Observation[] items = Bench.Latencies(5);
        items[1] = items[1] with { Value = -1 };
        items[3] = items[3] with { Subject = string.Empty };
        ObserveResult result = _bench.Observe(1, items);
        Assert.Equal((ObserveCode.Accepted, 3, 5L), (result.Code, result.Accepted, result.AcceptedThrough));
        Assert.Equal(
            [
                new ItemError(1, "value", "-1", "milliseconds from 0 to 86400000"),
                new ItemError(3, "subject", "empty", "1 to 64 characters"),
            ],
            result.Errors);
        Assert.Equal(2, _bench.Core.RefusedItems);
    }

    [Fact]
    public void Observe_OnlyBadItems_MovesTheCursorDurably()
    {
        Observation bad = Bench.Latencies(1)[0] with { Value = double.NaN };
        ObserveResult result = _bench.Observe(1, bad, bad);
        Assert.Equal((0, 2L, 2L), (result.Accepted, result.AcceptedThrough, result.DurableThrough));
        Assert.Equal(2, _bench.Begin(new Epoch(2, 7)).Observe(Bench.Batch(3, [])).AcceptedThrough);
    }

    [Fact]
    public void Observe_ManyBadItems_ListsAHundredAndCountsAll()
    {
        ObserveResult result = _bench.Observe(
            1, [.. Enumerable.Repeat(Bench.Latencies(1)[0] with { Value = double.NaN }, 101)]);
        Assert.Equal(100, result.Errors.Length);
        Assert.Equal(101, _bench.Core.RefusedItems);
    }

    [Fact]
    public void Observe_OneSubjectTooMany_IsRefusedAsItsItem()
    {
        Observation[] items =
            [.. Enumerable.Range(0, 65).Select(i => Observation.Latency($"stage{i:00}", TimeSpan.FromMilliseconds(1)))];
        ObserveResult result = _bench.Observe(1, items);
        Assert.Equal(64, result.Accepted);
        Assert.Equal(
            new ItemError(64, "subject", "stage64", "at most 64 subjects of one kind per symbol"),
            Assert.Single(result.Errors));
    }

    [Theory]
    [InlineData(ProducerCursors.MaximumProducers, ObserveCode.Accepted)]
    [InlineData(ProducerCursors.MaximumProducers + 1, ObserveCode.Invalid)]
    public async Task Observe_ProducersUpToTheMost_KeepTheCheckpointReadable(int producers, ObserveCode last)
    {
        ObserveResult result = null!;
        for (int i = 0; i < producers; i++)
            result = _bench.Core.Observe(Bench.Batch(1, Bench.Latencies(1)) with { Producer = $"p{i}" });
        Assert.Equal(last, result.Code);
        if (last == ObserveCode.Invalid)
        {
            Assert.Equal(
                "Condition failed: producer p256 would be one more than 256 on BTCUSDT; "
                + "use fewer names, or report without numbers.",
                result.Message);
        }

        await _bench.SaveAsync();
        _bench.Begin(new Epoch(2, 7));
        Assert.Equal("checkpoint", _bench.Recovered.Provenance.RecoveredFrom);
        Assert.Equal(1, _bench.Core.Observe(Bench.Batch(2, []) with { Producer = "p255" }).AcceptedThrough);
    }

    public static TheoryData<ObservationBatch, string> BadBatches()
    {
        Observation[] one = Bench.Latencies(1);
        return new TheoryData<ObservationBatch, string>
        {
            {
                Bench.Batch(1, one) with { Producer = "" },
                "Condition failed: producer has 0 characters; it takes 1 to 64."
            },
            {
                Bench.Batch(1, one) with { Producer = new string('x', 65) },
                "Condition failed: producer has 65 characters; it takes 1 to 64."
            },
            {
                Bench.Batch(1, one) with { Producer = "a\u0007" },
                "Condition failed: producer has a control character; none is allowed."
            },
            {
                Bench.Batch(1, Bench.Latencies(5_001)),
                "Condition failed: items has 5001 entries; at most 5000. Send several batches."
            },
            { Bench.Batch(1, one, epoch: -1), "Condition failed: producerEpoch is -1; at least 0." },
            { Bench.Batch(1, one, skipped: -1), "Condition failed: skipped is -1; at least 0." },
            { Bench.Batch(0, one), "Condition failed: firstSequence is 0; at least 1." },
            {
                Bench.Batch(long.MaxValue, one),
                "Condition failed: firstSequence is 9223372036854775807; at least 1."
            },
        };
    }

    [Theory]
    [MemberData(nameof(BadBatches))]
    public void Observe_BadBatch_IsRefusedWhole(ObservationBatch batch, string message)
    {
        ObserveResult result = _bench.Core.Observe(batch);
        Assert.Equal((ObserveCode.Invalid, message), (result.Code, result.Message));
        Assert.Equal(0, _bench.Core.Sequence);
    }

    [Fact]
    public void Observe_LargestBatchAndLongestProducer_AreAccepted()
    {
        ObservationBatch batch = Bench.Batch(1, Bench.Latencies(5_000)) with { Producer = new string('x', 64) };
        Assert.Equal(5_000, _bench.Core.Observe(batch).Accepted);
    }

    [Fact]
    public void Observe_JournalHasNotWritten_IsAcceptedButNotDurable()
    {
        var journal = new WatchedJournal(new MemoryJournal()) { Slow = true };
        var bench = new Bench(journal);
        Assert.Equal(0, bench.Observe(1, Bench.Latencies(3)).DurableThrough);
        journal.Commit();
        ObserveResult repeat = bench.Observe(1, Bench.Latencies(3));
        Assert.Equal((ObserveCode.Duplicate, 3L), (repeat.Code, repeat.DurableThrough));
    }

    [Fact]
    public void Observe_RandomDeliveries_FoldEachItemOnce()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            var random = new Random(seed);
            var bench = new Bench();
            long through = 0;
            long folded = 0;
            for (int step = 0; step < 60; step++)
            {
                long first = Math.Max(1, through + random.Next(-6, 4));
                int count = random.Next(0, 8);
                ObserveResult result = bench.Observe(first, Bench.Latencies(count));
                folded += result.Accepted;
                ObserveCode expected = count == 0 ? ObserveCode.Accepted
                    : first + count - 1 <= through ? ObserveCode.Duplicate
                    : first > through + 1 ? ObserveCode.Gap : ObserveCode.Accepted;
                if (expected == ObserveCode.Accepted && count > 0) through = first + count - 1;
                Assert.True(
                    (expected, through, through) == (result.Code, result.AcceptedThrough, result.DurableThrough),
                    $"seed {seed}, step {step}: {result}");
            }

            Assert.True(through == folded, $"seed {seed}: {folded} folded, {through} accepted");
        }
    }
}
