using System.Globalization;
using Guardian.Contracts;
using Guardian.Detection.Encoding;
using Guardian.Detection.Engine;
using Guardian.Detection.Events;
using Guardian.Detection.Options;
using Guardian.Storage.Checkpoints;
using Guardian.Storage.Journal;
using Guardian.Storage.Recovery;

namespace Guardian.Grains.Guarding;

/// <summary>Brings a guardian back: newest good checkpoint, then the journal's tail by the same fold as live.</summary>
/// <remarks>Thread-safe: it keeps nothing between calls.</remarks>
public sealed class GuardianRecovery(RecoveryReader reader)
{
    /// <summary>Recovers a guardian, or makes a fresh one where nothing is known of it.</summary>
    /// <param name="symbol">The key.</param>
    public RecoveredGuardian Recover(string symbol)
    {
        RecoveryData data = reader.Read(symbol);
        List<string> problems = [.. data.Damaged];
        if (data.Hole is not null) problems.Add(data.Hole);
        (GuardianEngine engine, ProducerCursors cursors) = Start(data.Checkpoint, problems);
        var replay = new ReplaySink(engine) { After = engine.Sequence };
        Epoch epoch = data.Checkpoint?.Epoch ?? default;
        foreach (JournalRow row in data.Tail) Fold(row.Entry, engine, cursors, replay, ref epoch);
        if (replay.Divergences > 0)
        {
            problems.Add(string.Create(
                CultureInfo.InvariantCulture, $"the fold differed from the stored numbers {replay.Divergences} times"));
        }

        return new RecoveredGuardian(engine, cursors, new Provenance
        {
            RecoveredFrom = (data.Checkpoint, replay.Events) switch
            {
                (null, 0) => "fresh",
                (null, _) => "journal",
                (_, 0) => "checkpoint",
                _ => "checkpoint+journal",
            },
            Replayed = replay.Events,
            Unverified = problems.Count > 0,
        }, data.HighestEpoch, problems);
    }

    // Other limits than the default ones are an event, so that a fold knows by which rules it was made.
    private static (GuardianEngine Engine, ProducerCursors Cursors) Start(Checkpoint? checkpoint, List<string> problems)
    {
        if (checkpoint is not null)
        {
            try
            {
                return GuardianSnapshot.Read(checkpoint);
            }
            catch (StateFormatException error)
            {
                problems.Add($"checkpoint {checkpoint.Epoch}/{checkpoint.Sequence} can't be read: {error.Message}");
            }
        }

        return (new GuardianEngine(GuardianPolicy.Default), new ProducerCursors());
    }

    private static void Fold(
        JournalEntry entry, GuardianEngine engine, ProducerCursors cursors, ReplaySink replay, ref Epoch epoch)
    {
        if (entry.Epoch != epoch)
        {
            epoch = entry.Epoch;
            engine.BeginEpoch(epoch.Number, epoch.Generation);
            replay.After = 0;
        }

        if (entry.Count > 0 && entry.FirstSequence + entry.Count - 1 > engine.Sequence)
            EventUnpacker.Unpack(entry.Payload, entry.FirstSequence, replay);
        if (entry.Producer is not null) cursors.Restore(entry.Producer, entry.ProducerEpoch, entry.ProducerThrough);
    }
}
