using System.Globalization;
using StackExchange.Redis;

namespace Guardian.Storage.Redis;

/// <summary>Says in words what is wrong with Redis, and what to do.</summary>
internal static class RedisProblems
{
    private static readonly (string Code, string Words)[] Known =
    [
        ("NOAUTH", "asks for a password: set REDIS_PASSWORD or REDIS_PASSWORD_FILE"),
        ("WRONGPASS", "refuses the password: correct REDIS_PASSWORD or REDIS_PASSWORD_FILE"),
        ("AUTH called without any password", "has no password but one is set: unset REDIS_PASSWORD"),
        ("READONLY", "is a read-only replica: point REDIS_HOST and REDIS_PORT at its primary"),
        ("not eligible for replica", "is a read-only replica: point REDIS_HOST and REDIS_PORT at its primary"),
        ("LOADING", "is loading its data; it is used once that is done"),
        ("OOM", "is out of memory and refuses writes (maxmemory with noeviction): give it more memory"),
        ("MISCONF", "can't save to its disk and refuses writes (MISCONF): make room or correct its folder"),
        ("NOPERM", "denies this user a command: let it use every key that begins with guardian:"),
        ("MASTERDOWN", "is a replica without its primary: point REDIS_HOST and REDIS_PORT at the primary"),
        ("CLUSTERDOWN", "is a cluster that is down"),
        ("BUSY", "is busy with a script"),
    ];

    /// <summary>Explains a failure that is Redis' state; null: it is a fault of the call itself.</summary>
    internal static string? Explain(Exception error, RedisOptions options, TimeSpan deadline, string? lastFailure)
    {
        string where = $"Redis at {options.EndPoint}";
        string said = error.Message;
        // While there is no connection, the library tells only that; why was said when it was refused.
        string? words = Code(said, options);
        if (words is null && lastFailure is not null && error is RedisException and not RedisServerException)
            words = Code(lastFailure, options);
        if (words is not null) return $"{where} {words}";
        return error switch
        {
            RedisServerException => null,
            TimeoutException => string.Create(
                CultureInfo.InvariantCulture,
                $"{where} did not answer within {deadline.TotalMilliseconds:0} ms"),
            RedisConnectionException or RedisException or ObjectDisposedException or OperationCanceledException =>
                $"{where} can't be reached: start it, or correct REDIS_HOST and REDIS_PORT",
            _ => null,
        };
    }

    private static string? Code(string said, RedisOptions options)
    {
        // One who was refused is asked again with the next command.
        if (options.Password is not null) said = said.Replace("NOAUTH", "WRONGPASS", StringComparison.Ordinal);
        foreach ((string code, string words) in Known)
        {
            if (said.Contains(code, StringComparison.Ordinal)) return words;
        }

        return null;
    }
}
