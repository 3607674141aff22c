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

    /// <summary>Answers an order with a decision that was made before.</summary>
    [Alias("answer")]
    ValueTask<Decision> Answer(OrderRequest order);

    /// <summary>Says in which silo it is.</summary>
    [Alias("where")]
    ValueTask<string> Where();

    /// <summary>Takes a batch and does nothing with it.</summary>
    [Alias("take")]
    ValueTask<int> Take(ObservationBatch batch);
}

/// <summary>Answers, and does nothing else; without the dashboard's look at each call, as guardians are.</summary>
[NoProfiling]
public sealed class BareGrain : Grain, IBareGrain
{
    private static readonly Decision Allowed = new() { Allowed = true, Code = "allowed", SizeFactor = 1 };

    /// <inheritdoc/>
    public ValueTask<int> Ping() => new(1);

    /// <inheritdoc/>
    public ValueTask<string> Where() => new(RuntimeIdentity);

    /// <inheritdoc/>
    public ValueTask<Decision> Answer(OrderRequest order) => new(Allowed);

    /// <inheritdoc/>
    public ValueTask<int> Take(ObservationBatch batch) => new(batch.Items.Length);
}
