using Guardian.Contracts;
using Orleans.Dashboard;

namespace Guardian.Benchmarks.Calling;

/// <summary>The least a grain can do: what any call to a silo costs.</summary>
[Alias("Guardian.Benchmarks.IBareGrain")]
public interface IBareGrain : IGrainWithStringKey
{
    /// <summary>Answers.</summary>
    [Alias("ping")]
    ValueTask<int> Ping();

    /// <summary>Takes a batch and does nothing with it.</summary>
    [Alias("take")]
    ValueTask<int> Take(ObservationBatch batch);
}

/// <summary>Answers, and does nothing else; without the dashboard's look at each call, as guardians are.</summary>
[NoProfiling]
public sealed class BareGrain : Grain, IBareGrain
{
    /// <inheritdoc/>
    public ValueTask<int> Ping() => new(1);

    /// <inheritdoc/>
    public ValueTask<int> Take(ObservationBatch batch) => new(batch.Items.Length);
}
