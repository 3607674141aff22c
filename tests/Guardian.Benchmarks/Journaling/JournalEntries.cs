using Guardian.Benchmarks.Detecting;
using Guardian.Contracts;
using Guardian.Detection.Events;
using Guardian.Storage;
using Guardian.Storage.Journal;
using Guardian.Storage.Local;
using Microsoft.Extensions.Logging.Abstractions;
using Observation = Guardian.Detection.Events.Observation;
using ObservationKind = Guardian.Detection.Events.ObservationKind;

namespace Guardian.Benchmarks.Journaling;

/// <summary>Entries as guardians make them, and folders of their own to write them to; deleted at the end.</summary>
internal sealed class JournalEntries : IDisposable
{
    /// <summary>Events in an entry.</summary>
    public const int Events = 100;

    private readonly string _home = Directory.CreateTempSubdirectory("guardian-bench-").FullName;
    private readonly byte[] _payload = Payload();
    private int _folders;
    private long _sequence = 1;

    /// <summary>Makes the next entry.</summary>
    public JournalEntry Next()
    {
        long first = _sequence;
        _sequence += Events;
        return new JournalEntry
        {
            Symbol = "BTCUSDT",
            Epoch = new Epoch(1, 1),
            FirstSequence = first,
            Count = Events,
            FirstAt = Samples.Start,
            LastAt = Samples.Start + Events,
            ReceivedAt = Samples.Start,
            Class = EventClass.Sample,
            Payload = _payload,
        };
    }

    /// <summary>Makes the next entry with fewer events.</summary>
    public JournalEntry Few(int events) => Next() with { Count = events, Payload = Payload(events) };

    /// <summary>Makes a folder.</summary>
    public string Folder()
    {
        string folder = Path.Combine(_home, $"{_folders++}");
        Directory.CreateDirectory(folder);
        return folder;
    }

    /// <summary>Opens a local file in a folder of its own, with the default options.</summary>
    public LocalFile Open()
    {
        var file = new LocalFile(
            new StorageOptions { DataFolder = Folder() }, TimeProvider.System, NullLogger<LocalFile>.Instance);
        file.Open();
        return file;
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_home, recursive: true);

    private static byte[] Payload(int events = Events)
    {
        var packer = new EventPacker();
        long[] latencies = Samples.Latencies();
        for (int i = 0; i < events; i++)
        {
            packer.Write(
                i + 1,
                new Observation(
                    ObservationKind.Latency, Samples.Start + (i * 100_000L), "market-data", latencies[i] / 1e3));
        }

        return packer.ToArray();
    }
}
