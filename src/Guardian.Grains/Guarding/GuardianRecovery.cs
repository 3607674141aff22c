using System.Globalization;
using Guardian.Contracts;
using Guardian.Detection.Encoding;
using Guardian.Detection.Engine;
using Guardian.Detection.Events;
using Guardian.Detection.Options;
using Guardian.Storage.Checkpoints;
using Guardian.Storage.Journal;

namespace Guardian.Grains.Guarding;

/// <summary>Brings a guardian back: newest good checkpoint, then the journal's tail by the same fold as live.</summary>
/// <remarks>Thread-safe: it keeps nothing between calls.</remarks>
public sealed class GuardianRecovery(ICheckpointStore checkpoints, IJournal journal)
{
    /// <summary>Recovers a guardian, or makes a fresh one where nothing is known of it.</summary>
    /// <param name="symbol">The key.</param>
    public RecoveredGuardian Recover(string symbol)
    {
        var problems = new List<string>();
        CheckpointLookup lookup = checkpoints.Find(symbol);
        foreach (DamagedCheckpoint damaged in lookup.Damaged)
            problems.Add($"checkpoint {damaged.Epoch}/{damaged.Sequence} is damaged: {damaged.Problem}");
        (GuardianEngine engine, ProducerCursors cursors, bool usable) = Start(lookup.Newest, problems);
        Checkpoint? start = usable ? lookup.Newest : null;
        IReadOnlyList<JournalRow> tail = journal.ReadTail(symbol, start?.Epoch ?? default, start?.Sequence ?? 0);
        var replay = new ReplaySink(engine);
        Epoch epoch = start?.Epoch ?? default;
        foreach (JournalRow row in tail)
        {
            if (!Fold(row, engine, cursors, replay, ref epoch, problems)) break;
        }

        if (replay.Divergences > 0)
        {
            problems.Add(string.Create(
                CultureInfo.InvariantCulture, $"the fold differed from the stored numbers {replay.Divergences} times"));
        }

        return new RecoveredGuardian(engine, cursors, new Provenance
        {
            RecoveredFrom = (start, replay.Events) switch
            {
                (null, 0) => "fresh",
                (null, _) => "journal",
                (_, 0) => "checkpoint",
                _ => "checkpoint+journal",
            },
            Replayed = replay.Events,
            Unverified = problems.Count > 0,
        }, epoch, problems);
    }

    private static (GuardianEngine Engine, ProducerCursors Cursors, bool Usable) Start(
        Checkpoint? checkpoint, List<string> problems)
    {
        if (checkpoint is not null)
        {
            try
            {
                (GuardianEngine engine, ProducerCursors cursors) = GuardianSnapshot.Read(checkpoint);
                return (engine, cursors, true);
            }
            catch (StateFormatException error)
            {
                problems.Add($"checkpoint {checkpoint.Epoch}/{checkpoint.Sequence} can't be read: {error.Message}");
            }
        }

        // Other limits than the default ones are an event, so that a fold knows by which rules it was made.
        return (new GuardianEngine(GuardianPolicy.Default), new ProducerCursors(), false);
    }

    // Events of one epoch follow one another without a hole; at a hole the fold ends, since it must not cross one.
    private static bool Fold(
        JournalRow row,
        GuardianEngine engine,
        ProducerCursors cursors,
        ReplaySink replay,
        ref Epoch epoch,
        List<string> problems)
    {
        JournalEntry entry = row.Entry;
        if (entry.Epoch != epoch)
        {
            epoch = entry.Epoch;
            engine.BeginEpoch(epoch.Number, epoch.Generation);
        }

        if (entry.Count > 0)
        {
            if (entry.FirstSequence > engine.Sequence + 1)
            {
                problems.Add($"events {engine.Sequence + 1} to {entry.FirstSequence - 1} of epoch {epoch} are missing");
                return false;
            }

            if (entry.FirstSequence + entry.Count - 1 > engine.Sequence)
                EventUnpacker.Unpack(entry.Payload, entry.FirstSequence, replay);
        }

        if (entry.Producer is not null) cursors.Restore(entry.Producer, entry.ProducerEpoch, entry.ProducerThrough);
        return true;
    }
}
