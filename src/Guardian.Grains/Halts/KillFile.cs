using Guardian.Contracts;
using Guardian.Grains.Guarding;
using Guardian.Storage.Files;
using Guardian.Storage.Halts;
using Microsoft.Extensions.Logging;

namespace Guardian.Grains.Halts;

/// <summary>A file whose existence holds the portfolio of the live session, for whoever can't speak to us.</summary>
/// <remarks>
/// <para>A file that we did not write is a hold, known by path, inode and birth, so that a later file is a new hold; it
/// is never deleted, and removing it lifts nothing. A portfolio hold placed elsewhere makes the file, and its release
/// deletes it: ours is what says word for word what we write, at the time of the hold. One that was touched since is
/// somebody's wish, and no longer ours.</para>
/// <para>Thread-safe. What can't be told is a <see cref="Fault"/>, never silence.</para>
/// </remarks>
public sealed partial class KillFile : IHaltSource
{
    /// <summary>Longest text of a file that is read; a longer one is not ours.</summary>
    public const int MostCharacters = 16_384;

    private const int MostWords = 200;
    private const int MostTurns = 1_000;

    private readonly HaltBoard _board;
    private readonly SiloClock _clock;
    private readonly ILogger<KillFile> _logger;
    private readonly Lock _gate = new();
    private readonly HashSet<string> _covered = new(StringComparer.Ordinal);
    private Hold? _wanted;
    private long _version;
    private volatile string? _fault;

    /// <summary>Initializes the watch; nothing is looked at before <see cref="Watch"/>.</summary>
    public KillFile(GuardianGrainOptions options, HaltBoard board, SiloClock clock, ILogger<KillFile> logger)
    {
        FilePath = options.KillFile is { Length: > 0 } path ? Path.GetFullPath(path) : null;
        (_board, _clock, _logger) = (board, clock, logger);
    }

    /// <summary>Gets the full path; null where there is no kill file.</summary>
    public string? FilePath { get; }

    /// <inheritdoc/>
    public string Name => "kill file";

    /// <summary>Gets why it can't be watched or made at present, in words; null while it can.</summary>
    public string? Fault => _fault;

    /// <inheritdoc/>
    public long Version => Interlocked.Read(ref _version);

