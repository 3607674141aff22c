using Microsoft.Data.Sqlite;

namespace Guardian.Storage.Local;

/// <summary>Deletes journal rows that every tier has and no kept checkpoint needs, a chunk at a time.</summary>
/// <remarks>Used by the writer's thread between two commits.</remarks>
internal sealed class LocalTrimmer(LocalDatabase database, int chunk)
{
    private const int GuardiansAtOnce = 64;

    private readonly Queue<string> _due = new();

    /// <summary>Deletes one chunk in a transaction of its own.</summary>
    /// <param name="slowest">The slowest tier's cursor; 0: nothing may go.</param>
    /// <returns>Whether more is left to do now.</returns>
    internal bool Step(long slowest)
    {
        if (slowest <= 0) return false;
        if (_due.Count == 0)
        {
            List<string> all = database.Session.Query(
                "select distinct symbol from checkpoints", row => row.GetString(0));
            foreach (string symbol in all) _due.Enqueue(symbol);
        }

        database.Begin();
        int deleted = TrimForgets(slowest);
        for (int i = 0; i < GuardiansAtOnce && deleted < chunk && _due.TryPeek(out string? symbol); i++)
        {
            int here = Trim(symbol, slowest, chunk - deleted);
            deleted += here;
            if (deleted < chunk) _due.Dequeue();
        }

        if (deleted > 0) CrashPoint.Reached(CrashPoint.TrimDeleted);
        database.Commit();
        if (deleted > 0) CrashPoint.Reached(CrashPoint.TrimDone);
        return _due.Count > 0;
    }

    private int TrimForgets(long slowest) => database.Session.Execute(
        "delete from journal where position in (select position from journal indexed by journal_forgets "
        + "where class = 2 and position <= $0 limit $1)",
        slowest,
        chunk);

    private int Trim(string symbol, long slowest, int most)
    {
        List<(long Number, long Generation, long Sequence)> oldest = database.Session.Query(
            "select epoch_number, epoch_generation, sequence from checkpoints where symbol = $0 "
            + "order by epoch_number, epoch_generation, sequence limit 1",
            row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)),
            symbol);
        if (oldest.Count == 0) return 0;
        (long number, long generation, long sequence) = oldest[0];
        return database.Session.Execute(
            "delete from journal where position in (select position from journal where symbol = $0 "
            + "and position <= $1 and (epoch_number, epoch_generation, first_sequence + count - 1) <= ($2, $3, $4) "
            + "order by position limit $5)",
            symbol,
            slowest,
            number,
            generation,
            sequence,
            most);
    }
}
