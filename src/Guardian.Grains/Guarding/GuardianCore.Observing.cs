using Guardian.Contracts;
using Guardian.Detection.Events;
using Guardian.Grains.Mapping;
using Guardian.Storage.Journal;
using Folded = Guardian.Detection.Events.Observation;
using FoldedKind = Guardian.Detection.Events.ObservationKind;

namespace Guardian.Grains.Guarding;

/// <content>Batches of observations, and the hand-over to the journal.</content>
public sealed partial class GuardianCore
{
    private const int MaximumErrors = 100;

    /// <summary>Gets how many items were refused since it came up.</summary>
    public long RefusedItems { get; private set; }

    /// <summary>Takes a batch; idempotent by (producer, producer epoch, sequence).</summary>
    public ObserveResult Observe(ObservationBatch batch)
    {
        if (BatchError(batch) is { } message)
            return new ObserveResult { Code = ObserveCode.Invalid, Message = message };
        if (batch.ProducerEpoch == 0) return ObserveUnnumbered(batch);
        if (!_cursors.HasRoom(batch.Producer))
        {
            return new ObserveResult
            {
                Code = ObserveCode.Invalid,
                Message = $"Condition failed: producer {batch.Producer} would be one more than "
                    + $"{ProducerCursors.MaximumProducers} on {Name.Key}; use fewer names, or report without numbers.",
            };
        }

        Cursor cursor = _cursors.Find(batch.Producer);
        if (batch.ProducerEpoch < cursor.Epoch)
        {
            return Answer(ObserveCode.StaleProducer, cursor) with
            {
                Message = $"Condition failed: producerEpoch is {batch.ProducerEpoch}; {cursor.Epoch} has been seen.",
            };
        }

        if (batch.ProducerEpoch > cursor.Epoch) cursor = new Cursor(batch.ProducerEpoch, 0, 0);
        long expected = cursor.Accepted + 1;
        long last = batch.FirstSequence + batch.Items.Length - 1;
        if (batch.Items.Length == 0) return Answer(ObserveCode.Accepted, cursor);
        if (last < expected) return Answer(ObserveCode.Duplicate, cursor);
        if (batch.FirstSequence > expected && !RecordSkipped(batch, expected))
        {
            return Answer(ObserveCode.Gap, cursor) with
            {
                Message = $"Condition failed: firstSequence is {batch.FirstSequence}; {expected} is expected.",
            };
        }

        int from = (int)Math.Max(0, expected - batch.FirstSequence);
        ItemError[] errors = FoldItems(batch.Items, from, out int accepted);
        _cursors.Accept(batch.Producer, batch.ProducerEpoch, last);
        (_producer, _producerEpoch, _producerThrough) = (batch.Producer, batch.ProducerEpoch, last);
        Flush();
        cursor = _cursors.Find(batch.Producer);
        return Answer(ObserveCode.Accepted, cursor) with { Accepted = accepted, Errors = errors };
    }

    /// <summary>Gets how many entries were handed to the journal.</summary>
    public long Handed { get; private set; }

    /// <summary>Hands what was folded since the last flush to the journal.</summary>
    public void Flush()
    {
        EventPacker packer = _sink.Packer;
        if (packer.Count == 0 && _producer is null && !(_holeFrom != 0 && _journal.HasRoom)) return;
        (long from, long to) = (_holeFrom, _holeTo);
        // The gap that is told with samples leaves them samples: the room for state is not theirs.
        EventClass of = packer.HasStateChange ? EventClass.State : EventClass.Sample;
        if (_holeFrom != 0 && _journal.Fault is null) RecordHole();
        var entry = new JournalEntry
        {
            Symbol = Name.Key,
            Epoch = Epoch,
            FirstSequence = packer.Count == 0 ? _engine.Sequence + 1 : packer.FirstSequence,
            Count = packer.Count,
            FirstAt = packer.FirstAt,
            LastAt = packer.LastAt,
            ReceivedAt = _clock.Now,
            Class = of,
            Producer = _producer,
            ProducerEpoch = _producerEpoch,
            ProducerThrough = _producerThrough,
            Payload = packer.ToArray(),
        };
        if (!_journal.TryAppend(entry, _listener))
        {
            (_holeFrom, _holeTo) = (from, to);
            RememberHole(entry);
        }

        Handed++;
        packer.Clear();
        _producer = null;
    }

