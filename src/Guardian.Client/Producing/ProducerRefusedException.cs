namespace Guardian.Client.Producing;

/// <summary>A guardian refused a producer's batch as a whole: sending it again would not help.</summary>
public sealed class ProducerRefusedException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">What was refused, why and what to do.</param>
    public ProducerRefusedException(string message)
        : base(message)
    {
    }
}
