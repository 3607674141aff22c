using System.Net.Sockets;
using Npgsql;

namespace Guardian.Storage.Postgres;

/// <summary>Tells a server that is away from a row that can't be stored.</summary>
internal static class PostgresErrors
{
    /// <summary>Whether a statement failed for what was in it, so that it would fail again.</summary>
    internal static bool IsRowFault(Exception error) =>
        error is PostgresException { SqlState: { Length: 5 } state }
        && state[..2] is "22" or "23" or "21" or "54"
        && !IsWithoutPart(error);

    /// <summary>
    /// Whether a row lies in a day that has no part: it was dropped meanwhile, or the database changed.
    /// </summary>
    internal static bool IsWithoutPart(Exception error) =>
        error is PostgresException { SqlState: "23514", ConstraintName: null };

    /// <summary>Whether the tables are not there: the database was emptied or replaced.</summary>
    internal static bool IsWithoutTables(Exception error) =>
        error is PostgresException { SqlState: "42P01" or "3F000" };

    /// <summary>Whether what was tried collided with another session and may be tried again at once.</summary>
    internal static bool IsCollision(Exception error) => error is PostgresException { SqlState: "40P01" or "40001" };

    /// <summary>Whether a failure is the server's or the way's.</summary>
    internal static bool IsAway(Exception error) => !IsRowFault(error)
        && error is NpgsqlException or SocketException or TimeoutException or IOException or ObjectDisposedException;

    /// <summary>Says what went wrong without what a password could be in.</summary>
    internal static string Words(Exception error) => error switch
    {
        PostgresException refused => $"{refused.SqlState}: {refused.MessageText}",
        NpgsqlException { InnerException: { } inner } => $"{error.Message} {inner.Message}",
        _ => error.Message,
    };
}

/// <summary>The database can't be used as it is configured: a person has to change something.</summary>
public sealed class PostgresRefusedException(string message) : Exception(message);
