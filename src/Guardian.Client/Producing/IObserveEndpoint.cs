using Guardian.Contracts;

namespace Guardian.Client.Producing;

/// <summary>Where a producer's batches go. Thread safe.</summary>
public interface IObserveEndpoint
{
    /// <summary>Issues the next epoch to a producer; its older epochs are refused from then on.</summary>
    /// <exception cref="GuardianUnreachableException">No silo answered; the epoch may have been issued.</exception>
    Task<long> OpenProducerAsync(string session, string producer);

    /// <summary>Gives a batch to the guardian of a symbol.</summary>
    /// <exception cref="GuardianUnreachableException">No silo answered; the batch may have been taken.</exception>
    ValueTask<ObserveResult> ObserveAsync(string symbol, ObservationBatch batch);
}
