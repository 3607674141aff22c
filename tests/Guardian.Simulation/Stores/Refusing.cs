using Guardian.Contracts;
using Guardian.Storage.Halts;
using Guardian.Storage.Journal;

namespace Guardian.Simulation.Stores;

/// <summary>A journal that is away: it takes nothing and answers nothing.</summary>
internal sealed class RefusingJournal : IJournal
{
    public long DurablePosition => 0;

    public string? Fault => "it is away";

    public bool HasRoom => false;

    public long Unrecorded { get; private set; }

    public bool TryAppend(JournalEntry entry, IDurableListener? listener)
    {
        Unrecorded++;
        return false;
    }

    public Task FlushAsync(CancellationToken cancellation) => Task.FromException(Away());

    public IReadOnlyList<JournalRow> ReadAfter(long after, int limit) => throw Away();

    public IReadOnlyList<JournalRow> ReadTail(string symbol, Epoch epoch, long sequence) => throw Away();

    public JournalLag LagAfter(long position) => throw Away();

    public Task WaitForAsync(long after, CancellationToken cancellation) => Task.FromException(Away());

    public long GetCursor(string tier) => throw Away();

    public void MoveCursor(string tier, long position) => throw Away();

    public void RewindCursor(string tier, long position) => throw Away();

    private static IOException Away() => new("the journal is away");
}

/// <summary>A place of halts that is away; whoever decides on what it knows must not notice.</summary>
internal sealed class RefusingHalts : IHaltStore
{
    public Task PutAsync(Hold hold) => Task.FromException(new IOException("the halt store is away"));

    public IReadOnlyList<Hold> Load() => [];
}
