using Guardian.Cli.Recordings;
using Guardian.Client.Producing;
using Guardian.Contracts;

namespace Guardian.Cli.Replaying;

/// <summary>What a replay has come to; <c>--output json</c> prints it.</summary>
internal sealed record ReplaySummary
{
    public required string Session { get; init; }

    public required string Profile { get; init; }

    public required IReadOnlyList<ReplayedFile> Files { get; init; }

    /// <summary>Gets the rows read, bad ones included.</summary>
    public required long Rows { get; init; }

    public required double Seconds { get; init; }

    public required double RowsPerSecond { get; init; }

    public required ProducerCounts Observations { get; init; }

    /// <summary>Gets the number of bad rows; the first 20 of each file are in <see cref="BadRows"/>.</summary>
    public required long BadRowCount { get; init; }

    public required IReadOnlyList<BadRow> BadRows { get; init; }

    /// <summary>Gets the symbols, by name.</summary>
    public required IReadOnlyList<ReplayedSymbol> Items { get; init; }
}

/// <summary>One file of a replay.</summary>
internal sealed record ReplayedFile(string File, RecordingFormat Format, long Rows, long BadRows);

/// <summary>One symbol after a replay.</summary>
internal sealed record ReplayedSymbol
{
    public required string Symbol { get; init; }

    public required TradingState TradingState { get; init; }

    public required Level Level { get; init; }

    public required BreakerState Breaker { get; init; }

    public required long Episode { get; init; }

    /// <summary>Gets the number of stored transitions.</summary>
    public required long Transitions { get; init; }

    public required Reason[] Reasons { get; init; }

    public required Timestamp AsOf { get; init; }

    public required long Accepted { get; init; }

    public required long Refused { get; init; }
}
