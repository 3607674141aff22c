using Guardian.Client.Producing;
using Guardian.Contracts;

namespace Guardian.Client.Tests.Producing;

public sealed class LosslessProducerTests
{
    private static readonly LosslessProducerOptions Small = new() { BatchSize = 7, MaximumKept = 50 };

    [Fact]
    public async Task CompleteAsync_GuardianDiesAndLosesAnswers_EveryItemFoldedOnceInOrder()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            Random random = new(seed);
            FrailGuardian guardian = new(seed)
            {
                UnansweredBefore = 0.3 * random.NextDouble(),
                UnansweredAfter = 0.3 * random.NextDouble(),
                Crashes = 0.2 * random.NextDouble(),
            };
            LosslessProducerOptions options = Small with
            {
                BatchSize = random.Next(1, 20),
                MaximumKept = random.Next(20, 90)
            };
            await using LosslessProducer producer = new(guardian, "p", 1, options, new ImpatientTime());
            Observation[] a = Items(random.Next(0, 900), 0);
            Observation[] b = Items(random.Next(1, 300), 5_000);
            await Task.WhenAll(WriteAsync(producer, "A", a, seed), WriteAsync(producer, "B", b, seed + 1));
            await producer.CompleteAsync(TestContext.Current.CancellationToken);

