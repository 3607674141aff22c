using Guardian.Contracts;

namespace Guardian.Cli.Recordings;

/// <summary>One observation of a recording, with the symbol it is about, without a session.</summary>
internal readonly record struct RecordedItem(string Symbol, Observation Observation);
