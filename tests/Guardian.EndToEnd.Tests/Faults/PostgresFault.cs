using System.Globalization;
using Guardian.Testing.Servers;

namespace Guardian.EndToEnd.Tests.Faults;

/// <summary>One thing that happens to PostgreSQL: how it begins and how it ends.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="IsTold">Whether it lasts, so that the tier must be told as unhealthy while it does.</param>
/// <param name="Begin">Makes it happen; what is given back ends with it.</param>
/// <param name="End">Makes it well again.</param>
internal sealed record PostgresFault(
    string Name,
    bool IsTold,
    Func<PostgresServer, CancellationToken, Task<Task>> Begin,
    Func<PostgresServer, CancellationToken, Task> End)
{
    /// <summary>The database of the silo.</summary>
    public const string Database = "guardian";

    // Longer than any of these tests; ended by its backend's end.
    private const string LockTable =
        "begin; lock table guardian.events in access exclusive mode; select pg_sleep(55)";

    private const string EndLock =
        "select pg_terminate_backend(pid) from pg_stat_activity where query like '%access exclusive mode%' "
        + "and pid <> pg_backend_pid()";

    /// <summary>Gets every fault but the full disk, which needs a disk of its own.</summary>
    public static IReadOnlyList<PostgresFault> All { get; } =
    [
        new("stopped at once", true, Once((server, stop) => server.StopImmediateAsync(stop)), StartAgain),
        new("killed", true, Once((server, _) => server.Kill9Async()), StartAgain),
        new(
            "restarted",
            false,
            Once(async (server, stop) =>
            {
                await server.StopImmediateAsync(stop);
                await server.StartAgainAsync(stop);
            }),
            (_, _) => Task.CompletedTask),
        new(
            "backends terminated",
            false,
            (server, stop) => Task.FromResult<Task>(server.SqlAsync("postgres", Terminate(2), stop)),
            (_, _) => Task.CompletedTask),
        new("read-only", true, Once((server, stop) => ReadOnlyAsync(server, "on", stop)),
            (server, stop) => ReadOnlyAsync(server, "off", stop)),
        new(
            "table locked",
            true,
            (server, stop) => Task.FromResult(EndedAsync(server.SqlAsync(Database, LockTable, stop))),
            (server, stop) => server.SqlAsync("postgres", EndLock, stop)),
        new("frozen", true, Once((server, stop) => server.PauseAsync(stop)),
            (server, stop) => server.ResumeAsync(stop)),
    ];

    /// <summary>Makes the fault of a full disk.</summary>
    public static PostgresFault DiskFull(Tmpfs disk) => new(
        "disk full",
        true,
        Once((_, _) =>
        {
            disk.Fill();
            return Task.CompletedTask;
        }),
        (_, _) =>
        {
            disk.Free();
            return Task.CompletedTask;
        });

    // Ten times a second, for some seconds: every connection that a silo made meanwhile.
    private static string Terminate(int seconds) => string.Create(
        CultureInfo.InvariantCulture,
        $"do $$ begin for i in 1..{seconds * 10} loop perform pg_terminate_backend(pid) from pg_stat_activity "
        + $"where application_name like 'guardian-%'; perform pg_stat_clear_snapshot(); perform pg_sleep(0.1); "
        + $"end loop; end $$");

    private static Func<PostgresServer, CancellationToken, Task<Task>> Once(
        Func<PostgresServer, CancellationToken, Task> begin) => async (server, stop) =>
    {
        await begin(server, stop);
        return Task.CompletedTask;
    };

    private static Task StartAgain(PostgresServer server, CancellationToken stop) => server.StartAgainAsync(stop);

    // Taken by the connections that are open, too.
    private static async Task ReadOnlyAsync(PostgresServer server, string value, CancellationToken stop)
    {
        await server.SqlAsync("postgres", $"alter system set default_transaction_read_only = {value}", stop);
        await server.SqlAsync("postgres", "select pg_reload_conf()", stop);
    }

    private static async Task EndedAsync(Task<string> locked)
    {
        try
        {
            await locked;
        }
        catch (InvalidOperationException)
        {
            // Its backend was terminated: how the lock ends.
        }
    }
}
