namespace Guardian.Detection.Events;

/// <summary>Takes what a fold folded and brought forth, in order of its sequence.</summary>
/// <remarks>Called on the fold's thread, synchronously; must neither block nor throw.</remarks>
public interface IFoldSink
{
    /// <summary>Takes an observation.</summary>
    /// <param name="sequence">Rises by one per event.</param>
    /// <param name="observation">With its session time.</param>
    void Write(long sequence, in Observation observation);

    /// <summary>Takes any other event.</summary>
    /// <param name="sequence">Rises by one per event.</param>
    /// <param name="guardianEvent">The event.</param>
    void Write(long sequence, GuardianEvent guardianEvent);
}
