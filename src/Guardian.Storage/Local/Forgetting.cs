using Guardian.Contracts;

namespace Guardian.Storage.Local;

/// <summary>Deletes what a session's guardian left, in the order of the journal.</summary>
internal static class Forgetting
{
    /// <summary>
    /// Deletes journal rows, checkpoints, the grain record and the holds. Outside live every hold of the session goes;
    /// live only the symbol's own, since the portfolio's holds are not one symbol's to forget.
    /// </summary>
    internal static void Forget(SqliteSession session, string symbol)
    {
        session.Execute("delete from journal where symbol = $0", symbol);
        session.Execute("delete from checkpoints where symbol = $0", symbol);
        session.Execute("delete from doubted where symbol = $0", symbol);
        session.Execute("delete from records where grain_key = $0", symbol);
        session.Execute("delete from halts where scope = $0 and key = $1", (int)Scope.Symbol, symbol);
        if (SymbolName.TryParse(symbol, out SymbolName name, out _) && !name.IsLive)
            session.Execute("delete from halts where session = $0", name.Session);
    }

    internal static bool Covers(string symbol, Hold hold)
    {
        if (hold.Scope == Scope.Symbol && string.Equals(hold.Key, symbol, StringComparison.Ordinal)) return true;
        return SymbolName.TryParse(symbol, out SymbolName name, out _) && !name.IsLive
            && string.Equals(hold.Session, name.Session, StringComparison.Ordinal);
    }
}