    /// <summary>Says why a path can't be a kill file, or null.</summary>
    /// <param name="path">As it was written.</param>
    public static string? WhyUnusable(string path)
    {
        string full = Path.GetFullPath(path);
        const string Rule = "it takes the path of a file in a folder that is there and can be written";
        if (Directory.Exists(full)) return $"Condition failed: Guardian:KillFile is '{path}', a folder; {Rule}.";
        string folder = Path.GetDirectoryName(full) ?? "/";
        if (!Directory.Exists(folder))
            return $"Condition failed: Guardian:KillFile is '{path}', but there is no folder {folder}; {Rule}.";
        try
        {
            string probe = Path.Combine(folder, $".{Path.GetFileName(full)}.{Guid.NewGuid():N}.tmp");
            DurableFile.Make(probe, string.Empty, DateTime.UnixEpoch);
            File.Delete(probe);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"Condition failed: Guardian:KillFile is '{path}', but {folder} can't be written ({e.Message}); "
                + $"{Rule}.";
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<Hold> Read()
    {
        lock (_gate) return _wanted is { } hold ? [hold] : [];
    }

    /// <summary>Looks at the file; makes or deletes our own as the board wants it. Never throws.</summary>
    public void Watch()
    {
        if (FilePath is null) return;
        lock (_gate)
        {
            try
            {
                Look(FilePath);
                if (_fault is not null) LogWatchedAgain(FilePath);
                _fault = null;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                if (_fault is null) LogUnwatched(e, FilePath);
                _fault = e.Message;
            }
        }
    }

    /// <summary>Says why no hold of the portfolio may be released now, or null.</summary>
    public string? WhyNotReleased()
    {
        if (FilePath is null) return null;
        try
        {
            return FileIdentity.Of(FilePath) is { } file && Ours(FilePath, file) is null
                ? $"Condition failed: the kill file {FilePath} is there and holds the portfolio; remove it, then "
                    + "release the hold."
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"Condition failed: whether the kill file {FilePath} is there can't be told ({e.Message}); make it "
                + "readable, or start again without Guardian:KillFile.";
        }
    }

    private void Look(string path)
    {
        FileIdentity? file = FileIdentity.Of(path);
        Hold? ours = file is { } one ? Ours(path, one) : null;
        Want(file is { } foreign && ours is null ? HoldOf(path, foreign) : null);
        Hold[] open = OpenHolds();
        if (ours is { IsOpen: false })
        {
            DurableFile.Delete(path, moved => FileIdentity.Of(moved) is { } now && Ours(moved, now) == ours);
            LogDeleted(path, ours.Id);
            _covered.Clear();
            file = null;
        }

        // Once a hold: whoever removes the file by hand does not find it there again, and the hold stays.
        Hold? bare = Array.Find(open, h => !_covered.Contains(h.Id));
        if (file is null && bare is not null)
        {
            DurableFile.Make(path, KillFileText.Of(bare), KillFileText.TimeOf(bare));
            LogMade(path, bare.Id);
        }

        _covered.Clear();
        foreach (Hold hold in open) _covered.Add(hold.Id);
    }

    private Hold[] OpenHolds() =>
    [
        .. _board.Beyond(SymbolName.Live, strategy: null).Holds.Where(
            h => h.Scope == Scope.Portfolio && !h.Id.StartsWith(HaltIds.KillPrefix, StringComparison.Ordinal)),
    ];

    private Hold? Ours(string path, FileIdentity file)
    {
        if (file.IsFolder || TextOf(path) is not { } text || KillFileText.IdIn(text) is not { } id) return null;
        return _board.Find(id) is { } hold && string.Equals(text, KillFileText.Of(hold), StringComparison.Ordinal)
            && file.Written / 100 == hold.Since.UnixNanoseconds / 100
            ? hold
            : null;
    }

    private void Want(Hold? hold)
    {
        if (hold?.Id == _wanted?.Id) return;
        _wanted = hold;
        Interlocked.Increment(ref _version);
        if (hold is not null) LogFound(FilePath!, hold.Id);
    }

    // A tombstone of the same file does not end what its existence holds: it holds once more, by another id.
    private Hold HoldOf(string path, FileIdentity file)
    {
        int turn = 1;
        string id = HaltIds.OfKillFile(path, file.Inode, file.Born, turn);
        while (_board.Find(id) is { IsOpen: false } && turn < MostTurns)
            id = HaltIds.OfKillFile(path, file.Inode, file.Born, ++turn);
        if (_board.Find(id) is { } known) return known;
        return new Hold
        {
            Id = id,
            Scope = Scope.Portfolio,
            Session = SymbolName.Live,
            State = TradingState.Halted,
            Actor = "kill-file",
            Reason = ReasonOf(path, file),
            Since = _clock.Timestamp,
        };
    }

    private static string ReasonOf(string path, FileIdentity file)
    {
        string words = file.IsFolder ? string.Empty : TextOf(path) ?? string.Empty;
        string line = KillFileText.OneLine(words.Split('\n').Select(l => l.Trim()).FirstOrDefault(l => l.Length > 0));
        if (line.Length > MostWords) line = line[..MostWords];
        string place = KillFileText.OneLine(path.Length <= MostWords ? path : "…" + path[^MostWords..]);
        return line.Length == 0 ? $"kill file {place}" : $"kill file {place}: {line}";
    }

    // What can't be read, or is too long, is there all the same: it is just not ours.
    private static string? TextOf(string path)
    {
        try
        {
            using var reader = new StreamReader(path);
            var buffer = new char[MostCharacters + 1];
            int length = reader.ReadBlock(buffer);
            return length <= MostCharacters ? new string(buffer, 0, length) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [LoggerMessage(1110, LogLevel.Critical, "The kill file {Path} is there: the portfolio is held by {Id}.")]
    private partial void LogFound(string path, string id);

    [LoggerMessage(1111, LogLevel.Warning, "Made the kill file {Path} for hold {Id}.")]
    private partial void LogMade(string path, string id);

    [LoggerMessage(1112, LogLevel.Warning, "Deleted the kill file {Path}: hold {Id} is released.")]
    private partial void LogDeleted(string path, string id);

    [LoggerMessage(1113, LogLevel.Critical, "The kill file {Path} can't be watched or made; it is tried again.")]
    private partial void LogUnwatched(Exception error, string path);

    [LoggerMessage(1114, LogLevel.Information, "The kill file {Path} is watched again.")]
    private partial void LogWatchedAgain(string path);
}
