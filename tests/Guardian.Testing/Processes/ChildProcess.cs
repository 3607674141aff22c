using System.Collections.Concurrent;
using System.Diagnostics;

namespace Guardian.Testing.Processes;

/// <summary>How a process ended and what it wrote.</summary>
/// <param name="Code">Its exit code; 137 where it was killed.</param>
/// <param name="Out">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
public sealed record ProcessResult(int Code, string Out, string Error)
{
    /// <inheritdoc/>
    public override string ToString() => $"exit code {Code}\nstdout:\n{Out}\nstderr:\n{Error}";
}

/// <summary>A process that a test started; killed with the test's process at the latest.</summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<int, ChildProcess> Running = new();

    private readonly Process _process;
    private readonly Lines _out;
    private readonly Lines _error;

    static ChildProcess() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (ChildProcess child in Running.Values) child.Kill9();
    };

    private ChildProcess(Process process)
    {
        _process = process;
        _out = new Lines();
        _error = new Lines();
        process.OutputDataReceived += (_, line) => _out.Add(line.Data);
        process.ErrorDataReceived += (_, line) => _error.Add(line.Data);
    }

    /// <summary>Gets whether it has ended.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>Gets the number the system knows it by.</summary>
    public int Id => _process.Id;

    /// <summary>Gets what it has written so far.</summary>
    public string Written => $"{_out}\n{_error}";

    /// <summary>Starts a .NET program with redirected output.</summary>
    /// <param name="program">Its file, <c>….dll</c>.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">What differs from this process' environment.</param>
    /// <param name="workingFolder">Its working folder.</param>
    public static ChildProcess Start(
        string program,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string>? environment = null,
        string? workingFolder = null)
    {
        ProcessStartInfo start = new("dotnet", [program, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingFolder ?? Path.GetTempPath(),
        };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
            start.Environment[name] = value;
        ChildProcess child = new(new Process { StartInfo = start });
        child._process.Start();
        child._process.StandardInput.Close();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        Running[child._process.Id] = child;
        return child;
    }

    /// <summary>Waits for the end.</summary>
    /// <exception cref="TimeoutException">It did not end in time; it is killed, and what it wrote is told.</exception>
    public async Task<ProcessResult> EndAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = new(within, TimeProvider.System);
        using CancellationTokenSource either =
            CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await _process.WaitForExitAsync(either.Token);
        }
        catch (OperationCanceledException late) when (deadline.IsCancellationRequested)
        {
            Kill9();
            throw new TimeoutException(
                $"The process did not end within {within.TotalSeconds:0} s and was killed:\n{Written}", late);
        }

        return new ProcessResult(_process.ExitCode, _out.ToString(), _error.ToString());
    }

    /// <summary>Ends it at once, as SIGKILL does.</summary>
    public void Kill9()
    {
        try
        {
            _process.Kill(entireProcessTree: false);
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself, or was never started: there is nothing to kill.
        }
    }

    /// <summary>Asks it to end, as SIGTERM does.</summary>
    public async Task TerminateAsync(CancellationToken cancellationToken)
    {
        if (_process.HasExited) return;
        using Process kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await kill.WaitForExitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Kill9();
        await _process.WaitForExitAsync(CancellationToken.None);
        Running.TryRemove(_process.Id, out _);
        _process.Dispose();
    }

    /// <summary>Lines as they come, from the thread that reads them.</summary>
    private sealed class Lines
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public void Add(string? line)
        {
            if (line is not null) _lines.Enqueue(line);
        }

        public override string ToString() => string.Join('\n', _lines);
    }
}
