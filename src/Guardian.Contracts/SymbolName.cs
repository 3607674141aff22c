namespace Guardian.Contracts;

/// <summary>A guardian's key: a symbol, and the session it lives in. Immutable.</summary>
/// <param name="Symbol">The symbol, 1 to 64 characters, without <c>@</c>, blanks or control characters.</param>
/// <param name="Session">The session, <c>live</c> for symbols without a suffix.</param>
public readonly record struct SymbolName(string Symbol, string Session)
{
    /// <summary>The session of symbols without a suffix.</summary>
    public const string Live = "live";

    /// <summary>Longest symbol, in characters.</summary>
    public const int MaximumSymbolLength = 64;

    /// <summary>Longest session name, in characters.</summary>
    public const int MaximumSessionLength = 32;

    /// <summary>Gets whether the symbol trades live.</summary>
    public bool IsLive => string.Equals(Session, Live, StringComparison.Ordinal);

    /// <summary>Gets the grain key: <c>BTCUSDT</c> live, <c>BTCUSDT@replay</c> elsewhere.</summary>
    public string Key => IsLive ? Symbol : $"{Symbol}@{Session}";

    /// <summary>Reads a key.</summary>
    /// <param name="key">Such as <c>BTCUSDT.usdm@replay</c>.</param>
    /// <param name="name">The name, when the key is right.</param>
    /// <param name="error">What is wrong, with field, value and limit, when it is not.</param>
    /// <returns>Whether the key is right.</returns>
    public static bool TryParse(string? key, out SymbolName name, out string error)
    {
        name = default;
        if (string.IsNullOrEmpty(key))
        {
            error = "Condition failed: symbol is empty; it takes 1 to 64 characters.";
            return false;
        }

        int at = key.IndexOf('@', StringComparison.Ordinal);
        string symbol = at < 0 ? key : key[..at];
        string session = at < 0 ? Live : key[(at + 1)..];
        error = SymbolError(symbol) ?? SessionError(session) ?? string.Empty;
        if (error.Length > 0) return false;
        name = new SymbolName(symbol, session);
        return true;
    }

    /// <summary>Says what is wrong with a session name, or null.</summary>
    public static string? SessionError(string session)
    {
        if (session.Length is 0 or > MaximumSessionLength)
            return $"Condition failed: session has {session.Length} characters; it takes 1 to {MaximumSessionLength}.";
        foreach (char c in session)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.'))
            {
                return $"Condition failed: session has the character U+{(int)c:X4}; "
                    + "letters, digits, '-', '_' and '.' only.";
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public override string ToString() => Key;

    private static string? SymbolError(string symbol)
    {
        if (symbol.Length is 0 or > MaximumSymbolLength)
            return $"Condition failed: symbol has {symbol.Length} characters; it takes 1 to {MaximumSymbolLength}.";
        foreach (char c in symbol)
        {
            if (char.IsControl(c) || char.IsWhiteSpace(c) || char.IsSurrogate(c))
            {
                return $"Condition failed: symbol has the character U+{(int)c:X4}; "
                    + "no blanks, control characters or surrogates.";
            }
        }

        return null;
    }
}
