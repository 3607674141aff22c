using Guardian.Contracts;
using Guardian.Grains.Guarding;
using Guardian.Simulation.Time;
using Orleans.Runtime;
using Orleans.Storage;

namespace Guardian.Simulation.Stores;

/// <summary>How a store answers at present.</summary>
internal enum StoreMood
{
    Well,
    Slow,
    Refuses,
    LosesAnswers,
}

/// <summary>The grain storage that silos share: ETagged records, slow, away, or silent after it has written.</summary>
internal sealed class GrainStore(VirtualClock clock, Checker check)
{
    private readonly SortedDictionary<string, (long Etag, GuardianRecord Record)> _records =
        new(StringComparer.Ordinal);

    internal StoreMood Mood { get; set; }

    internal TimeSpan Delay { get; set; } = TimeSpan.FromMilliseconds(80);

    /// <summary>Gets or sets whether ETags are not looked at; a planted fault.</summary>
    internal bool IgnoresTags { get; set; }

    internal Task<T> Do<T>(Func<T> work, Action<Action> deliver)
    {
        switch (Mood)
        {
            case StoreMood.Refuses:
                return Task.FromException<T>(new IOException("the grain storage is away"));
            case StoreMood.Well:
                try
                {
                    return Task.FromResult(work());
                }
                catch (InconsistentStateException e)
                {
                    return Task.FromException<T>(e);
                }

            default:
                var source = new TaskCompletionSource<T>();
                bool answers = Mood == StoreMood.Slow;
                clock.After(Delay, () => Finish(work, answers ? deliver : _ => { }, source));
                return source.Task;
        }
    }

    internal (long Etag, GuardianRecord Record) Read(string id) =>
        _records.TryGetValue(id, out (long Etag, GuardianRecord Record) found)
            ? (found.Etag, found.Record.Copy())
            : (0, new GuardianRecord());

    internal long Write(string id, long expected, GuardianRecord record)
    {
        (long etag, GuardianRecord known) = Read(id);
        if (etag != expected && !IgnoresTags)
            throw new InconsistentStateException("another version", $"{etag}", $"{expected}");
        Epoch epoch = EpochOf(record), newest = EpochOf(known);
        check.Require(epoch >= newest, Invariants.Epochs, () =>
            $"epoch {epoch} of {id} was written although {newest} is claimed already");
        _records[id] = (etag + 1, record);
        return etag + 1;
    }

    private static Epoch EpochOf(GuardianRecord record) => new(record.EpochNumber, record.EpochGeneration);

    private static void Finish<T>(Func<T> work, Action<Action> deliver, TaskCompletionSource<T> source)
    {
        try
        {
            T result = work();
            deliver(() => source.TrySetResult(result));
        }
        catch (InconsistentStateException e)
        {
            deliver(() => source.TrySetException(e));
        }
    }
}

/// <summary>One silo's way to the shared grain storage.</summary>
internal sealed class GrainStoreClient(GrainStore store, Action<Action> deliver, Func<bool> lives) : IGrainStorage
{
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        string id = grainId.ToString();
        (long etag, GuardianRecord record) = await Do(() => store.Read(id));
        if (grainState is IGrainState<GuardianRecord> state) state.State = record;
        grainState.ETag = $"{etag}";
        grainState.RecordExists = etag > 0;
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        string id = grainId.ToString();
        GuardianRecord record = ((GuardianRecord)(object)grainState.State!).Copy();
        long expected = long.Parse(grainState.ETag ?? "0");
        grainState.ETag = $"{await Do(() => store.Write(id, expected, record))}";
        grainState.RecordExists = true;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        throw new NotSupportedException("Invariant: no record of a guardian is cleared here.");

    private Task<T> Do<T>(Func<T> work) => lives() ? store.Do(work, deliver) : new TaskCompletionSource<T>().Task;
}
