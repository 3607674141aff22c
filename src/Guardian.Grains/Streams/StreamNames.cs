namespace Guardian.Grains.Streams;

/// <summary>The names of the stream provider and of the streams; a stream's key is the session.</summary>
public static class StreamNames
{
    /// <summary>The provider: memory streams with implicit subscriptions only.</summary>
    public const string Provider = "guardian";

    /// <summary>Summaries, gathered per silo, at most every 250 ms.</summary>
    public const string Summaries = "guardian-summaries";

    /// <summary>Transitions, at once.</summary>
    public const string Transitions = "guardian-transitions";
}
