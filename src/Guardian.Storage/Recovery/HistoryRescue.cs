using Guardian.Contracts;
using Guardian.Storage.Halts;
using Guardian.Storage.History;
using Guardian.Storage.Local;

namespace Guardian.Storage.Recovery;

/// <summary>What a lost or damaged local file knew and the embedded history beside it still tells. Immutable.</summary>
/// <param name="EpochFloor">The highest epoch in the history; guardians begin above it.</param>
/// <param name="Symbols">Every key that has events.</param>
/// <param name="Halts">Holds that no release follows, and the latch of each symbol that no reset follows.</param>
/// <remarks>
/// Holds of a strategy or of the portfolio are no events of a guardian: the history can't tell them. Limits and
/// producers' cursors are not told either; guardians come up unverified.
/// </remarks>
internal sealed record HistoryRescue(long EpochFloor, IReadOnlyList<string> Symbols, IReadOnlyList<Hold> Halts)
{
    /// <summary>Reads a history file as a whole; seconds for millions of events.</summary>
    /// <exception cref="Microsoft.Data.Sqlite.SqliteException">It can't be read.</exception>
    internal static HistoryRescue Read(string path)
    {
        using SqliteSession session = SqliteSession.OpenReadOnly(path);
        long floor = session.Scalar("select max(epoch_number) from minutes") as long? ?? 0;
        List<string> symbols = session.Query(
            "select distinct symbol from minutes order by symbol", row => row.GetString(0));
        var open = new OpenHalts();
        session.Query(
            """
            select symbol, kind, subject, trading_state, actor, text, at, episode from events
            where kind in ($0, $1) or (kind = $2 and subject = 'breaker')
                or (kind = $3 and guardrail = 'breaker' and lower(to_state) = 'latched')
            order by symbol, epoch_number, epoch_generation, sequence
            """,
            row =>
            {
                open.Take(new HaltRow(
                    row.GetString(0),
                    row.GetString(1),
                    row.IsDBNull(2) ? string.Empty : row.GetString(2),
                    row.IsDBNull(3) ? null : row.GetString(3),
                    row.IsDBNull(4) ? string.Empty : row.GetString(4),
                    row.IsDBNull(5) ? string.Empty : row.GetString(5),
                    row.GetInt64(6),
                    row.IsDBNull(7) ? 0 : row.GetInt64(7)));
                return 0;
            },
            HistoryNames.Of(HistoryKind.Hold),
            HistoryNames.Of(HistoryKind.Release),
            HistoryNames.Of(HistoryKind.Reset),
            HistoryNames.Of(HistoryKind.Transition));
        return new HistoryRescue(floor, symbols, open.All());
    }

    private readonly record struct HaltRow(
        string Symbol, string Kind, string Subject, string? State, string Actor, string Text, long At, long Episode);

    private sealed class OpenHalts
    {
        private readonly Dictionary<string, Hold> _holds = new(StringComparer.Ordinal);
        private readonly Dictionary<string, Hold> _latches = new(StringComparer.Ordinal);

        internal void Take(in HaltRow row)
        {
            if (row.Kind == HistoryNames.Of(HistoryKind.Hold)) _holds[row.Subject] = Hold(row, row.Subject, row.Text);
            else if (row.Kind == HistoryNames.Of(HistoryKind.Release)) _holds.Remove(row.Subject);
            else if (row.Kind == HistoryNames.Of(HistoryKind.Reset)) _latches.Remove(row.Symbol);
            else _latches[row.Symbol] = Latch(row);
        }

        internal IReadOnlyList<Hold> All() => [.. _holds.Values, .. _latches.Values];

        private static Hold Latch(in HaltRow row) =>
            Hold(row, HaltIds.OfLatch(row.Symbol, row.Episode, row.At), "latched, as the history tells") with
            {
                Kind = HaltKind.Latch,
                Episode = row.Episode,
                Actor = "guardian",
            };

        private static Hold Hold(in HaltRow row, string id, string reason) => new()
        {
            Id = id,
            Scope = Scope.Symbol,
            Key = row.Symbol,
            Session = SymbolName.TryParse(row.Symbol, out SymbolName name, out _) ? name.Session : SymbolName.Live,
            State = row.State == HistoryNames.Of(TradingState.Reducing) ? TradingState.Reducing : TradingState.Halted,
            Actor = row.Actor.Length > 0 ? row.Actor : "unknown",
            Reason = reason.Length > 0 ? reason : "as the history tells",
            Since = new Timestamp(row.At),
        };
    }
}
