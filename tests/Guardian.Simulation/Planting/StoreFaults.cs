using Guardian.Contracts;
using Guardian.Simulation.Disk;
using Guardian.Simulation.Stores;
using Guardian.Storage.Checkpoints;
using Guardian.Storage.Halts;
using Guardian.Storage.Local;

namespace Guardian.Simulation.Planting;

/// <summary>A release is not stored.</summary>
internal sealed class ReleaseWithoutTombstone : Plant
{
    internal override IHaltStore Halts(IHaltStore inner) => new Faulty(inner);

    private sealed class Faulty(IHaltStore inner) : IHaltStore
    {
        public Task PutAsync(Hold hold) => hold.IsOpen ? inner.PutAsync(hold) : Task.CompletedTask;

        public IReadOnlyList<Hold> Load() => inner.Load();
    }
}

/// <summary>A hold is called durable when it is handed over.</summary>
internal sealed class HoldToldBeforeCommit : Plant
{
    internal override IHaltStore Halts(IHaltStore inner) => new Faulty(inner);

    private sealed class Faulty(IHaltStore inner) : IHaltStore
    {
        public Task PutAsync(Hold hold)
        {
            // Seen, so that a failure is not one of nobody.
            _ = inner.PutAsync(hold).ContinueWith(
                done => done.Exception,
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
            return Task.CompletedTask;
        }

        public IReadOnlyList<Hold> Load() => inner.Load();
    }
}

/// <summary>A checkpoint says that it holds an event more than it does.</summary>
internal sealed class CheckpointAheadOfItsState : Plant
{
    internal override ICheckpointStore Checkpoints(ICheckpointStore inner, LocalFile file) => new Faulty(inner);

    private sealed class Faulty(ICheckpointStore inner) : ICheckpointStore
    {
        public Task SaveAsync(Checkpoint checkpoint) =>
            inner.SaveAsync(checkpoint with { Sequence = checkpoint.Sequence + 1 });

        public CheckpointLookup Find(string symbol, Func<Checkpoint, string?>? refuse = null) =>
            inner.Find(symbol, refuse);
    }
}

/// <summary>Checkpoints are read without looking at their checksum; one in three has decayed by a bit.</summary>
internal sealed class CheckpointWithoutChecksum : Plant
{
    internal override ICheckpointStore Checkpoints(ICheckpointStore inner, LocalFile file) => new Faulty(inner, file);

    private sealed class Faulty(ICheckpointStore inner, LocalFile file) : ICheckpointStore
    {
        private int _saved;

        public Task SaveAsync(Checkpoint checkpoint)
        {
            if (++_saved % 3 != 0) return inner.SaveAsync(checkpoint);
            byte[] decayed = [.. checkpoint.Payload];
            decayed[decayed.Length / 2] ^= 1;
            return inner.SaveAsync(checkpoint with { Payload = decayed });
        }

        public CheckpointLookup Find(string symbol, Func<Checkpoint, string?>? refuse = null) => file.Read(session =>
        {
            List<Checkpoint> all = session.Query(
                "select epoch_number, epoch_generation, sequence, at, payload from checkpoints where symbol = $0 "
                + "order by epoch_number desc, epoch_generation desc, sequence desc",
                row => new Checkpoint(
                    symbol,
                    new Epoch(row.GetInt64(0), (int)row.GetInt64(1)),
                    row.GetInt64(2),
                    row.GetInt64(3),
                    row.GetFieldValue<byte[]>(4)),
                symbol);
            return new CheckpointLookup(all.FirstOrDefault(one => refuse?.Invoke(one) is null), []);
        });
    }
}

/// <summary>Grain storage takes a record whatever version it was made from.</summary>
internal sealed class FenceIgnoresTags : Plant
{
    internal override void Prepare(GrainStore store) => store.IgnoresTags = true;
}

/// <summary>A disk that says synced and is not.</summary>
internal sealed class SyncThatLies : Plant
{
    internal override void Prepare(SimulatedDisk disk) => disk.Faults.SyncLies = true;
}
