using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Guardian.Storage.Local;

/// <content>What was found damaged, cut or missing, and who is in doubt for it.</content>
public sealed partial class LocalFile
{
    private const int MostDamages = 100;

    private readonly ConcurrentQueue<string> _damages = new();
    private bool _doubtsAll;

    /// <summary>
    /// Gets the path of a damaged file that was set aside and salvaged by this process; null when there was none.
    /// </summary>
    public string? DamagedFile { get; private set; }

    /// <summary>Gets the file that the present one took the place of in this process; null: it is the first.</summary>
    public SetAsideFile? SetAside { get; private set; }

    /// <summary>
    /// Gets why not everything that was acknowledged may be in the file, in words; null when nothing speaks for it.
    /// </summary>
    public string? Loss { get; private set; }

    /// <summary>Gets what was found damaged, in words; the first hundred.</summary>
    public IReadOnlyCollection<string> Damages => _damages;

    /// <summary>
    /// Tells whether what is stored of a guardian may lack what came after it: this file, or one before it, was cut or
    /// set aside as damaged, and no checkpoint of that guardian was made since.
    /// </summary>
    /// <exception cref="StorageUnavailableException">It can't be read.</exception>
    public bool IsDoubted(string symbol) =>
        _doubtsAll || Read(session => session.Scalar("select 1 from doubted where symbol = $0", symbol)) is not null;

    /// <summary>Gets whether what it holds may lack what it held before: it was lost, cut or set aside.</summary>
    internal bool MayLackEntries => Loss is not null || DamagedFile is not null;

    internal void ReportDamage(string problem)
    {
        StorageLog.Damaged(_logger, problem);
        if (_damages.Count < MostDamages) _damages.Enqueue(problem);
    }

    private void Doubt()
    {
        try
        {
            _database.Doubt();
        }
        catch (SqliteException e)
        {
            // On a full disk a start goes on all the same.
            StorageLog.Damaged(_logger, $"{FilePath}: who is in doubt could not be noted ({e.Message})");
            _doubtsAll = true;
        }
    }

    private void Tell(SetAsideFile aside)
    {
        SetAside = aside;
        if (!aside.IsWhole)
        {
            DamagedFile = aside.Path ?? FilePath;
            if (_damages.Count < MostDamages)
                _damages.Enqueue($"{FilePath} was damaged as a whole: {aside.Problem}");
        }

        StorageLog.SetAside(_logger, FilePath, aside.Problem, aside.Path ?? "nothing", aside.Rows);
    }
}
