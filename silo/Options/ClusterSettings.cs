using System.Net;

namespace Guardian.Silo.Options;

/// <summary>How silos find each other where Redis is configured (section <c>Guardian:Cluster</c>). Immutable.</summary>
public sealed record ClusterSettings
{
    /// <summary>Gets the address at which other silos and clients reach this silo.</summary>
    /// <value>An IPv4 or IPv6 address, <c>Guardian:Cluster:AdvertisedAddress</c>; default loopback.</value>
    /// <remarks>With an address beyond loopback the ports for silos and clients listen on every address.</remarks>
    public IPAddress AdvertisedAddress { get; init; } = IPAddress.Loopback;

    /// <summary>Gets which silos make one cluster.</summary>
    /// <value>1 to 64 letters, digits, <c>-</c>, <c>_</c> and <c>.</c>; default <c>guardian</c>.</value>
    public string ClusterId { get; init; } = "guardian";

    /// <summary>Gets whether only this machine reaches the silo.</summary>
    public bool IsLoopback => IPAddress.IsLoopback(AdvertisedAddress);
}
