using System.Globalization;
using Guardian.Contracts;
using Guardian.Grains.Halts;
using Microsoft.Extensions.Configuration;

namespace Guardian.Silo.Options;

/// <summary>What was read, and everything that is wrong with it. Immutable.</summary>
/// <param name="Options">The options; what could not be read has its default.</param>
/// <param name="Errors">One line each with path, value and rule; empty when nothing is wrong.</param>
internal sealed record SiloOptionsResult(GuardianSiloOptions Options, IReadOnlyList<string> Errors);

/// <summary>Reads the section <c>Guardian</c> and the addresses, reporting every error at once.</summary>
internal sealed class SiloOptionsReader
{
    public const string Section = "Guardian";
    private static readonly TimeSpan LeastAge = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan MostAge = TimeSpan.FromDays(7);

    private static readonly string[] KnownKeys =
    [
        nameof(GuardianSiloOptions.DataFolder), nameof(GuardianSiloOptions.SiloPort),
        nameof(GuardianSiloOptions.GatewayPort), nameof(GuardianSiloOptions.AutoRegister),
        nameof(GuardianSiloOptions.OnUnknownState), nameof(GuardianSiloOptions.CollectionAge),
        nameof(GuardianSiloOptions.KillFile), nameof(GuardianSiloOptions.Redis),
        nameof(GuardianSiloOptions.Postgres), nameof(GuardianSiloOptions.Cluster),
        nameof(GuardianSiloOptions.MetricsPort),
    ];

    // Sections whose own readers know what they take.
    private static readonly string[] OwnReaders =
    [
        nameof(GuardianSiloOptions.Redis), nameof(GuardianSiloOptions.Postgres), nameof(GuardianSiloOptions.Cluster),
    ];

    private readonly IConfigurationSection _section;
    private readonly List<string> _errors = [];

    private SiloOptionsReader(IConfigurationSection section) => _section = section;

    /// <summary>Reads and checks.</summary>
    /// <param name="configuration">Files and environment, already merged.</param>
    /// <param name="environment">Reads one environment variable; null where it is not set.</param>
    public static SiloOptionsResult Read(IConfiguration configuration, Func<string, string?> environment)
    {
        SiloOptionsReader reader = new(configuration.GetSection(Section));
        return reader.ReadAll(configuration, environment);
    }

    private SiloOptionsResult ReadAll(IConfiguration configuration, Func<string, string?> environment)
    {
        GuardianSiloOptions defaults = new();
        CheckKeys();
        string? urls = environment("ASPNETCORE_URLS");
        GuardianSiloOptions options = new()
        {
            DataFolder = ReadFolder(defaults.DataFolder),
            SiloPort = ReadPort(nameof(defaults.SiloPort), defaults.SiloPort),
            GatewayPort = ReadPort(nameof(defaults.GatewayPort), defaults.GatewayPort),
            AutoRegister = ReadSwitch(nameof(defaults.AutoRegister), defaults.AutoRegister),
            OnUnknownState = ReadState(nameof(defaults.OnUnknownState), defaults.OnUnknownState),
            CollectionAge = ReadAge(nameof(defaults.CollectionAge), defaults.CollectionAge),
            KillFile = ReadKillFile(),
            Redis = RedisOptionsReader.Read(_section, environment, _errors),
            Postgres = PostgresOptionsReader.Read(_section, environment, _errors),
            MetricsPort = Text(nameof(defaults.MetricsPort)) is null ? null : ReadPort(nameof(defaults.MetricsPort), 0),
            Cluster = ClusterSettingsReader.Read(_section, _errors),
            Urls = string.IsNullOrWhiteSpace(urls) ? defaults.Urls : ListenRule.Read(urls, _errors),
        };
        CheckPorts(options);
        if (configuration.GetSection("Kestrel:Endpoints").GetChildren().Any())
            _errors.Add("Condition failed: Kestrel:Endpoints is set; addresses are read from ASPNETCORE_URLS only.");
        return new SiloOptionsResult(options, _errors);
    }

