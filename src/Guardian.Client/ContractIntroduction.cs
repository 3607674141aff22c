using System.Globalization;
using Guardian.Contracts;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Guardian.Client;

/// <summary>Tells the silos which contract this client speaks, and hears whether they serve it. Thread-safe.</summary>
/// <remarks>While they don't, every call is refused here: what they answer might mean something else.</remarks>
internal sealed partial class ContractIntroduction(
    IGrainFactory grains, GuardianClientOptions options, TimeProvider time, ILogger<ContractIntroduction> logger)
    : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan AgainPeriod = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private static int _clients;

    private readonly string _name = MakeName();
    private Task<bool> _first = Task.FromResult(false);
    private volatile string? _refusal;
    private string? _told;

    /// <summary>Gets why the silos don't serve this client; null while they do.</summary>
    internal string? Refusal => _refusal;

    /// <summary>Says once who this is.</summary>
    /// <returns>Whether a silo has heard it.</returns>
    internal async Task<bool> IntroduceAsync()
    {
        ClientReception reception;
        try
        {
            reception = await grains.GetGrain<IClientsGrain>(0).Introduce(
                new ClientIntroduction(_name, options.Contract, typeof(ContractIntroduction).Assembly.GetName()
                    .Version?.ToString() ?? "unknown"));
        }
        catch (Exception error)
        {
            // No silo at present, or one from before clients said who they are.
            LogNotHeard(error);
            return false;
        }

        _refusal = reception.Served ? null : reception.Problem ?? "Condition failed: silos don't serve this client.";
        if (!string.Equals(_told, reception.Problem, StringComparison.Ordinal))
        {
            _told = reception.Problem;
            if (!reception.Served) LogRefused(_refusal);
            else if (reception.Problem is not null) LogOther(reception.Problem);
        }

        return true;
    }

    /// <inheritdoc/>
    /// <remarks>The first word is waited for, a second at most: then the first call knows the answer.</remarks>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _first = IntroduceAsync();
        await Task.WhenAny(_first, Task.Delay(Patience, time, cancellationToken));
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        bool heard = await _first;
        while (true)
        {
            await Task.Delay(heard ? Period : AgainPeriod, time, stoppingToken);
            heard = await IntroduceAsync();
        }
    }

    // A process may have several clients, of several clusters too.
    private static string MakeName()
    {
        string program = AppDomain.CurrentDomain.FriendlyName;
        if (program.Length > 100) program = program[..100];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{program} on {Environment.MachineName}, process {Environment.ProcessId}, client "
            + $"{Interlocked.Increment(ref _clients)}");
    }

    [LoggerMessage(5301, LogLevel.Debug, "No silo has heard yet which contract this client speaks.")]
    private partial void LogNotHeard(Exception error);

    [LoggerMessage(5302, LogLevel.Error, "{Problem} Until then every call fails.")]
    private partial void LogRefused(string? problem);

    [LoggerMessage(5303, LogLevel.Warning, "{Problem}")]
    private partial void LogOther(string problem);
}
