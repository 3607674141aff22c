namespace Guardian.Storage.Journal;

/// <summary>Bounds of the journal's arguments.</summary>
internal static class JournalLimits
{
    internal const int MostRows = 10_000;

    internal static void CheckLimit(int limit)
    {
        if (limit is >= 1 and <= MostRows) return;
        throw new ArgumentOutOfRangeException(
            nameof(limit), $"Condition failed: limit is {limit}; it takes 1 to {MostRows}.");
    }
}
