using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Guardian.Contracts;
using Guardian.Storage.Local;

namespace Guardian.Storage.Backups;

/// <summary>One file of a backup. Immutable.</summary>
/// <param name="Name">Its name in the folder.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">SHA-256 over it, hexadecimal.</param>
/// <param name="Format">Version of its tables; 0 where it has none.</param>
public sealed record BackupFile(string Name, long Bytes, string Sha256, int Format);

/// <summary>What a backup is made of; written last, so that a backup that was cut short has none. Immutable.</summary>
public sealed record BackupManifest
{
    /// <summary>Name of the manifest in a backup.</summary>
    public const string FileName = "guardian-backup.json";

    /// <summary>Version of this form.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Gets the version of the form it was written in.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>Gets when the backup was begun.</summary>
    public Timestamp At { get; init; }

    /// <summary>Gets the folder it was taken from.</summary>
    public required string Folder { get; init; }

    /// <summary>Gets whose data it is.</summary>
    public required string Silo { get; init; }

    /// <summary>Gets the id of the local file it was taken from: a writer of the log of human actions.</summary>
    public required string Writer { get; init; }

    /// <summary>Gets the files.</summary>
    public BackupFile[] Files { get; init; } = [];

    /// <summary>Gets where each chain of human actions ended; kept here, an end that is cut later is seen.</summary>
    public AuditHead[] AuditHeads { get; init; } = [];

    /// <summary>Writes it, sealed, as the last file of a backup.</summary>
    internal void Write(string folder)
    {
        string body = JsonSerializer.Serialize(this, GuardianJson.Indented);
        byte[] bytes = Encoding.UTF8.GetBytes(body + "\n" + SealOf(body) + "\n");
        DurableFiles.Write(Path.Combine(folder, FileName), bytes);
    }

    /// <summary>Reads the manifest of a backup and compares every file with it.</summary>
    /// <exception cref="DataFolderException">It is no backup or was cut short; names the file.</exception>
    public static BackupManifest Read(string folder)
    {
        string full = Path.GetFullPath(folder);
        string path = Path.Combine(full, FileName);
        if (!File.Exists(path)) throw Fault(path, "is missing: the backup was cut short, or this is none");
        string text = File.ReadAllText(path).TrimEnd('\n');
        int end = text.LastIndexOf('\n');
        if (end < 0 || !string.Equals(text[(end + 1)..], SealOf(text[..end]), StringComparison.Ordinal))
            throw Fault(path, "is not as it was written: its seal differs");
        BackupManifest manifest = JsonSerializer.Deserialize<BackupManifest>(text[..end], GuardianJson.Options)
            ?? throw Fault(path, "is empty");
        if (manifest.Format > CurrentFormat)
            throw Fault(path, $"has format {manifest.Format}, and this build reads formats up to {CurrentFormat}");
        foreach (BackupFile file in manifest.Files) Check(full, file);
        return manifest;
    }

    private static void Check(string folder, BackupFile file)
    {
        string path = Path.Combine(folder, file.Name);
        if (!File.Exists(path)) throw Fault(path, "is missing");
        long bytes = new FileInfo(path).Length;
        if (bytes != file.Bytes) throw Fault(path, $"has {bytes} bytes, not {file.Bytes}: it was cut short or grew");
        if (!string.Equals(DurableFiles.Hash(path), file.Sha256, StringComparison.Ordinal))
            throw Fault(path, "is not as it was written: its SHA-256 differs");
    }

    private static string SealOf(string body) =>
        "sha256 " + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)));

    private static DataFolderException Fault(string path, string problem) =>
        new($"Condition failed: {path} {problem}. Take another backup.");
}
