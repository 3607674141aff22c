using System.Globalization;
using System.Net;

namespace Guardian.Testing.Processes;

/// <summary>A silo in a process of its own, on loopback ports and a data folder of its own.</summary>
/// <remarks>It may be killed and started again any number of times; ports and folder stay.</remarks>
public sealed class SiloProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(30);

    private readonly List<string> _logs = [];
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("guardian-silo-");
    private readonly IReadOnlyList<string> _prefix = [];
    private ChildProcess? _process;

    /// <summary>Makes a silo that is not started yet.</summary>
    public SiloProcess()
    {
        (HttpPort, SiloPort, GatewayPort) = (FreePorts.Take(), FreePorts.Take(), FreePorts.Take());
        Http = new SiloHttp(new Uri($"http://127.0.0.1:{HttpPort}/"));
    }

    /// <summary>Makes a silo in a network of its own that is not started yet.</summary>
    public SiloProcess(TestHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        (HttpPort, SiloPort, GatewayPort) = (FreePorts.Take(), FreePorts.Take(), FreePorts.Take());
        _prefix = host.Prefix;
        Http = new SiloHttp(
            new Uri($"http://127.0.0.1:{HttpPort}/"),
            cancellationToken => host.ConnectAsync(IPAddress.Loopback, HttpPort, cancellationToken));
    }

    /// <summary>Gets the HTTP port.</summary>
    public int HttpPort { get; }

    /// <summary>Gets the port for silos.</summary>
    public int SiloPort { get; }

    /// <summary>Gets the port for clients.</summary>
    public int GatewayPort { get; }

    /// <summary>Gets the gateway as the command line takes it.</summary>
    public string Gateway => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{GatewayPort}");

    /// <summary>Gets the data folder.</summary>
    public string DataFolder => Environment.TryGetValue("GUARDIAN__DATAFOLDER", out string? folder)
        ? folder
        : Path.Combine(_home.FullName, "data");

    /// <summary>Gets the way to it over HTTP.</summary>
    public SiloHttp Http { get; }

    /// <summary>Gets the number the system knows its process by.</summary>
    /// <exception cref="InvalidOperationException">It does not run.</exception>
    public int ProcessId => _process?.Id ?? throw new InvalidOperationException("The silo was not started.");

    /// <summary>Gets or sets the program that is a silo, and what it takes before the silo's own arguments.</summary>
    public IReadOnlyList<string> Program { get; set; } = [BuildOutput.Silo];

    /// <summary>Gets its arguments.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Gets or sets its environment beyond ports and folder; wins over them.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; set; } =
        new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Gets whether it was not started, or has ended.</summary>
    public bool HasEnded => _process is null || _process.HasEnded;

    /// <summary>Gets what all its processes wrote, in order.</summary>
    public string Log =>
        string.Join("\n--- started again ---\n", _process is null ? _logs : [.. _logs, _process.Written]);

    /// <summary>Starts it and waits until it says that it is ready.</summary>
    /// <exception cref="InvalidOperationException">It ended instead; has what it wrote.</exception>
    /// <exception cref="TimeoutException">It was not ready in time.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _process = Launch();
        try
        {
            await Phase.ReachAsync(
                "the silo is ready",
                StartDeadline,
                async () => _process.HasEnded || await Http.IsReadyAsync(cancellationToken),
                cancellationToken);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"{late.Message}\n{Log}", late);
        }

        if (_process.HasEnded) throw new InvalidOperationException($"The silo ended at its start:\n{Log}");
    }

    /// <summary>Starts it and waits for its end: for starts that must be refused.</summary>
    public async Task<ProcessResult> RunAsync(CancellationToken cancellationToken)
    {
        await using ChildProcess process = Launch();
        return await process.EndAsync(StartDeadline, cancellationToken);
    }

    /// <summary>Ends it at once, as kill −9 does, and waits until it is gone.</summary>
    public async Task Kill9Async()
    {
        if (_process is null) throw new InvalidOperationException("The silo was not started.");
        _process.Kill9();
        await _process.EndAsync(StopDeadline, CancellationToken.None);
        await ForgetAsync();
    }

    /// <summary>Freezes it, as SIGSTOP does.</summary>
    public Task PauseAsync(CancellationToken cancellationToken) => SignalAsync("-STOP", cancellationToken);

    /// <summary>Lets it go on after <see cref="PauseAsync"/>.</summary>
    public Task ResumeAsync(CancellationToken cancellationToken) => SignalAsync("-CONT", cancellationToken);

    /// <summary>Waits until it has ended by itself.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> EndAsync(CancellationToken cancellationToken)
    {
        if (_process is null) throw new InvalidOperationException("The silo was not started.");
        ProcessResult result = await _process.EndAsync(StopDeadline, cancellationToken);
        await ForgetAsync();
        return result.Code;
    }

    /// <summary>Stops it in order, as SIGTERM does.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> StopAsync(CancellationToken cancellationToken)
    {
        if (_process is null) throw new InvalidOperationException("The silo was not started.");
        await _process.TerminateAsync(cancellationToken);
        ProcessResult result = await _process.EndAsync(StopDeadline, cancellationToken);
        await ForgetAsync();
        return result.Code;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await ForgetAsync();
        Http.Dispose();
        _home.Delete(recursive: true);
    }

    private async Task SignalAsync(string signal, CancellationToken cancellationToken)
    {
        await using ChildProcess kill = ChildProcess.StartAny(
            "kill", [signal, ProcessId.ToString(CultureInfo.InvariantCulture)]);
        await kill.EndAsync(StopDeadline, cancellationToken);
    }

    private async ValueTask ForgetAsync()
    {
        if (_process is null) return;
        _logs.Add(_process.Written);
        await _process.DisposeAsync();
        _process = null;
    }

    private ChildProcess Launch()
    {
        Dictionary<string, string> environment = new(StringComparer.Ordinal)
        {
            ["ASPNETCORE_URLS"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{HttpPort}"),
            ["GUARDIAN__SILOPORT"] = SiloPort.ToString(CultureInfo.InvariantCulture),
            ["GUARDIAN__GATEWAYPORT"] = GatewayPort.ToString(CultureInfo.InvariantCulture),
            ["GUARDIAN__DATAFOLDER"] = DataFolder,
        };
        foreach ((string name, string value) in Environment) environment[name] = value;
        return _prefix.Count == 0
            ? ChildProcess.StartAny("dotnet", [.. Program, .. Arguments], environment, _home.FullName)
            : ChildProcess.StartAny(
                _prefix[0],
                [.. _prefix.Skip(1), "dotnet", .. Program, .. Arguments],
                environment,
                _home.FullName);
    }
}
