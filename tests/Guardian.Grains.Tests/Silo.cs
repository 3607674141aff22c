using Guardian.Contracts;
using Guardian.Grains.Guarding;
using Guardian.Grains.Hosting;
using Guardian.Grains.Roster;
using Guardian.Storage;
using Guardian.Storage.Postgres;
using Guardian.Storage.Redis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.TestingHost;

namespace Guardian.Grains.Tests;

/// <summary>One silo in this process with its real storage in a folder of its own, deleted at the end.</summary>
internal sealed class Silo : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly GuardianGrainOptions _options;
    private readonly RedisOptions? _redis;
    private readonly PostgresOptions? _postgres;
    private InProcessTestCluster _cluster = null!;

    private Silo(GuardianGrainOptions options, RedisOptions? redis, PostgresOptions? postgres) =>
        (_options, _redis, _postgres) = (options, redis, postgres);

    internal string Folder { get; } = Path.Combine(Path.GetTempPath(), $"guardian-tests-{Guid.NewGuid():N}");

    internal IGrainFactory Grains => _cluster.Client;

    internal static async Task<Silo> StartAsync(
        GuardianGrainOptions? options = null, RedisOptions? redis = null, PostgresOptions? postgres = null)
    {
        options ??= new GuardianGrainOptions { TickPeriod = TimeSpan.FromMilliseconds(50) };
        var silo = new Silo(options, redis, postgres);
        Directory.CreateDirectory(silo.Folder);
        await silo.DeployAsync();
        // Numbered batches of tests are of the first epoch that their producer was issued.
        foreach (string session in new[] { SymbolName.Live, "replay" })
            await silo.Service<SessionDirectory>().NextProducerEpochAsync(session, Bench.Producer);
        return silo;
    }

    /// <summary>Stops the silo in order and starts another one on the same folder.</summary>
    internal async Task RestartAsync()
    {
        await _cluster.DisposeAsync();
        await DeployAsync();
    }

    internal T Service<T>()
        where T : notnull => _cluster.Silos[0].ServiceProvider.GetRequiredService<T>();

    internal T Keyed<T>(string key)
        where T : notnull => _cluster.Silos[0].ServiceProvider.GetRequiredKeyedService<T>(key);

    internal IGuardianGrain Guardian(string key) => Grains.GetGrain<IGuardianGrain>(key);

    internal IPortfolioGrain Portfolio(string session = SymbolName.Live) => Grains.GetGrain<IPortfolioGrain>(session);

    internal IAlertGrain Alerts(string session = SymbolName.Live) => Grains.GetGrain<IAlertGrain>(session);

    internal bool IsAwake(string key) =>
        _cluster.TryGetGrainContext(Guardian(key).GetGrainId(), out _);

    internal Task SleepAsync(IAddressable grain) => _cluster.DeactivateAsync(grain);

    /// <summary>Waits until a phase is reached; fails with its name when it is not.</summary>
    internal static async Task ReachedAsync(string phase, Func<Task<bool>> reached)
    {
        using var giveUp = new CancellationTokenSource(Patience);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await reached())
        {
            Assert.False(giveUp.IsCancellationRequested, $"not reached in {Patience.TotalSeconds} s: {phase}");
            await poll.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    internal Task ReadyAsync() =>
        ReachedAsync("the silo is ready", () => Task.FromResult(Service<IReadiness>().IsReady));

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private async Task DeployAsync()
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.Options.ServiceId = "guardian"; // Silos that share a server share its records.
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.Insert(0, ServiceDescriptor.Singleton<IHostedService, Opener>());
            silo.AddGuardian(new StorageOptions { DataFolder = Folder }, _options, _redis, _postgres);
        });
        _cluster = builder.Build();
        await _cluster.DeployAsync();
    }

    /// <summary>Opens the stores before anything reads them: hosted services are made in their order.</summary>
    private sealed class Opener : IHostedService
    {
        public Opener(GuardianStorage storage) => storage.Open();

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
