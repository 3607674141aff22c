using Guardian.Contracts;

namespace Guardian.Silo.Api;

/// <summary>The limits of the HTTP interface, in one place.</summary>
internal static class ApiLimits
{
    /// <summary>Most bytes of a request's body: 8 MB.</summary>
    public const int BodyBytes = 8 * 1024 * 1024;

    /// <summary>Most items of a batch or an array.</summary>
    public const int BatchItems = ObservationBatch.MaximumItems;

    /// <summary>Most symbols in one page.</summary>
    public const int SymbolsInPage = 1_000;

    /// <summary>Most windows a series may span.</summary>
    public const int SeriesPoints = 10_000;

    /// <summary>Most steps of the alerts' history in one answer.</summary>
    public const int AlertSteps = 1_000;

    /// <summary>Most connections at a time.</summary>
    public const int Connections = 1_000;

    /// <summary>Most listeners to events at a time.</summary>
    public const int EventListeners = 100;

    /// <summary>Most sessions whose events are listened to at a time.</summary>
    public const int EventSessions = 16;
}
