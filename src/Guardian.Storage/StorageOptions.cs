using Guardian.Detection.Options;

namespace Guardian.Storage;

/// <summary>
/// Where the embedded tiers rest and how much room they may take, as written (section <c>Guardian:Storage</c>).
/// </summary>
public sealed class StorageOptions
{
    /// <summary>Gets or sets the folder of journal, checkpoints and embedded history.</summary>
    /// <value>Default <c>guardian-data</c> in the working folder; belongs to one running silo at a time.</value>
    public string DataFolder { get; set; } = "guardian-data";

    /// <summary>
    /// Gets or sets why <see cref="DataFolder"/> is only a stand-in for the folder that was meant; set by the silo
    /// itself (<see cref="Local.StandInFolder"/>), not by people.
    /// </summary>
    /// <value>In words; default null: it is the folder that was meant.</value>
    public string? StandInReason { get; set; }

    /// <summary>Gets or sets how long a group commit gathers once the disk was busy a moment ago.</summary>
    /// <value>Default 3 ms, 0 to 1 s. Nothing waits when the disk is idle.</value>
    public TimeSpan CommitInterval { get; set; } = TimeSpan.FromMilliseconds(3);

    /// <summary>
    /// Gets or sets the most journal entries that wait in memory for the disk; a tenth is kept for state.
    /// </summary>
    /// <value>Default 100,000; 10 to 10,000,000.</value>
    public int BacklogEntries { get; set; } = 100_000;

    /// <summary>Gets or sets the most bytes that wait in memory for the disk; a tenth is kept for state.</summary>
    /// <value>Bytes; 64 KiB to 16 GiB. Default 256 MiB, and an eighth of the memory where that is less.</value>
    public long BacklogBytes { get; set; } =
        Math.Min(256L << 20, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8);

    /// <summary>Gets or sets the most room the local file takes; a tenth is kept for state.</summary>
    /// <value>Bytes; default 20 GB; 1 MiB to 1 TiB.</value>
    public long JournalBytes { get; set; } = 20_000_000_000;

    /// <summary>Gets or sets the largest journal entry, checkpoint or record.</summary>
    /// <value>Bytes; default 16 MiB; 4 KiB to 256 MiB.</value>
    public int MaximumEntryBytes { get; set; } = 16 << 20;

    /// <summary>Gets or sets the pause between two trims of what every tier has.</summary>
    /// <value>Default 5 s; 10 ms to 1 h.</value>
    public TimeSpan TrimInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets the most journal rows one trim deletes at a stretch.</summary>
    /// <value>Default 2,000; 1 to 100,000.</value>
    public int TrimRows { get; set; } = 2_000;

    /// <summary>Gets or sets the delay after the first failed write.</summary>
    /// <value>Default 50 ms; 1 ms to 10 s.</value>
    public TimeSpan RetryFirst { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Gets or sets the longest delay between two tries of a write.</summary>
    /// <value>Default 2 s; from <see cref="RetryFirst"/> to 5 min.</value>
    public TimeSpan RetryLongest { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Gets or sets the most journal entries a tier's writer takes at once.</summary>
    /// <value>Default 500; 1 to 10,000.</value>
    public int WriterBatch { get; set; } = 500;

    /// <summary>Gets or sets how long a tier may take for what it is given before it counts as away.</summary>
    /// <value>Default 30 s; 100 ms to 10 min.</value>
    public TimeSpan WriterPatience { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets or sets how often a row is tried alone before it is parked.</summary>
    /// <value>Default 5; 1 to 100.</value>
    public int PoisonTries { get; set; } = 5;

    /// <summary>Gets or sets up to which size the local file is checked as a whole when it is opened.</summary>
    /// <value>Bytes; default 256 MiB; 0 never, up to 1 TiB.</value>
    public long OpenCheckBytes { get; set; } = 256L << 20;

    /// <summary>Checks every option.</summary>
    /// <returns>Everything that is wrong, with path, value and rule; empty when nothing is.</returns>
    public IReadOnlyList<OptionError> Validate()
    {
        var errors = new List<OptionError>();
        if (string.IsNullOrWhiteSpace(DataFolder))
            errors.Add(new OptionError(nameof(DataFolder), $"'{DataFolder}'", "must name a folder"));
        errors.Within(nameof(CommitInterval), CommitInterval, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        errors.Within(nameof(BacklogEntries), BacklogEntries, 10, 10_000_000);
        errors.Within(nameof(BacklogBytes), BacklogBytes, 64L << 10, 16L << 30);
        errors.Within(nameof(JournalBytes), JournalBytes, 1L << 20, 1L << 40);
        errors.Within(nameof(MaximumEntryBytes), MaximumEntryBytes, 4L << 10, 256L << 20);
        errors.Within(nameof(TrimInterval), TrimInterval, TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1));
        errors.Within(nameof(TrimRows), TrimRows, 1, 100_000);
        errors.Within(nameof(RetryFirst), RetryFirst, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(10));
        errors.Within(nameof(RetryLongest), RetryLongest, RetryFirst, TimeSpan.FromMinutes(5));
        errors.Within(nameof(WriterBatch), WriterBatch, 1, 10_000);
        errors.Within(
            nameof(WriterPatience), WriterPatience, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10));
        errors.Within(nameof(PoisonTries), PoisonTries, 1, 100);
        errors.Within(nameof(OpenCheckBytes), OpenCheckBytes, 0, 1L << 40);
        return errors;
    }
}
