using Guardian.Contracts;
using Guardian.Detection.Encoding;
using Guardian.Storage.Checkpoints;
using Microsoft.Extensions.Logging;

namespace Guardian.Grains.Guarding;

/// <content>The record in grain storage: what recovery has where our journal is not.</content>
public sealed partial class GuardianLife
{
    /// <summary>Largest snapshot in a record for each guardrail, bytes; a larger one is left out.</summary>
    public const int RecordBytesPerSubject = 8_192;

    private bool RecordIsDue => _core.Sequence != _recorded && !_core.Provenance.Provisional && _recording.IsCompleted
        && _services.Parts.Clock.Now - _recordedAt >= _services.Options.RecordPeriod.Ticks * 100;

    // Guardians that came up together don't write together.
    private long Stagger()
    {
        long period = _services.Options.RecordPeriod.Ticks * 100;
        uint hash = 0;
        foreach (char c in Key) hash = unchecked((hash * 31) + c);
        return (long)((UInt128)hash * (ulong)period >> 32);
    }

    private async Task SaveRecordAsync()
    {
        _recordedAt = _services.Parts.Clock.Now;
        if (_core.Provenance.Provisional || _unread) return;
        long sequence = _core.Sequence;
        GuardianRecord record = MakeRecord();
        try
        {
            // Never ahead of the journal: what a record knows has not been lost.
            await FlushJournalAsync();
            if (await _services.Fence.StoreAsync(_grain, _core.Epoch, record)) _recorded = sequence;
        }
        catch (Exception error)
        {
            LogNotRecorded(error, Key);
        }
    }

    // Throws where the disk does not answer within the board's patience.
    private async Task FlushJournalAsync()
    {
        using var patience = new CancellationTokenSource(Halts.HaltBoard.Patience, _services.Parts.Clock.Time);
        await _services.Parts.Journal.FlushAsync(patience.Token);
    }

    private GuardianRecord MakeRecord()
    {
        Checkpoint snapshot = GuardianSnapshot.Write(_core, _cursors);
        long most = (long)RecordBytesPerSubject * Math.Max(1, _core.Engine.Guardrails);
        bool fits = snapshot.Payload.Length <= most;
        if (!fits) LogTooLarge(Key, snapshot.Payload.Length, most);
        var cursors = new StateWriter();
        _cursors.Write(cursors);
        return new GuardianRecord
        {
            SnapshotEpoch = snapshot.Epoch,
            SnapshotSequence = snapshot.Sequence,
            SnapshotAt = snapshot.At,
            Snapshot = fits ? snapshot.Payload : [],
            Limits = GetLimits() with { ETag = null },
            Cursors = cursors.ToArray(),
        };
    }

    [LoggerMessage(1011, LogLevel.Warning, "The record of {Symbol} could not be stored; recovery has the checkpoints.")]
    private partial void LogNotRecorded(Exception error, string symbol);

    [LoggerMessage(1012, LogLevel.Warning, "The snapshot of {Symbol} has {Bytes} bytes; its record takes {Most}.")]
    private partial void LogTooLarge(string symbol, int bytes, long most);
}
