using Guardian.Grains.Roster;

namespace Guardian.Grains.Portfolio;

/// <summary>Issues the epochs of a session's producers, one after the other. Key: the session.</summary>
[Alias("guardian.IProducersGrain")]
public interface IProducersGrain : IGrainWithStringKey
{
    /// <summary>Issues the next epoch of a producer, whose name is a valid one.</summary>
    [Alias("issue")]
    Task<long> Issue(string producer);
}

/// <summary>One in the cluster, so that no epoch is issued twice.</summary>
[GrainType("guardian-producers")]
public sealed class ProducersGrain(SessionDirectory directory) : Grain, IProducersGrain
{
    /// <inheritdoc/>
    public Task<long> Issue(string producer) => directory.NextProducerEpochAsync(this.GetPrimaryKeyString(), producer);
}