    private void CheckKeys()
    {
        foreach (IConfigurationSection child in _section.GetChildren())
        {
            if (!KnownKeys.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
            {
                _errors.Add($"Condition failed: {child.Path} is not known; "
                    + $"the keys of {Section} are {string.Join(", ", KnownKeys)}.");
                continue;
            }

            if (OwnReaders.Contains(child.Key, StringComparer.OrdinalIgnoreCase)) continue;
            foreach (IConfigurationSection inner in child.GetChildren())
                _errors.Add($"Condition failed: {inner.Path} is not known; {child.Path} takes a single value.");
        }
    }

    private string? Text(string key) => _section[key] is { } text && !string.IsNullOrWhiteSpace(text) ? text : null;

    private string ReadFolder(string byDefault)
    {
        string? text = Text(nameof(GuardianSiloOptions.DataFolder));
        if (text is null) return byDefault;
        if (text.AsSpan().ContainsAny(Path.GetInvalidPathChars()))
            return Refuse(nameof(GuardianSiloOptions.DataFolder), text, "it takes a path without NUL", byDefault);
        return text;
    }

    private string? ReadKillFile()
    {
        string? text = Text(nameof(GuardianSiloOptions.KillFile));
        if (text is null) return null;
        if (text.AsSpan().ContainsAny(Path.GetInvalidPathChars()))
            return Refuse<string?>(nameof(GuardianSiloOptions.KillFile), text, "it takes a path without NUL", null);
        if (KillFile.WhyUnusable(text) is not { } error) return text;
        _errors.Add(error);
        return null;
    }

    private int ReadPort(string key, int byDefault)
    {
        string? text = Text(key);
        if (text is null) return byDefault;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            && port is > 0 and <= 65535
            ? port
            : Refuse(key, text, "it takes a port from 1 to 65535", byDefault);
    }

    private bool ReadSwitch(string key, bool byDefault)
    {
        string? text = Text(key);
        if (text is null) return byDefault;
        return bool.TryParse(text, out bool value) ? value : Refuse(key, text, "it takes true or false", byDefault);
    }

    private TradingState ReadState(string key, TradingState byDefault)
    {
        string? text = Text(key);
        if (text is null) return byDefault;
        return !char.IsAsciiDigit(text[0]) && Enum.TryParse(text, ignoreCase: true, out TradingState value)
            && Enum.IsDefined(value)
            ? value
            : Refuse(key, text, "it takes Active, Reducing or Halted", byDefault);
    }

    private TimeSpan ReadAge(string key, TimeSpan byDefault)
    {
        string? text = Text(key);
        if (text is null) return byDefault;
        return TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out TimeSpan age)
            && age >= LeastAge && age <= MostAge
            ? age
            : Refuse(key, text, $"it takes a duration from {LeastAge} to {MostAge}", byDefault);
    }

    private T Refuse<T>(string key, string text, string rule, T byDefault)
    {
        _errors.Add($"Condition failed: {Section}:{key} is '{text}'; {rule}.");
        return byDefault;
    }

    private void CheckPorts(GuardianSiloOptions options)
    {
        if (options.SiloPort == options.GatewayPort)
        {
            _errors.Add($"Condition failed: {Section}:GatewayPort is '{options.GatewayPort}', "
                + $"the same as {Section}:SiloPort; give each its own port.");
        }

        foreach (ListenAddress address in options.Urls)
        {
            if (address.Port == options.SiloPort || address.Port == options.GatewayPort)
            {
                _errors.Add($"Condition failed: ASPNETCORE_URLS has '{address.Url}', the port of "
                    + $"{Section}:{(address.Port == options.SiloPort ? "SiloPort" : "GatewayPort")}; "
                    + "give each its own port.");
            }
        }
    }
}
