namespace Guardian.Cli;

/// <summary>Wrong use of the command line: what, where and what to do. Leads to exit code 2.</summary>
internal sealed class UsageException(string message, Exception? inner = null) : Exception(message, inner);
