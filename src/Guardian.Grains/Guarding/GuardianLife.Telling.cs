using Guardian.Contracts;
using Guardian.Detection;
using Guardian.Detection.Encoding;
using Guardian.Detection.Events;
using Guardian.Detection.Latency;
using Guardian.Storage.Checkpoints;
using Guardian.Storage.History;
using Microsoft.Extensions.Logging;

namespace Guardian.Grains.Guarding;

/// <content>What the guardian tells others by itself: transitions, summaries, checkpoints.</content>
public sealed partial class GuardianLife
{
    /// <summary>
    /// Fires what is due, tells what changed, checkpoints when it is time; called within a tick period of when
    /// <see cref="IsDue"/> says so.
    /// </summary>
    public void Tick()
    {
        if (!_forgotten) LookAround();
        Rest();
    }

    private void LookAround()
    {
        _core.Tick();
        if (_unread) LookAgain();
        if (_forgotten) return;
        if (Board.Version != _reconciled) Reconcile();
        Publish();
        Offer();
        bool due = _services.Parts.Clock.Now - _checkpointedAt >= _services.Options.CheckpointPeriod.Ticks * 100;
        if (_core.Provenance.Provisional && _claiming.IsCompleted) _claiming = ClaimLaterAsync();
        if ((due || _core.WantsCheckpoint) && _core.Sequence != _checkpointed && _saving.IsCompleted)
            _saving = SaveCheckpointAsync();
        if (RecordIsDue) _recording = SaveRecordAsync();
        ShareInTime();
    }

    // L1 keeps so many of the newest entries and no more: its snapshot stays within them, so that another silo that
    // takes over folds on without a hole, however fast the events come.
    private void ShareInTime()
    {
        if (WantsSharing && _sharing.IsCompleted) _sharing = ShareAsync();
    }

    private bool WantsSharing => _core.Handed - _sharedAt >= _services.Hot.NewestEntries / 4 && !_unread;

    private async Task ShareAsync()
    {
        _sharedAt = _core.Handed;
        try
        {
            Checkpoint snapshot = GuardianSnapshot.Write(_core, _cursors);
            // Never ahead of the journal, and Redis is not waited for.
            await FlushJournalAsync();
            _services.Hot.PutSnapshotAsync(snapshot).AsTask().Ignore();
        }
        catch (Exception error)
        {
            LogNotHot(error, Key);
        }
    }

    // What an interrupted write left behind looks like a claim of the same epoch, so trying again is harmless.
    private async Task ClaimLaterAsync()
    {
        try
        {
            bool claimed = await _services.Fence.ConfirmAsync(_grain, _core.Epoch);
            if (claimed) _core.Provenance = _core.Provenance with { Provisional = false };
            else FencedOut();
        }
        catch (Exception error)
        {
            LogStillProvisional(error, Key);
        }
    }

    private void FencedOut()
    {
        LogFencedOut(Key, _core.Epoch);
        Go(); // Nothing of this life may be stored any more.
    }

    /// <summary>Publishes transitions at once, and the summary with them.</summary>
    private void Publish()
    {
        (long Sequence, Transition Transition)[] transitions = _core.TakeTransitions();
        if (transitions.Length == 0) return;
        if (Array.Exists(transitions, t => t.Transition.Guardrail == GuardrailKind.Breaker)) ReconcileLatches();
        long receivedAt = _services.Parts.Clock.Now;
        HistoryEvent[] events =
        [
            .. transitions.Select(t => HistoryMapper.Map(Key, _core.Epoch, t.Sequence, receivedAt, t.Transition)),
        ];
        _shell.Tell(_core.Name.Session, events);
        Offer();
    }

    private void Offer()
    {
        long board = _services.Parts.Board.Version;
        bool silent = _forgotten || !_registered; // A symbol that is not on the roster is not of the portfolio.
        if (silent || (_summarized == _core.Sequence && _boardVersion == board)) return;
        Verdict verdict = _core.GetVerdict();
        _summarized = _core.Sequence;
        _boardVersion = board;
        _shell.Offer(new GuardianSummary
        {
            Summary = new SymbolSummary
            {
                Symbol = Key,
                TradingState = verdict.TradingState,
                Level = verdict.Level,
                Breaker = verdict.Breaker,
                Episode = verdict.Episode,
                Reasons = verdict.Reasons,
            },
            Epoch = verdict.Epoch,
            Sequence = verdict.Sequence,
            AsOf = verdict.AsOf,
            Conditions = GuardianConditions.OfAhead(Key, _core.Ahead, verdict.Provenance.ActivatedAt) is { } ahead
                ? [.. GuardianConditions.Of(verdict), ahead]
                : GuardianConditions.Of(verdict),
            Windows = [.. _core.Engine.LatencyWindows().Select(w => Pack(w.Stage, w.Window))],
            Levels = [.. verdict.Readings.Select(r => new SubjectLevel(r.Guardrail, r.Subject, r.Level))],
            Features = [.. _core.Engine.DriftCounts().Select(f => new FeatureCounts(f.Feature, f.Reference, f.Window))],
        });
        StoreHotAsync(verdict).Ignore();
    }

    private static StageWindow Pack(string stage, LatencyHistogram window)
    {
        var writer = new StateWriter();
        window.Write(writer);
        return new StageWindow(stage, writer.ToArray());
    }

    private async Task StoreHotAsync(Verdict verdict)
    {
        try
        {
            await _services.Hot.PutAsync(verdict);
        }
        catch (Exception error)
        {
            LogNotHot(error, Key);
        }
    }

    private async Task SaveCheckpointAsync()
    {
        if (_unread) return; // It would supersede what could not be read.
        long sequence = _core.Sequence;
        IReadOnlyDictionary<string, Cursor> cursors = _cursors.Copy();
        _checkpointedAt = _services.Parts.Clock.Now;
        try
        {
            Checkpoint snapshot = GuardianSnapshot.Write(_core, _cursors);
            await _services.Checkpoints.SaveAsync(snapshot);
            // Never ahead of the journal, and never waited for.
            ValueTask<bool> shared = _services.Hot.PutSnapshotAsync(snapshot);
            _checkpointed = sequence;
            if (_services.Parts.Shared is { IsLocalEnough: false }) CoverAsync(shared, cursors).Ignore();
            else _cursors.Covered(cursors);
            _core.CheckpointSaved(sequence);
        }
        catch (Exception error)
        {
            LogNotCheckpointed(error, Key);
        }
    }

    private async Task CoverAsync(ValueTask<bool> shared, IReadOnlyDictionary<string, Cursor> cursors)
    {
        if (await shared) _cursors.Covered(cursors);
    }

    [LoggerMessage(1007, LogLevel.Debug, "The epoch of {Symbol} is still provisional; it is claimed later.")]
    private partial void LogStillProvisional(Exception error, string symbol);

    [LoggerMessage(1008, LogLevel.Error, "Epoch {Epoch} of {Symbol} is fenced out by a newer one; this guardian goes.")]
    private partial void LogFencedOut(string symbol, Epoch epoch);

    [LoggerMessage(1005, LogLevel.Warning, "The newest verdict of {Symbol} did not reach the hot store.")]
    private partial void LogNotHot(Exception error, string symbol);

    [LoggerMessage(1006, LogLevel.Error, "No checkpoint of {Symbol} could be stored; recovery replays more.")]
    private partial void LogNotCheckpointed(Exception error, string symbol);
}
