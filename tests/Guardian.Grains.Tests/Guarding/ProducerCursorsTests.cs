using Guardian.Detection.Encoding;
using Guardian.Grains.Guarding;

namespace Guardian.Grains.Tests.Guarding;

public sealed class ProducerCursorsTests
{
    private readonly ProducerCursors _cursors = new();

    [Fact]
    public void Find_NewProducer_IsAllZero() => Assert.Equal(default, _cursors.Find("p"));

    [Fact]
    public void Persisted_SameEpoch_OnlyRises()
    {
        _cursors.Accept("p", 1, 10);
        _cursors.Persisted("p", 1, 7);
        _cursors.Persisted("p", 1, 5);
        Assert.Equal(new Cursor(1, 10, 7), _cursors.Find("p"));
    }

    [Fact]
    public void Persisted_OtherEpochOrUnknownProducer_ChangesNothing()
    {
        _cursors.Accept("p", 2, 10);
        _cursors.Persisted("p", 1, 7);
        _cursors.Persisted("q", 1, 7);
        Assert.Equal(new Cursor(2, 10, 0), _cursors.Find("p"));
        Assert.Equal(default, _cursors.Find("q"));
    }

    [Fact]
    public void Covered_ByACheckpoint_IsDurableAsFarAsItGoes()
    {
        _cursors.Accept("p", 1, 10);
        _cursors.Accept("q", 1, 5);
        IReadOnlyDictionary<string, Cursor> saved = _cursors.Copy();
        _cursors.Accept("p", 1, 12);
        _cursors.Accept("q", 2, 1);
        _cursors.Covered(saved);
        Assert.Equal(new Cursor(1, 12, 10), _cursors.Find("p"));
        Assert.Equal(new Cursor(2, 1, 0), _cursors.Find("q"));
    }

    [Fact]
    public void Accept_NewerEpoch_IsNotDurableYet()
    {
        _cursors.Restore("p", 1, 10);
        _cursors.Accept("p", 2, 3);
        Assert.Equal(new Cursor(2, 3, 0), _cursors.Find("p"));
    }

    [Fact]
    public void Withhold_WhatBecomesDurable_ShowsAtResume()
    {
        _cursors.Restore("p", 1, 10);
        _cursors.Withhold();
        _cursors.Accept("p", 1, 12);
        _cursors.Persisted("p", 1, 12);
        _cursors.Accept("q", 1, 2);
        _cursors.Persisted("q", 1, 2);
        Assert.Equal(new Cursor(1, 12, 10), _cursors.Find("p"));
        Assert.Equal(new Cursor(1, 2, 0), _cursors.Find("q"));
        _cursors.Resume();
        Assert.Equal(new Cursor(1, 12, 12), _cursors.Find("p"));
        Assert.Equal(new Cursor(1, 2, 2), _cursors.Find("q"));
    }

    [Fact]
    public void HasRoom_AtTheMost_OnlyForKnownOnes()
    {
        for (int i = 0; i < ProducerCursors.MaximumProducers - 1; i++) _cursors.Accept($"p{i}", 1, 1);
        Assert.True(_cursors.HasRoom("last"));
        _cursors.Accept("last", 1, 1);
        Assert.False(_cursors.HasRoom("one more"));
        Assert.True(_cursors.HasRoom("p0"));
    }

    [Fact]
    public void Read_Written_IsEqualAndDurable()
    {
        for (int seed = 0; seed < 100; seed++)
        {
            var random = new Random(seed);
            var cursors = new ProducerCursors();
            string[] names = [.. Enumerable.Range(0, random.Next(20)).Select(i => $"p{i}")];
            foreach (string name in names) cursors.Accept(name, random.NextInt64(), random.NextInt64());
            var writer = new StateWriter();
            cursors.Write(writer);
            var read = new ProducerCursors();
            var reader = new StateReader(writer.Written);
            read.Read(ref reader);
            Assert.Equal(0, reader.Remaining);
            foreach (string name in names)
            {
                Cursor expected = cursors.Find(name);
                Assert.True(expected with { Durable = expected.Accepted } == read.Find(name), $"seed {seed}, {name}");
            }
        }
    }
}