    private void RememberHole(JournalEntry entry)
    {
        if (entry.Count == 0) return;
        if (_holeFrom == 0) _holeFrom = entry.FirstSequence;
        _holeTo = entry.FirstSequence + entry.Count - 1;
        _cursors.Withhold();
    }

    // One gap event and, by the wish for one, a checkpoint: recovery never folds across a hole.
    private void RecordHole()
    {
        var gap = new GapRecorded(_engine.Now, "journal", _holeFrom, _holeTo, _holeTo - _holeFrom + 1);
        (_holeFrom, _holeTo) = (0, 0);
        _engine.Apply(gap, _sink);
        _wantedFrom = _engine.Sequence;
    }

    private static string? BatchError(ObservationBatch batch)
    {
        if (string.IsNullOrEmpty(batch.Producer) || batch.Producer.Length > 64)
            return $"Condition failed: producer has {batch.Producer?.Length ?? 0} characters; it takes 1 to 64.";
        if (batch.Producer.Any(char.IsControl))
            return "Condition failed: producer has a control character; none is allowed.";
        if (batch.Items.Length > ObservationBatch.MaximumItems)
        {
            return $"Condition failed: items has {batch.Items.Length} entries; "
                + $"at most {ObservationBatch.MaximumItems}. Send several batches.";
        }

        if (batch.ProducerEpoch < 0) return $"Condition failed: producerEpoch is {batch.ProducerEpoch}; at least 0.";
        if (batch.Skipped < 0) return $"Condition failed: skipped is {batch.Skipped}; at least 0.";
        bool numbered = batch is { ProducerEpoch: > 0, Items.Length: > 0 };
        return numbered && batch.FirstSequence is < 1 or > long.MaxValue / 2
            ? $"Condition failed: firstSequence is {batch.FirstSequence}; at least 1."
            : null;
    }

    private ObserveResult ObserveUnnumbered(ObservationBatch batch)
    {
        ItemError[] errors = FoldItems(batch.Items, 0, out int accepted);
        Flush();
        return new ObserveResult { Code = ObserveCode.Accepted, Accepted = accepted, Errors = errors };
    }

    private bool RecordSkipped(ObservationBatch batch, long expected)
    {
        long missing = batch.FirstSequence - expected;
        if (batch.Skipped < missing) return false;
        _engine.Apply(
            new GapRecorded(Stamp, batch.Producer, expected, batch.FirstSequence - 1, missing), _sink);
        return true;
    }

    private ItemError[] FoldItems(Contracts.Observation[] items, int from, out int accepted)
    {
        List<ItemError>? errors = null;
        long stamp = Stamp;
        accepted = 0;
        for (int i = from; i < items.Length; i++)
        {
            ItemError? error = ObservationMapper.Map(in items[i], i, stamp, RecordedTime, out Folded folded);
            if (error is null && _engine.WhyNoRoom(folded.Kind, folded.Subject) is { } full)
                error = new ItemError(i, "subject", folded.Subject, full);
            if (error is not null)
            {
                RefusedItems++;
                if ((errors ??= []).Count < MaximumErrors) errors.Add(error);
                continue;
            }

            accepted++;
            if (folded.Kind == FoldedKind.Time && folded.At <= _engine.Now) continue;
            _engine.Apply(in folded, _sink);
        }

        return errors is null ? [] : [.. errors];
    }

    private static ObserveResult Answer(ObserveCode code, Cursor cursor) => new()
    {
        Code = code,
        AcceptedThrough = cursor.Accepted,
        DurableThrough = cursor.Durable,
        ExpectedSequence = cursor.Accepted + 1,
    };
}
