using System.Globalization;
using Guardian.Storage.Redis;
using Microsoft.Extensions.Configuration;

namespace Guardian.Silo.Options;

/// <summary>Reads where Redis is, from the section <c>Guardian:Redis</c> and the environment's names.</summary>
/// <remarks>A password never appears in a message.</remarks>
internal sealed class RedisOptionsReader
{
    private const string Path = $"{SiloOptionsReader.Section}:Redis";

    // Key of the section, name in the environment; each also by …File and …_FILE.
    private static readonly (string Key, string Name)[] Known =
    [
        (nameof(RedisOptions.Host), "REDIS_HOST"), (nameof(RedisOptions.Port), "REDIS_PORT"),
        (nameof(RedisOptions.User), "REDIS_USER"), (nameof(RedisOptions.Password), "REDIS_PASSWORD"),
        (nameof(RedisOptions.ServiceId), "REDIS_SERVICE_ID"),
    ];

    private readonly IConfigurationSection _section;
    private readonly Func<string, string?> _environment;
    private readonly List<string> _errors;

    private RedisOptionsReader(
        IConfigurationSection section, Func<string, string?> environment, List<string> errors) =>
        (_section, _environment, _errors) = (section, environment, errors);

    /// <summary>Reads and checks.</summary>
    /// <param name="guardian">The section <c>Guardian</c>.</param>
    /// <param name="environment">Reads one environment variable; null where it is not set.</param>
    /// <param name="errors">Takes one line for everything that is wrong.</param>
    /// <returns>Null where no Redis is configured, or what is configured is wrong.</returns>
    public static RedisOptions? Read(
        IConfigurationSection guardian, Func<string, string?> environment, List<string> errors) =>
        new RedisOptionsReader(guardian.GetSection("Redis"), environment, errors).Read();

    private RedisOptions? Read()
    {
        int before = _errors.Count;
        CheckKeys();
        // Without a host there is no Redis: orchestrators set REDIS_PORT on their own, to something else.
        string? host = Text(0, out string hostName);
        if (host is null)
        {
            if (_section.GetChildren().Any())
                _errors.Add($"Condition failed: {Path} is there without a host; set REDIS_HOST or {Path}:Host.");
            return null;
        }

        RedisOptions options = new()
        {
            Host = host,
            Port = ReadPort(),
            User = Text(2, out _),
            Password = Text(3, out _),
            ServiceId = Text(4, out string serviceName) ?? "guardian",
        };
        foreach (Guardian.Detection.Options.OptionError error in options.Validate())
        {
            string name = error.Path switch
            {
                nameof(RedisOptions.Host) => hostName,
                nameof(RedisOptions.ServiceId) => serviceName,
                _ => $"{Path}:{error.Path}",
            };
            _errors.Add($"Condition failed: {name} is {error.Value}; it {error.Rule}.");
        }

        return _errors.Count == before ? options : null;
    }

    private int ReadPort()
    {
        if (Text(1, out string name) is not { } text) return new RedisOptions().Port;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            && port is > 0 and <= 65535)
            return port;
        _errors.Add($"Condition failed: {name} is '{text}'; it takes a port from 1 to 65535.");
        return new RedisOptions().Port;
    }

    private string? Text(int which, out string name)
    {
        (string key, string variable) = Known[which];
        (string? text, name) = ConfiguredText.Read(_section, key, _environment, variable, _errors);
        return text;
    }

    private void CheckKeys()
    {
        string[] keys = [.. Known.SelectMany(k => new[] { k.Key, $"{k.Key}File" })];
        foreach (IConfigurationSection child in _section.GetChildren())
        {
            if (keys.Contains(child.Key, StringComparer.OrdinalIgnoreCase)) continue;
            _errors.Add($"Condition failed: {child.Path} is not known; "
                + $"the keys of {Path} are {string.Join(", ", Known.Select(k => k.Key))}, each also as a …File.");
        }
    }
}