            string message = $"seed {seed}, crashes {guardian.CrashCount}";
            Assert.True(a.SequenceEqual(guardian.Folded("A")), message);
            Assert.True(b.SequenceEqual(guardian.Folded("B")), message);
            ProducerCounts counts = producer.Counts;
            Assert.True(counts.Written == a.Length + b.Length && counts.Durable == counts.Written, message);
            Assert.True(counts.Accepted == counts.Written && counts.Refused == 0, message + counts);
            Assert.True(counts.Sent == counts.Written + counts.Resent, message + counts);
        }
    }

    [Fact]
    public async Task WriteAsync_LargeArray_BatchesOfAtMostFiveThousand()
    {
        FrailGuardian guardian = new(1);
        await using LosslessProducer producer =
            new(guardian, "p", 1, new LosslessProducerOptions(), new ImpatientTime());
        await producer.WriteAsync("A", Items(12_001, 0), TestContext.Current.CancellationToken);
        await producer.CompleteAsync(TestContext.Current.CancellationToken);
        Assert.Equal(5_000, guardian.BatchSizes.Max());
        Assert.Equal(12_001, guardian.Folded("A").Length);
    }

    [Fact]
    public async Task WriteAsync_NothingBecomesDurable_KeepsNoMoreThanItsBound()
    {
        FrailGuardian guardian = new(2) { Durable = false };
        await using LosslessProducer producer = new(guardian, "p", 1, Small, TimeProvider.System);
        Task writing = WriteAsync(producer, "A", Items(10_000, 0), 0);
        while (guardian.Calls < 12) await Task.Yield();
        Assert.False(writing.IsCompleted);
        // 50 kept, up to four parts of 7 waiting, and one in the writer's hand.
        Assert.InRange(producer.Counts.Written, 1, 50 + (5 * 7));
        Assert.InRange(guardian.Folded("A").Length, 1, 50);
        guardian.Durable = true;
        await writing;
        await producer.CompleteAsync(TestContext.Current.CancellationToken);
        Assert.Equal(10_000, producer.Counts.Durable);
    }

    [Fact]
    public async Task CompleteAsync_NothingBecomesDurable_GivesUpAtTheDeadlineAndSaysFromWhere()
    {
        FrailGuardian guardian = new(3) { Durable = false };
        ImpatientTime time = new();
        await using LosslessProducer producer = new(guardian, "p", 1, Small, time);
        await producer.WriteAsync("A", Items(3, 0), TestContext.Current.CancellationToken);
        GuardianUnreachableException e = await Assert.ThrowsAsync<GuardianUnreachableException>(
            () => producer.CompleteAsync(TestContext.Current.CancellationToken));
        Assert.Equal(
            "'A': nothing became durable for 120 s; sequence 1 is next. "
            + "See the silo's tier health (guardian durability) and send again.",
            e.Message);
        Assert.Equal(120, time.Elapsed.TotalSeconds, 3);
    }

    [Fact]
    public async Task CompleteAsync_SiloDown_GivesUpAtTheDeadlineAndSaysWhatToDo()
    {
        FrailGuardian guardian = new(4) { Down = true };
        ImpatientTime time = new();
        await using LosslessProducer producer = new(guardian, "p", 1, Small, time);
        await producer.WriteAsync("A", Items(3, 0), TestContext.Current.CancellationToken);
        GuardianUnreachableException e = await Assert.ThrowsAsync<GuardianUnreachableException>(
            () => producer.CompleteAsync(TestContext.Current.CancellationToken));
        Assert.Equal(
            "'A': no silo answered for 120 s; items from sequence 1 on are not durable. "
            + "Start a silo and send them again. Last: down",
            e.Message);
        Assert.Equal(120, time.Elapsed.TotalSeconds, 3);
        await Assert.ThrowsAsync<InvalidOperationException>(
            async () => await producer.WriteAsync("A", Items(1, 0), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task CompleteAsync_SiloDown_BacksOffInsteadOfHammering()
    {
        FrailGuardian guardian = new(5) { Down = true };
        await using LosslessProducer producer = new(guardian, "p", 1, Small, new ImpatientTime());
        await producer.WriteAsync("A", Items(3, 0), TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<GuardianUnreachableException>(
            () => producer.CompleteAsync(TestContext.Current.CancellationToken));
        Assert.InRange(guardian.Calls, 60, 70);
    }

    [Fact]
    public async Task CompleteAsync_EpochTakenOver_SaysWho()
    {
        FrailGuardian guardian = new(6) { Epoch = 2 };
        await using LosslessProducer producer = new(guardian, "p", 1, Small, new ImpatientTime());
        await producer.WriteAsync("A", Items(3, 0), TestContext.Current.CancellationToken);
        ProducerRefusedException e = await Assert.ThrowsAsync<ProducerRefusedException>(
            () => producer.CompleteAsync(TestContext.Current.CancellationToken));
        Assert.Equal(
            "'A' refused p: a newer epoch than 1 was issued to that name. "
            + "Another process sends under it; give each its own name.",
            e.Message);
    }

    [Fact]
    public async Task CompleteAsync_BatchInvalid_PassesTheReasonOn()
    {
        FrailGuardian guardian = new(7) { Answer = ObserveCode.Invalid };
        await using LosslessProducer producer = new(guardian, "p", 1, Small, new ImpatientTime());
        await producer.WriteAsync("A", Items(3, 0), TestContext.Current.CancellationToken);
        ProducerRefusedException e = await Assert.ThrowsAsync<ProducerRefusedException>(
            () => producer.CompleteAsync(TestContext.Current.CancellationToken));
        Assert.Equal("'A' refused the batch at sequence 1: because", e.Message);
    }

    [Fact]
    public async Task CompleteAsync_DurableItemsForgotten_IsAnInvariantAndNotRepaired()
    {
        FrailGuardian guardian = new(8) { Crashes = 0.3, ForgetsDurable = true };
        await using LosslessProducer producer = new(guardian, "p", 1, Small, new ImpatientTime());
        ProducerRefusedException e = await Assert.ThrowsAsync<ProducerRefusedException>(async () =>
        {
            await WriteAsync(producer, "A", Items(2_000, 0), 1);
            await producer.CompleteAsync(TestContext.Current.CancellationToken);
        });
        Assert.StartsWith(
            "Invariant: 'A' expects sequence 1, but had called everything up to ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Counts_ItemsRefused_CountedOnceEachWithReasonThoughResent()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            FrailGuardian guardian = new(seed) { RefusedValue = 99, Crashes = 0.2 };
            await using LosslessProducer producer = new(guardian, "p", 1, Small, new ImpatientTime());
            Observation[] items = Items(100, 0);
            await producer.WriteAsync("A", items, TestContext.Current.CancellationToken);
            await producer.CompleteAsync(TestContext.Current.CancellationToken);
            ProducerCounts counts = producer.CountsOf("A");
            Assert.Equal(1, counts.Refused);
            Assert.Equal(99, counts.Accepted);
            KeyValuePair<string, long> reason = Assert.Single(counts.RefusedBecause);
            Assert.Equal("value: not seven", reason.Key);
            Assert.Equal(1, reason.Value);
        }
    }

    [Fact]
    public async Task Counts_MoreRefusedThanListed_AreCountedAll()
    {
        FrailGuardian guardian = new(10) { RefusedValue = 40, MostErrors = 2 };
        await using LosslessProducer producer = new(guardian, "p", 1, Small, new ImpatientTime());
        await producer.WriteAsync("A", Items(100, 0), TestContext.Current.CancellationToken);
        await producer.CompleteAsync(TestContext.Current.CancellationToken);
        Assert.Equal((40, 60), (producer.Counts.Accepted, producer.Counts.Refused));
        Assert.Equal(60, producer.Counts.RefusedBecause.Values.Sum());
    }

    [Fact]
    public async Task WriteAsync_OneSymbolTooMany_IsRefused()
    {
        FrailGuardian guardian = new(9);
        await using LosslessProducer producer = new(
            guardian, "p", 1, Small with { MaximumSymbols = 1 }, new ImpatientTime());
        await producer.WriteAsync("A", Items(1, 0), TestContext.Current.CancellationToken);
        InvalidOperationException e = await Assert.ThrowsAsync<InvalidOperationException>(
            async () => await producer.WriteAsync("B", Items(1, 0), TestContext.Current.CancellationToken));
        Assert.Equal("Condition failed: 'B' would be symbol 2; a producer takes 1.", e.Message);
    }

    [Theory]
    [InlineData(0, 50, "Condition failed: BatchSize is 0; it takes 1 to 5000.")]
    [InlineData(5_001, 6_000, "Condition failed: BatchSize is 5001; it takes 1 to 5000.")]
    [InlineData(10, 9, "Condition failed: MaximumKept is 9; it takes BatchSize (10) to 1000000.")]
    [InlineData(10, 1_000_001, "Condition failed: MaximumKept is 1000001; it takes BatchSize (10) to 1000000.")]
    public void Validate_OutOfBounds_NamesFieldValueAndLimit(int batch, int kept, string message) =>
        Assert.Equal([message], new LosslessProducerOptions { BatchSize = batch, MaximumKept = kept }.Validate());

    [Theory]
    [InlineData(1, 1)]
    [InlineData(5_000, 5_000)]
    [InlineData(5_000, 1_000_000)]
    public void Validate_OnTheBounds_IsFine(int batch, int kept) =>
        Assert.Empty(new LosslessProducerOptions { BatchSize = batch, MaximumKept = kept }.Validate());

    private static Observation[] Items(int count, int from) =>
        [.. Enumerable.Range(from, count).Select(i => Observation.Feature("x", i, new Timestamp(i + 1)))];

    private static async Task WriteAsync(LosslessProducer producer, string symbol, Observation[] items, int seed)
    {
        Random random = new(seed);
        for (int at = 0; at < items.Length;)
        {
            int count = Math.Min(random.Next(1, 40), items.Length - at);
            await producer.WriteAsync(symbol, items[at..(at + count)], TestContext.Current.CancellationToken);
            at += count;
        }
    }
}
