using Guardian.Contracts;
using Guardian.Storage.Local;
using Microsoft.Data.Sqlite;

namespace Guardian.Storage.Checkpoints;

/// <summary>Checkpoints in the local file.</summary>
/// <remarks>Thread-safe. A checkpoint of an older epoch than the newest stored one is refused.</remarks>
/// <param name="file">The opened local file.</param>
public sealed class SqliteCheckpointStore(LocalFile file) : ICheckpointStore
{
    private long _refused;

    /// <summary>Gets how many checkpoints of older epochs were refused.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <inheritdoc/>
    public Task SaveAsync(Checkpoint checkpoint)
    {
        long seal = Seal.Of(checkpoint);
        return file.WriteAsync(database => Write(database.Session, checkpoint, seal), checkpoint.Payload.Length);
    }

    /// <inheritdoc/>
    public CheckpointLookup Find(string symbol, Func<Checkpoint, string?>? refuse = null)
    {
        CheckpointLookup lookup = file.Read(session =>
        {
            using SqliteDataReader reader = session.Reader(
                "select epoch_number, epoch_generation, sequence, at, version, length, checksum, payload "
                + "from checkpoints where symbol = $0 "
                + "order by epoch_number desc, epoch_generation desc, sequence desc",
                symbol);
            return Newest(reader, symbol, refuse);
        });
        foreach (DamagedCheckpoint damaged in lookup.Damaged)
        {
            file.ReportDamage(
                $"Invariant: checkpoint {damaged.Epoch}/{damaged.Sequence} of {symbol} is refused: {damaged.Problem}.");
        }

        return lookup;
    }

    private static CheckpointLookup Newest(
        SqliteDataReader reader, string symbol, Func<Checkpoint, string?>? refuse)
    {
        var damaged = new List<DamagedCheckpoint>();
        while (reader.Read())
        {
            var epoch = new Epoch(reader.GetInt64(0), (int)reader.GetInt64(1));
            byte[] payload = reader.GetFieldValue<byte[]>(7);
            var checkpoint = new Checkpoint(symbol, epoch, reader.GetInt64(2), reader.GetInt64(3), payload);
            string? problem = Problem(checkpoint, reader.GetInt64(4), reader.GetInt64(5), reader.GetInt64(6))
                ?? refuse?.Invoke(checkpoint);
            if (problem is null) return new CheckpointLookup(checkpoint, damaged);
            damaged.Add(new DamagedCheckpoint(symbol, epoch, checkpoint.Sequence, problem));
        }

        return new CheckpointLookup(null, damaged);
    }

    internal static string? Problem(Checkpoint checkpoint, long version, long length, long checksum)
    {
        if (version > Seal.Version) return $"its version is {version}, and this build reads up to {Seal.Version}";
        if (checkpoint.Payload.Length != length) return $"its length is {checkpoint.Payload.Length}, not {length}";
        return Seal.Of(checkpoint) == checksum ? null : "its checksum differs";
    }

    private bool Write(SqliteSession session, Checkpoint c, long seal)
    {
        if (Seal.Of(c) != seal)
            throw new InvalidOperationException(
                $"Invariant: a checkpoint of {c.Symbol} changed after it was handed over.");
        List<Epoch> newest = session.Query(
            "select epoch_number, epoch_generation from checkpoints where symbol = $0 "
            + "order by epoch_number desc, epoch_generation desc limit 1",
            row => new Epoch(row.GetInt64(0), (int)row.GetInt64(1)),
            c.Symbol);
        if (newest.Count > 0 && c.Epoch < newest[0])
        {
            Interlocked.Increment(ref _refused);
            throw CheckpointRules.Stale(c, newest[0]);
        }

        session.Execute("delete from doubted where symbol = $0", c.Symbol); // It tells itself whether it is in doubt.
        session.Execute(
            "insert or replace into checkpoints values($0, $1, $2, $3, $4, $5, $6, $7, $8)",
            c.Symbol,
            c.Epoch.Number,
            c.Epoch.Generation,
            c.Sequence,
            c.At,
            Seal.Version,
            c.Payload.Length,
            seal,
            c.Payload);
        CrashPoint.Reached(CrashPoint.CheckpointWritten);
        session.Execute(
            "delete from checkpoints where symbol = $0 and rowid not in (select rowid from checkpoints "
            + "where symbol = $0 order by epoch_number desc, epoch_generation desc, sequence desc limit $1)",
            c.Symbol,
            CheckpointRules.Kept);
        CrashPoint.Reached(CrashPoint.CheckpointThinned);
        return true;
    }
}
