using System.Globalization;
using Guardian.Storage.Postgres;
using Microsoft.Extensions.Configuration;

namespace Guardian.Silo.Options;

/// <summary>
/// Reads where PostgreSQL or TimescaleDB is, from the section <c>Guardian:Postgres</c> and the environment's names.
/// </summary>
/// <remarks>What is set may hold a password: no message has it.</remarks>
internal static class PostgresOptionsReader
{
    private const string Key = nameof(GuardianSiloOptions.Postgres);
    private const string Path = $"{SiloOptionsReader.Section}:{Key}";
    private const string Variable = "TIMESCALEDB_URI";
    private static readonly string[] Known =
    [
        "Uri", "UriFile", "OwnerUri", "OwnerUriFile", "Schema", "Retention", "RollupRetention", "CompressAfter",
        "UseCopy",
    ];

    /// <summary>Reads and checks.</summary>
    /// <param name="guardian">The section <c>Guardian</c>.</param>
    /// <param name="environment">Reads one environment variable; null where it is not set.</param>
    /// <param name="errors">Takes one line for everything that is wrong.</param>
    /// <returns>Null where none is configured, or what is configured is wrong.</returns>
    public static PostgresOptions? Read(
        IConfigurationSection guardian, Func<string, string?> environment, List<string> errors)
    {
        int before = errors.Count;
        IConfigurationSection section = guardian.GetSection(Key);
        foreach (IConfigurationSection child in section.GetChildren())
        {
            if (Known.Contains(child.Key, StringComparer.OrdinalIgnoreCase)) continue;
            errors.Add(
                $"Condition failed: {child.Path} is not known; the keys of {Path} are {string.Join(", ", Known)}.");
        }

        (string? uri, string name) = ConfiguredText.Read(section, "Uri", environment, Variable, errors);
        if (uri is null)
        {
            if (section.GetChildren().Any() && errors.Count == before)
                errors.Add($"Condition failed: {Path} is there without a server; set {Variable} or {Path}:Uri.");
            return null;
        }

        PostgresOptions options = new() { Uri = uri, OwnerUri = ConfiguredText.Read(section, "OwnerUri", errors).Text };
        if (section["Schema"] is { Length: > 0 } schema) options.Schema = schema;
        Span(section, nameof(PostgresOptions.Retention), span => options.Retention = span, errors);
        Span(section, nameof(PostgresOptions.RollupRetention), span => options.RollupRetention = span, errors);
        Span(section, nameof(PostgresOptions.CompressAfter), span => options.CompressAfter = span, errors);
        if (section[nameof(PostgresOptions.UseCopy)] is { Length: > 0 } copy)
        {
            if (bool.TryParse(copy, out bool use)) options.UseCopy = use;
            else errors.Add($"Condition failed: {Path}:UseCopy is '{copy}'; it must be true or false.");
        }

        foreach (Guardian.Detection.Options.OptionError error in options.Validate())
        {
            string where = error.Path == nameof(PostgresOptions.Uri) ? name : $"{Path}:{error.Path}";
            errors.Add(error.Path is nameof(PostgresOptions.Uri) or nameof(PostgresOptions.OwnerUri)
                ? $"Condition failed: {where} can't be read; it {error.Rule}."
                : $"Condition failed: {where} is {error.Value}; it {error.Rule}.");
        }

        return errors.Count == before ? options : null;
    }

    private static void Span(IConfigurationSection section, string key, Action<TimeSpan> set, List<string> errors)
    {
        if (section[key] is not { Length: > 0 } text) return;
        if (TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan span)) set(span);
        else
        {
            errors.Add(
                $"Condition failed: {Path}:{key} is '{text}'; it takes a time such as 7.00:00:00 (days.hours).");
        }
    }
}
