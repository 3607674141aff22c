using System.Globalization;
using System.Net;
using Guardian.Client.Gating;
using Guardian.Client.Reporting;
using Guardian.Contracts;

namespace Guardian.Client;

/// <summary>Where the silos are and how long to wait for them. Set once, before the client is made.</summary>
public sealed class GuardianClientOptions
{
    /// <summary>Gets or sets the gateways of the silos.</summary>
    /// <value>1 to 64 of <c>host:port</c>, port 1 to 65535; default <c>127.0.0.1:30000</c>.</value>
    public IList<string> Gateways { get; set; } = ["127.0.0.1:30000"];

    /// <summary>Gets or sets the Redis in which silos write themselves down; then <see cref="Gateways"/> is not used.
    /// </summary>
    /// <value><c>host:port</c>; default null: the gateways are given.</value>
    public string? Redis { get; set; }

    /// <summary>Gets or sets the user of that Redis; null: the default user.</summary>
    public string? RedisUser { get; set; }

    /// <summary>Gets or sets its password; null: none. Never logged.</summary>
    public string? RedisPassword { get; set; }

    /// <summary>Gets or sets whose keys there are the silos'.</summary>
    /// <value>1 to 64 characters, as <c>Guardian:Redis:ServiceId</c> of the silos; default <c>guardian</c>.</value>
    public string RedisServiceId { get; set; } = "guardian";

    /// <summary>Gets how gates are kept.</summary>
    public GuardianGateOptions Gate { get; } = new();

    /// <summary>Gets how reports are gathered.</summary>
    public GuardianReportOptions Report { get; } = new();

    /// <summary>Gets or sets the cluster's id.</summary>
    /// <value>1 to 64 characters; default <c>guardian</c>.</value>
    public string ClusterId { get; set; } = "guardian";

    /// <summary>Gets or sets the service's id.</summary>
    /// <value>1 to 64 characters; default <c>guardian</c>.</value>
    public string ServiceId { get; set; } = "guardian";

    /// <summary>Gets or sets how long one call may take.</summary>
    /// <value>100 ms to 5 min; default 5 s.</value>
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets how long the first connection is tried for.</summary>
    /// <value>0 (one attempt) to 1 h; default 30 s.</value>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets or sets the pause between two attempts at the first connection.</summary>
    /// <value>10 ms to 1 min; default 500 ms.</value>
    public TimeSpan ConnectRetryDelay { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Gets or sets the contract this client says it speaks; tests say another.</summary>
    internal int Contract { get; set; } = ContractVersion.Current;

    /// <summary>Says everything that is wrong, each with path, value and rule; nothing when all is well.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> errors = [];
        if (Gateways.Count is 0 or > 64)
            errors.Add($"Condition failed: Gateways has {Gateways.Count} entries; it takes 1 to 64.");
        for (int i = 0; i < Gateways.Count; i++)
        {
            if (!TryParseGateway(Gateways[i], out _, out _))
                errors.Add($"Condition failed: Gateways[{i}] is '{Gateways[i]}'; it takes host:port, port 1 to 65535.");
        }

        if (Redis is not null && !TryParseGateway(Redis, out _, out _))
            errors.Add($"Condition failed: Redis is '{Redis}'; it takes host:port, port 1 to 65535.");
        CheckName(errors, nameof(RedisServiceId), RedisServiceId);
        errors.AddRange(Gate.Validate().Select(
            e => e.Replace("Condition failed: ", "Condition failed: Gate:", StringComparison.Ordinal)));
        errors.AddRange(Report.Validate().Select(
            e => e.Replace("Condition failed: ", "Condition failed: Report:", StringComparison.Ordinal)));
        CheckName(errors, nameof(ClusterId), ClusterId);
        CheckName(errors, nameof(ServiceId), ServiceId);
        Check(errors, nameof(ResponseTimeout), ResponseTimeout, TimeSpan.FromMilliseconds(100),
            TimeSpan.FromMinutes(5));
        Check(errors, nameof(ConnectTimeout), ConnectTimeout, TimeSpan.Zero, TimeSpan.FromHours(1));
        Check(errors, nameof(ConnectRetryDelay), ConnectRetryDelay, TimeSpan.FromMilliseconds(10),
            TimeSpan.FromMinutes(1));
        return errors;
    }

    /// <summary>Reads <c>host:port</c>; an IPv6 address stands in brackets.</summary>
    /// <param name="text">The text.</param>
    /// <param name="host">The host name or address.</param>
    /// <param name="port">The port, 1 to 65535.</param>
    /// <returns>Whether it could be read.</returns>
    public static bool TryParseGateway(string? text, out string host, out int port)
    {
        host = string.Empty;
        port = 0;
        int colon = text?.LastIndexOf(':') ?? -1;
        if (text is null || colon <= 0
            || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port)
            || port is < 1 or > 65_535)
            return false;
        host = text[..colon];
        if (host.StartsWith('[') && host.EndsWith(']')) host = host[1..^1];
        else if (host.Contains(':', StringComparison.Ordinal)) return false;
        return Uri.CheckHostName(host) != UriHostNameType.Unknown;
    }

    /// <summary>Finds the addresses of all gateways, IPv4 before IPv6.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">A host name is not known.</exception>
    internal IPEndPoint[] Resolve()
    {
        List<IPEndPoint> points = [];
        foreach (string gateway in Gateways)
        {
            _ = TryParseGateway(gateway, out string host, out int port);
            foreach (IPAddress address in Dns.GetHostAddresses(host).OrderBy(a => a.AddressFamily).Take(1))
                points.Add(new IPEndPoint(address, port));
        }

        return [.. points];
    }

    private static void CheckName(List<string> errors, string path, string value)
    {
        if (value.Length is 0 or > 64)
            errors.Add($"Condition failed: {path} has {value.Length} characters; it takes 1 to 64.");
    }

    private static void Check(List<string> errors, string path, TimeSpan value, TimeSpan least, TimeSpan most)
    {
        if (value < least || value > most)
            errors.Add($"Condition failed: {path} is {value:c}; it takes {least:c} to {most:c}.");
    }
}
