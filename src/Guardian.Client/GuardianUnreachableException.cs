namespace Guardian.Client;

/// <summary>No silo answered: the call may or may not have been worked on. Retry what is idempotent.</summary>
public sealed class GuardianUnreachableException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">What could not be reached and what to do.</param>
    /// <param name="inner">What the transport said; null where there is nothing.</param>
    public GuardianUnreachableException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
