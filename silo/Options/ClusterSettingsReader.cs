using System.Net;
using Microsoft.Extensions.Configuration;

namespace Guardian.Silo.Options;

/// <summary>Reads the section <c>Guardian:Cluster</c>.</summary>
internal static class ClusterSettingsReader
{
    private const string Path = $"{SiloOptionsReader.Section}:Cluster";
    private static readonly string[] Known =
        [nameof(ClusterSettings.AdvertisedAddress), nameof(ClusterSettings.ClusterId)];

    /// <summary>Reads and checks.</summary>
    /// <param name="guardian">The section <c>Guardian</c>.</param>
    /// <param name="errors">Takes one line for everything that is wrong.</param>
    public static ClusterSettings Read(IConfigurationSection guardian, List<string> errors)
    {
        IConfigurationSection section = guardian.GetSection("Cluster");
        foreach (IConfigurationSection child in section.GetChildren())
        {
            if (Known.Contains(child.Key, StringComparer.OrdinalIgnoreCase)) continue;
            errors.Add($"Condition failed: {child.Path} is not known; the keys of {Path} are "
                + $"{string.Join(", ", Known)}.");
        }

        ClusterSettings settings = new();
        return settings with
        {
            AdvertisedAddress = Address(section, settings.AdvertisedAddress, errors),
            ClusterId = Id(section, settings.ClusterId, errors),
        };
    }

    private static IPAddress Address(IConfigurationSection section, IPAddress byDefault, List<string> errors)
    {
        if (Text(section, nameof(ClusterSettings.AdvertisedAddress)) is not { } text) return byDefault;
        bool is4 = text.Count(c => c == '.') == 3; // Without it "1" would be 0.0.0.1.
        if (IPAddress.TryParse(text, out IPAddress? address) && (is4 || text.Contains(':', StringComparison.Ordinal))
            && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any))
            return address;
        errors.Add($"Condition failed: {Path}:{nameof(ClusterSettings.AdvertisedAddress)} is '{text}'; it takes the "
            + "address at which other silos reach this one, such as 10.0.0.7, not a name and not 0.0.0.0.");
        return byDefault;
    }

    private static string Id(IConfigurationSection section, string byDefault, List<string> errors)
    {
        if (Text(section, nameof(ClusterSettings.ClusterId)) is not { } text) return byDefault;
        if (text.Length <= 64 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')) return text;
        errors.Add($"Condition failed: {Path}:{nameof(ClusterSettings.ClusterId)} is '{text}'; it takes 1 to 64 "
            + "letters, digits, '-', '_' and '.'.");
        return byDefault;
    }

    private static string? Text(IConfigurationSection section, string key) =>
        section[key] is { } text && !string.IsNullOrWhiteSpace(text) ? text : null;
}
