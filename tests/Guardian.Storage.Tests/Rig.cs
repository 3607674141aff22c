using Guardian.Contracts;
using Guardian.Detection.Events;
using Guardian.Storage.Journal;
using Guardian.Storage.Local;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Observation = Guardian.Detection.Events.Observation;
using ObservationKind = Guardian.Detection.Events.ObservationKind;

namespace Guardian.Storage.Tests;

/// <summary>A data folder of its own, deleted at the end, with a local file in it.</summary>
internal sealed class Rig : IAsyncDisposable
{
    internal Rig(Action<StorageOptions>? change = null)
    {
        Folder = Path.Combine(Path.GetTempPath(), "guardian-tests-" + Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(Folder);
        Options = new StorageOptions
        {
            DataFolder = Folder,
            RetryFirst = TimeSpan.FromMilliseconds(1),
            RetryLongest = TimeSpan.FromMilliseconds(5),
            TrimInterval = TimeSpan.FromMilliseconds(10),
        };
        change?.Invoke(Options);
        File = NewFile();
    }

    internal string Folder { get; }

    internal StorageOptions Options { get; }

    internal LocalFile File { get; private set; }

    internal SqliteJournal Journal => new(File);

    internal static Rig Opened(Action<StorageOptions>? change = null)
    {
        var rig = new Rig(change);
        rig.File.Open();
        return rig;
    }

    internal async Task ReopenAsync()
    {
        await CloseAsync();
        File.Open();
    }

    /// <summary>Closes the file and leaves a new one that is not open yet.</summary>
    internal async Task CloseAsync()
    {
        await File.DisposeAsync();
        File = NewFile();
    }

    /// <summary>Changes the closed file behind its back.</summary>
    internal void Damage(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={File.FilePath};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // The statement is the test's own.
        command.CommandText = sql;
#pragma warning restore CA2100
        Assert.True(command.ExecuteNonQuery() != 0);
    }

    public async ValueTask DisposeAsync()
    {
        await File.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private LocalFile NewFile() => new(Options, TimeProvider.System, NullLogger<LocalFile>.Instance);
}

/// <summary>Makes journal entries.</summary>
internal static class Make
{
    internal const long T0 = 1_700_000_000_000_000_000;

    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    internal static CancellationToken Soon() => new CancellationTokenSource(Patience).Token;

    internal static JournalEntry Entry(
        string symbol,
        long first,
        int count = 3,
        EventClass of = EventClass.Sample,
        long epoch = 1,
        Func<long, Observation>? observation = null)
    {
        var packer = new EventPacker();
        for (long sequence = first; sequence < first + count; sequence++)
        {
            packer.Write(
                sequence,
                observation?.Invoke(sequence)
                    ?? new Observation(ObservationKind.Latency, T0 + (sequence * 1_000_000), "market-data", sequence));
        }

        return Of(symbol, packer, of, epoch, first);
    }

    internal static JournalEntry Of(
        string symbol,
        EventPacker packer,
        EventClass of = EventClass.State,
        long epoch = 1,
        long? first = null) => new()
        {
            Symbol = symbol,
            Epoch = new Epoch(epoch, 7),
            FirstSequence = first ?? packer.FirstSequence,
            Count = packer.Count,
            FirstAt = packer.FirstAt,
            LastAt = packer.LastAt,
            ReceivedAt = packer.LastAt + 5,
            Class = of,
            Payload = packer.ToArray(),
            Producer = "feed-1",
            ProducerEpoch = 2,
            ProducerThrough = 99,
        };

    internal static JournalEntry Forget(string symbol) => new() { Symbol = symbol, Class = EventClass.Forget };

    internal static Hold Hold(
        string id,
        string key = "",
        Scope scope = Scope.Portfolio,
        string session = "live") => new()
        {
            Id = id,
            Scope = scope,
            Key = key,
            Session = session,
            State = Contracts.TradingState.Halted,
            Actor = "ann",
            Reason = "news",
            Since = new Timestamp(T0),
        };

    internal static Hold Release(this Hold hold, long at, string by = "bob") =>
        hold with { ReleasedAt = new Timestamp(at), ReleasedBy = by, ReleaseReason = "over" };
}

/// <summary>Collects what became durable.</summary>
internal sealed class Listener : IDurableListener
{
    private readonly Lock _gate = new();
    private readonly List<(JournalEntry Entry, long Position)> _seen = [];

    internal IReadOnlyList<(JournalEntry Entry, long Position)> Seen
    {
        get
        {
            lock (_gate) return [.. _seen];
        }
    }

    public void OnDurable(JournalEntry entry, long position)
    {
        lock (_gate) _seen.Add((entry, position));
    }
}
