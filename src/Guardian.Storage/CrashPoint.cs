using System.Diagnostics;
using System.Globalization;

namespace Guardian.Storage;

/// <summary>Named places at which a process can be made to die as by kill −9, to prove what survives it.</summary>
/// <remarks>
/// Thread-safe. Off unless <see cref="Arm"/> was called at start: then a reached point costs one comparison.
/// Tests enumerate <see cref="All"/>, so that a new point is tried by itself.
/// </remarks>
public static class CrashPoint
{
    /// <summary>Environment variable that names the point, <c>NAME</c> or <c>NAME:N</c> for the Nth time.</summary>
    public const string Variable = "GUARDIAN_CRASH_POINT";

    /// <summary>Environment variable that must be <c>yes</c> beside it: no silo dies by a slip.</summary>
    public const string Permission = "GUARDIAN_CRASH_POINTS_ARE_FOR_TESTS";

    internal const string AppendHandedOver = "append.handed-over";
    internal const string AppendBegun = "append.begun";
    internal const string AppendWritten = "append.written";
    internal const string CommitBefore = "commit.before";
    internal const string CommitDone = "commit.done";
    internal const string CommitMarked = "commit.marked";
    internal const string CommitTold = "commit.told";
    internal const string HoldWritten = "hold.written";
    internal const string RecordWritten = "record.written";
    internal const string CheckpointWritten = "checkpoint.written";
    internal const string CheckpointThinned = "checkpoint.thinned";
    internal const string HistoryStored = "history.stored";
    internal const string CursorHandedOver = "cursor.handed-over";
    internal const string CursorWritten = "cursor.written";
    internal const string TrimDeleted = "trim.deleted";
    internal const string TrimDone = "trim.done";
    internal const string AsideBegun = "set-aside.begun";
    internal const string AsideLogMoved = "set-aside.log-moved";
    internal const string AsideMoved = "set-aside.moved";
    internal const string AsideOpened = "set-aside.opened";
    internal const string AsideSalvaged = "set-aside.salvaged";
    internal const string AsideCommitted = "set-aside.committed";
    internal const string AsideNamed = "set-aside.named";

    private static string? _armed;
    private static long _left;

    /// <summary>Gets the names of all points.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        AppendHandedOver, AppendBegun, AppendWritten, CommitBefore, CommitDone, CommitMarked, CommitTold,
        HoldWritten, RecordWritten, CheckpointWritten, CheckpointThinned, HistoryStored, CursorHandedOver,
        CursorWritten, TrimDeleted, TrimDone, AsideBegun, AsideLogMoved, AsideMoved, AsideOpened, AsideSalvaged,
        AsideCommitted, AsideNamed,
    ];

    /// <summary>Gets whether a point is armed.</summary>
    public static bool IsArmed => _armed is not null;

    /// <summary>Reads the environment once, at start.</summary>
    /// <param name="environment">Reads one variable; null where it is not set.</param>
    /// <returns>Whether a point is armed.</returns>
    /// <exception cref="DataFolderException">The point is not known, or not permitted.</exception>
    public static bool Arm(Func<string, string?> environment)
    {
        string? text = environment(Variable);
        if (string.IsNullOrEmpty(text)) return false;
        if (!string.Equals(environment(Permission), "yes", StringComparison.Ordinal))
        {
            throw new DataFolderException(
                $"Condition failed: {Variable} is set: this process would kill itself. It is for tests only, which set "
                + $"{Permission}=yes beside it; unset {Variable}.");
        }

        string[] parts = text.Split(':');
        long times = 1;
        if (parts.Length > 2 || !All.Contains(parts[0], StringComparer.Ordinal) || (parts.Length == 2
            && !(long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out times) && times > 0)))
        {
            throw new DataFolderException(
                $"Condition failed: {Variable} is '{text}'; it takes NAME or NAME:N, N from 1, with NAME one of "
                + $"{string.Join(", ", All)}.");
        }

        _left = times;
        _armed = parts[0];
        return true;
    }

    /// <summary>Dies here where this point is armed and was reached as often as asked for.</summary>
    internal static void Reached(string name)
    {
        if (_armed is null || !string.Equals(_armed, name, StringComparison.Ordinal)) return;
        if (Interlocked.Decrement(ref _left) != 0) return;
        using Process self = Process.GetCurrentProcess();
        self.Kill(); // SIGKILL: nothing is flushed, closed or told.
    }
}
