using System.Security.Cryptography;
using System.Text;
using Guardian.Detection.Breaker;
using Guardian.Detection.Clock;
using Guardian.Detection.Drift;
using Guardian.Detection.Errors;
using Guardian.Detection.Latency;
using Guardian.Detection.Pending;
using Guardian.Detection.Staleness;

namespace Guardian.Detection.Options;

/// <summary>
/// By which limits a guardian judges, as it runs: whole numbers, checked, shared. Immutable, thread-safe.
/// </summary>
public sealed class GuardianPolicy
{
    private readonly GuardianOptions _options;

    private GuardianPolicy(string profile, KeyValuePair<string, string>[] overrides, GuardianOptions options)
    {
        _options = options;
        Profile = profile;
        Overrides = overrides;
        Staleness = new StalenessPolicy(options.Staleness);
        Clock = new ClockPolicy(options.Clock);
        Pending = new PendingPolicy(options.Pending);
        Drift = DriftPolicy.From(options.Drift);
        Errors = ErrorPolicy.From(options.Errors);
        Breaker = new BreakerPolicy(options.Breaker);
        Hash = HashOf(options);
    }

    /// <summary>Gets the default profile as it is.</summary>
    public static GuardianPolicy Default { get; } = new(Profiles.Default, [], new GuardianOptions());

    /// <summary>Gets the profile.</summary>
    public string Profile { get; }

    /// <summary>Gets what differs from the profile, by path.</summary>
    public KeyValuePair<string, string>[] Overrides { get; }

    /// <summary>Gets a hash over every setting: 16 hexadecimal digits.</summary>
    public string Hash { get; }

    /// <summary>Gets the staleness policy.</summary>
    public StalenessPolicy Staleness { get; }

    /// <summary>Gets the clock policy.</summary>
    public ClockPolicy Clock { get; }

    /// <summary>Gets the pending-age policy.</summary>
    public PendingPolicy Pending { get; }

    /// <summary>Gets the drift policy.</summary>
    public DriftPolicy Drift { get; }

    /// <summary>Gets the error policy.</summary>
    public ErrorPolicy Errors { get; }

    /// <summary>Gets the breaker policy.</summary>
    public BreakerPolicy Breaker { get; }

    /// <summary>Makes a policy.</summary>
    /// <param name="profile">One of <see cref="Profiles.Names"/>.</param>
    /// <param name="overrides">Paths and values that differ.</param>
    /// <param name="errors">Everything that is wrong; empty when the policy was made.</param>
    /// <returns>The policy, or null when something is wrong.</returns>
    public static GuardianPolicy? TryMake(
        string profile,
        IEnumerable<KeyValuePair<string, string>> overrides,
        out IReadOnlyList<OptionError> errors)
    {
        KeyValuePair<string, string>[] sorted = [.. overrides.OrderBy(o => o.Key, StringComparer.Ordinal)];
        GuardianOptions options = GuardianOptions.Make(profile, sorted, out errors);
        return errors.Count == 0 ? new GuardianPolicy(profile, sorted, options) : null;
    }

    /// <summary>Makes the latency policy of a stage.</summary>
    public LatencyPolicy Latency(string stage) => LatencyPolicy.For(_options.Latency, stage);

    private static string HashOf(GuardianOptions options)
    {
        var text = new StringBuilder();
        foreach ((string path, string value) in OptionPaths.List(options))
            text.Append(path).Append('=').Append(value).Append('\n');
        return Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text.ToString())))[..16];
    }
}
