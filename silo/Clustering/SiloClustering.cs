using System.Net;
using Guardian.Silo.Options;
using Guardian.Storage.Redis;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Clustering.Redis;
using Orleans.Configuration;

namespace Guardian.Silo.Clustering;

/// <summary>Says how silos find each other: by a table in Redis where there is one, else each is alone.</summary>
internal static class SiloClustering
{
    private const string ServiceId = "guardian";

    /// <summary>Adds membership and endpoints (stage 3).</summary>
    /// <remarks>
    /// The times were measured (docs/decisions/0017-cluster.md): a silo that is killed is known as dead in
    /// about a second, one that is frozen in less than ten, and none under load was taken for dead.
    /// </remarks>
    public static void AddClustering(this ISiloBuilder silo, GuardianSiloOptions options)
    {
        if (options.Redis is not { } redis)
        {
            silo.UseLocalhostClustering(
                options.SiloPort, options.GatewayPort, serviceId: ServiceId, clusterId: options.Cluster.ClusterId);
            return;
        }

        silo.Configure<ClusterOptions>(cluster =>
        {
            cluster.ServiceId = ServiceId;
            cluster.ClusterId = options.Cluster.ClusterId;
        });
        // The same after every start, so that people know it again.
        silo.Configure<SiloOptions>(own => own.SiloName = string.Create(
            System.Globalization.CultureInfo.InvariantCulture, $"{Dns.GetHostName()}-{options.SiloPort}"));
        silo.Configure<EndpointOptions>(endpoint => Set(endpoint, options));
        silo.UseRedisClustering(clustering =>
        {
            clustering.ConfigurationOptions = redis.ToConnection("guardian-membership");
            clustering.CreateRedisKey = cluster => MembershipKey(redis, cluster);
        });
        silo.Configure<ClusterMembershipOptions>(membership =>
        {
            membership.ProbeTimeout = TimeSpan.FromMilliseconds(500);
            membership.MaxProbeTimeout = TimeSpan.FromSeconds(1);
            membership.NumMissedProbesLimit = 2;
            membership.NumVotesForDeathDeclaration = 2; // Of two silos one is enough: Orleans takes half of the living.
            membership.TableRefreshTimeout = TimeSpan.FromSeconds(1);
            membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(2);
        });
        Keep(silo.Services, redis);
    }

    /// <summary>Names the table; the braces keep it beside the other keys of the service.</summary>
    public static string MembershipKey(RedisOptions redis, ClusterOptions cluster) =>
        $"{new RedisKeys(redis.ServiceId).Prefix}members:{cluster.ClusterId}";

    private static void Set(EndpointOptions endpoint, GuardianSiloOptions options)
    {
        IPAddress address = options.Cluster.AdvertisedAddress;
        endpoint.AdvertisedIPAddress = address;
        (endpoint.SiloPort, endpoint.GatewayPort) = (options.SiloPort, options.GatewayPort);
        if (options.Cluster.IsLoopback) return;
        IPAddress any = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork
            ? IPAddress.Any
            : IPAddress.IPv6Any;
        endpoint.SiloListeningEndpoint = new IPEndPoint(any, options.SiloPort);
        endpoint.GatewayListeningEndpoint = new IPEndPoint(any, options.GatewayPort);
    }

    // The library's table is right where it is used; ours goes on where Redis does not, or comes back with less.
    private static void Keep(IServiceCollection services, RedisOptions redis)
    {
        ServiceDescriptor library = services.Last(s => s.ServiceType == typeof(IMembershipTable));
        services.Replace(ServiceDescriptor.Singleton<IMembershipTable>(provider => new KeptMembership(
            Make(provider, library),
            new MembershipVersion(
                provider.GetRequiredService<RedisConnection>(),
                MembershipKey(redis, provider.GetRequiredService<IOptions<ClusterOptions>>().Value)),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<KeptMembership>>())));
    }

    private static IMembershipTable Make(IServiceProvider provider, ServiceDescriptor library) =>
        library.ImplementationFactory is { } factory
            ? (IMembershipTable)factory(provider)
            : (IMembershipTable)ActivatorUtilities.CreateInstance(provider, library.ImplementationType!);
}
