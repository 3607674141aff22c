using System.Globalization;
using Guardian.Storage;
using Guardian.Storage.Local;

namespace Guardian.Cli.Diagnosing;

/// <summary>Looks at a data folder on this machine: rights, room, lock, versions, what was set aside, times.</summary>
/// <remarks>Single use; changes nothing but a probe that it deletes.</remarks>
internal sealed class FolderExam(string folder, TimeProvider time)
{
    private const long LeastFree = 1_024;

    private static readonly TimeSpan MostAhead = TimeSpan.FromMinutes(5);

    private readonly List<Finding> _findings = [];

    public IReadOnlyList<Finding> Examine()
    {
        string path = Path.GetFullPath(folder);
        if (!Directory.Exists(path))
        {
            Well("data folder", $"{path} is not there; a silo started here would make it");
            return _findings;
        }

        try
        {
            ExamineRoom(path);
            ExamineLock(path);
            ExamineFiles(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Ill(
                "data folder", $"{path} can't be written ({e.Message})",
                "give the silo's user the right to write, or another folder");
        }

        return _findings;
    }

    private void ExamineRoom(string path)
    {
        string probe = Path.Combine(path, $".doctor-{Guid.NewGuid():N}");
        File.WriteAllText(probe, "x");
        File.Delete(probe);
        long free = new DriveInfo(path).AvailableFreeSpace >> 20;
        if (free >= LeastFree) Well("data folder", $"{path} can be written, {free} MB free");
        else Ill("data folder", $"{path} has {free} MB free", $"make room: at least {LeastFree} MB");
    }

    private void ExamineLock(string path)
    {
        string owner = DataFolderLock.OwnerOf(path) is { } process
            ? $"in use by process {process}"
            : "in use by no silo";
        Well("data folder lock", owner);
    }

    private void ExamineFiles(string path)
    {
        foreach (FolderFile file in FolderFiles.Look(path))
        {
            string name = Path.GetFileName(file.Path);
            if (file.Problem is { } problem)
            {
                Ill("data file", $"{name}: {problem}", "see the start of the silo's log, and docs/operating/backup.md");
            }
            else
            {
                Well("data file", string.Create(
                    CultureInfo.InvariantCulture, $"{name}: format {file.Format}, {file.Bytes >> 10} KB"));
            }

            TimeSpan ahead = file.WrittenAt - time.GetUtcNow();
            if (ahead > MostAhead)
            {
                Ill(
                    "clock", $"{name} was written {ahead.TotalMinutes:0} min in the future of this clock",
                    "set the clock by NTP before a silo starts: epochs and the audit log carry its time");
            }
        }

        string[] aside = FolderFiles.SetAside(path);
        if (aside.Length == 0) Well("set aside", "nothing");
        else Ill(
            "set aside", string.Join(", ", aside.Select(Path.GetFileName)),
            "look into what damaged it, keep it until 'guardian verify' is equal, then move it away");
    }

    private void Well(string what, string found) => _findings.Add(new Finding(what, Healthy: true, found));

    private void Ill(string what, string found, string advice) =>
        _findings.Add(new Finding(what, Healthy: false, found, advice));
}
