namespace Guardian.Cli.Recordings;

/// <summary>What a file holds.</summary>
internal enum RecordingFormat
{
    /// <summary>Guardian's own: one JSON observation a line.</summary>
    Observations,

    /// <summary>A market feed with both clocks.</summary>
    Feed,

    /// <summary>An order log: time, order id, status.</summary>
    Orders,

    /// <summary>OHLC bars, read as returns.</summary>
    Bars,

    /// <summary>Tardis trades or quotes, with both clocks.</summary>
    Tardis,
}
