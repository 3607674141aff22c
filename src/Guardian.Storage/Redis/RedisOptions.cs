using System.Globalization;
using Guardian.Detection.Options;
using StackExchange.Redis;

namespace Guardian.Storage.Redis;

/// <summary>Where Redis is and how it is used, as written (section <c>Guardian:Redis</c>).</summary>
public sealed class RedisOptions
{
    /// <summary>Gets or sets the host.</summary>
    /// <value>A name or address; <c>REDIS_HOST</c>; no default.</value>
    public string Host { get; set; } = string.Empty;

    /// <summary>Gets or sets the port.</summary>
    /// <value>1 to 65535; <c>REDIS_PORT</c>; default 6379.</value>
    public int Port { get; set; } = 6379;

    /// <summary>Gets or sets the user of Redis' access list; null: the default user.</summary>
    public string? User { get; set; }

    /// <summary>Gets or sets the password; null: none. Never logged.</summary>
    public string? Password { get; set; }

    /// <summary>Gets or sets whose keys these are: silos that share it share them.</summary>
    /// <value>1 to 64 letters, digits, <c>-</c>, <c>_</c> and <c>.</c>; default <c>guardian</c>.</value>
    public string ServiceId { get; set; } = "guardian";

    /// <summary>Gets or sets after what time a call to Redis is given up.</summary>
    /// <value>Default 250 ms; 10 ms to 10 s. A batch of a writer may take eight times as long.</value>
    public TimeSpan Deadline { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Gets or sets how often Redis is asked whether it is well.</summary>
    /// <value>Default 500 ms; 10 ms to 1 min.</value>
    public TimeSpan ProbePeriod { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Gets or sets how many packed entries of newest events are kept for each symbol.</summary>
    /// <value>Default 1,000; 10 to 1,000,000. Redis cuts in steps and may keep some more.</value>
    public int NewestEntries { get; set; } = 1_000;

    /// <summary>Gets or sets the most newest values that are written in one pipeline.</summary>
    /// <value>Default 256; 1 to 10,000.</value>
    public int Pipeline { get; set; } = 256;

    /// <summary>Gets host and port, for messages.</summary>
    public string EndPoint => string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");

    /// <summary>Makes the settings of a connection: it fails fast, comes back by itself, holds up no start.</summary>
    /// <param name="clientName">As which Redis lists it.</param>
    public ConfigurationOptions ToConnection(string clientName) => new()
    {
        EndPoints = { { Host, Port } },
        User = User,
        Password = Password,
        ClientName = clientName,
        Protocol = RedisProtocol.Resp2,
        AbortOnConnectFail = false,
        AllowAdmin = true, // For INFO only: who it is and since when.
        BacklogPolicy = BacklogPolicy.FailFast,
        ConnectTimeout = 1_000,
        AsyncTimeout = 5_000,
        SyncTimeout = 1_000,
        ConnectRetry = 1,
        ConfigCheckSeconds = 2,
        KeepAlive = 5,
        HeartbeatInterval = TimeSpan.FromMilliseconds(250),
        ReconnectRetryPolicy = new LinearRetry(250),
        TieBreaker = string.Empty,
        ConfigurationChannel = string.Empty,
    };

    /// <summary>Checks every option.</summary>
    /// <returns>Everything that is wrong, with path, value and rule; empty when nothing is.</returns>
    public IReadOnlyList<OptionError> Validate()
    {
        var errors = new List<OptionError>();
        if (Uri.CheckHostName(Host) == UriHostNameType.Unknown)
            errors.Add(new OptionError(nameof(Host), $"'{Host}'", "must be a host name or an address, without port"));
        if (ServiceId.Length is 0 or > 64
            || !ServiceId.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
        {
            errors.Add(new OptionError(
                nameof(ServiceId), $"'{ServiceId}'", "must be 1 to 64 letters, digits, '-', '_' and '.'"));
        }

        errors.Within(nameof(Port), Port, 1, 65_535);
        errors.Within(nameof(NewestEntries), NewestEntries, 10, 1_000_000);
        errors.Within(nameof(Pipeline), Pipeline, 1, 10_000);
        errors.Within(nameof(Deadline), Deadline, TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(10));
        errors.Within(nameof(ProbePeriod), ProbePeriod, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1));
        return errors;
    }
}
