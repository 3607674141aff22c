namespace Guardian.Cli;

/// <summary>What the process tells its caller; fixed, scripts rely on it.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>Done, and the answer is no: denied, differs, unhealthy, rows or items that were refused.</summary>
    public const int No = 1;

    /// <summary>Wrong use.</summary>
    public const int WrongUse = 2;

    /// <summary>No silo can be reached.</summary>
    public const int Unreachable = 3;

    /// <summary>Interrupted, as shells count it.</summary>
    public const int Interrupted = 130;
}
