using Guardian.Client.Gating;
using Guardian.Client.Producing;
using Guardian.Client.Reporting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Hosting;
using StackExchange.Redis;

namespace Guardian.Client;

/// <summary>Adds the guardian's client to a process.</summary>
public static class GuardianClientServiceCollectionExtensions
{
    /// <summary>Adds <see cref="IGuardianClient"/>, which connects when the host starts and reconnects by
    /// itself.</summary>
    /// <param name="services">The process's services.</param>
    /// <param name="configure">Changes the options; null for a silo on this machine.</param>
    /// <returns>The same services.</returns>
    /// <exception cref="OptionsValidationException">Options are wrong; every error is in it.</exception>
    /// <exception cref="GuardianUnreachableException">A gateway's host name is not known.</exception>
    public static IServiceCollection AddGuardianClient(
        this IServiceCollection services, Action<GuardianClientOptions>? configure = null)
    {
        GuardianClientOptions options = new();
        configure?.Invoke(options);
        IReadOnlyList<string> errors = options.Validate();
        if (errors.Count > 0)
            throw new OptionsValidationException(nameof(GuardianClientOptions), typeof(GuardianClientOptions), errors);

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddOrleansClient(builder => Connect(builder, options));
        services.AddSingleton<ContractIntroduction>();
        services.AddHostedService(provider => provider.GetRequiredService<ContractIntroduction>());
        services.AddSingleton<IGuardianClient>(
            provider => new GuardianClient(
                provider.GetRequiredService<IGrainFactory>(),
                options,
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ContractIntroduction>()));
        services.AddMetrics();
        services.AddSingleton(options.Gate);
        services.AddSingleton<GuardianGates>();
        services.AddSingleton(options.Report);
        services.AddSingleton<GuardianReports>();
        services.AddSingleton<IObserveEndpoint>(provider => provider.GetRequiredService<IGuardianClient>());
        return services;
    }

    private static void Connect(IClientBuilder builder, GuardianClientOptions options)
    {
        System.Net.IPEndPoint[] gateways;
        try
        {
            gateways = options.Resolve();
        }
        catch (System.Net.Sockets.SocketException e)
        {
            throw new GuardianUnreachableException(
                $"The host of a gateway is not known ({string.Join(", ", options.Gateways)}: {e.Message}). "
                + "Check the name or give an address.",
                e);
        }

        if (options.Redis is { } redis) Find(builder, options, redis);
        else builder.UseStaticClustering(gateways);
        builder.Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = (options.ClusterId, options.ServiceId));
        builder.Configure<ClientMessagingOptions>(o => o.ResponseTimeout = options.ResponseTimeout);
        // A gateway that died is tried again this often; the default of a minute would outlast a restart.
        builder.Configure<GatewayOptions>(o => o.GatewayListRefreshPeriod = TimeSpan.FromSeconds(1));
        builder.Services.AddSingleton<IClientConnectionRetryFilter>(
            provider => new FirstConnection(options, provider.GetRequiredService<TimeProvider>()));
    }

    // The table in which silos write themselves down; the key is theirs.
    private static void Find(IClientBuilder builder, GuardianClientOptions options, string redis)
    {
        _ = GuardianClientOptions.TryParseGateway(redis, out string host, out int port);
        builder.UseRedisClustering(clustering =>
        {
            clustering.ConfigurationOptions = new ConfigurationOptions
            {
                EndPoints = { { host, port } },
                User = options.RedisUser,
                Password = options.RedisPassword,
                ClientName = "guardian-client",
                AbortOnConnectFail = false,
            };
            clustering.CreateRedisKey = cluster =>
                $"guardian:{{{options.RedisServiceId}}}:v1:members:{cluster.ClusterId}";
        });
    }

    /// <summary>Tries the first connection again until its time is over.</summary>
    private sealed class FirstConnection(GuardianClientOptions options, TimeProvider time)
        : IClientConnectionRetryFilter
    {
        private readonly long _start = time.GetTimestamp();

        public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
        {
            if (time.GetElapsedTime(_start) + options.ConnectRetryDelay > options.ConnectTimeout) return false;
            await Task.Delay(options.ConnectRetryDelay, time, cancellationToken);
            return true;
        }
    }
}
