using Guardian.Testing.Processes;

namespace Guardian.Testing.Servers;

/// <summary>A test's server while it runs. One test at a time changes it.</summary>
/// <param name="process">What is watched: the server, or the engine's command that runs it.</param>
internal abstract class ServerProcess(ChildProcess process) : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Gets whether it has ended.</summary>
    internal bool HasEnded => process.HasEnded;

    /// <summary>Gets what it has written so far.</summary>
    internal string Written => process.Written;

    /// <summary>Asks it to end without a checkpoint, as SIGQUIT does, and waits for it.</summary>
    internal async Task QuitAsync(CancellationToken cancellationToken)
    {
        await SendAsync("QUIT", cancellationToken);
        await process.EndAsync(Deadline, cancellationToken);
    }

    /// <summary>Ends it and its children at once, as kill −9 does.</summary>
    internal abstract Task Kill9Async();

    /// <summary>Freezes it and its children, as SIGSTOP does.</summary>
    internal abstract Task PauseAsync(CancellationToken cancellationToken);

    /// <summary>Lets them go on, as SIGCONT does.</summary>
    internal abstract Task ResumeAsync(CancellationToken cancellationToken);

    /// <summary>Runs a program beside it to its end.</summary>
    internal abstract Task<ProcessResult> RunAsync(
        string program, IEnumerable<string> arguments, CancellationToken cancellationToken);

    /// <summary>Ends what is left of it.</summary>
    public virtual async ValueTask DisposeAsync()
    {
        await process.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Sends a signal to the server, not to its children.</summary>
    protected abstract Task SendAsync(string signal, CancellationToken cancellationToken);

    /// <summary>Waits until it has ended.</summary>
    protected Task<ProcessResult> EndAsync() => process.EndAsync(Deadline, CancellationToken.None);
}
