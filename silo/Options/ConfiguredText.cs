using Microsoft.Extensions.Configuration;

namespace Guardian.Silo.Options;

/// <summary>Reads a value that may be a secret: from the environment or a section, itself or by a file.</summary>
/// <remarks>What is read is in no message; a file's name is.</remarks>
internal static class ConfiguredText
{
    /// <summary>Reads one; the environment's name wins over the section, and a value over a file.</summary>
    /// <param name="section">The section.</param>
    /// <param name="key">Its key there; also as <c>…File</c>.</param>
    /// <param name="environment">Reads one environment variable; null where it is not set.</param>
    /// <param name="variable">Its name in the environment; also as <c>…_FILE</c>.</param>
    /// <param name="errors">Takes one line for everything that is wrong.</param>
    /// <returns>The text, null where none can be had, and under which name it was looked for last.</returns>
    public static (string? Text, string Name) Read(
        IConfigurationSection section,
        string key,
        Func<string, string?> environment,
        string variable,
        List<string> errors)
    {
        if (Given(environment(variable)) is { } text) return (text, variable);
        string byFile = $"{variable}_FILE";
        return Given(environment(byFile)) is { } file
            ? (Content(byFile, file, errors), byFile)
            : Read(section, key, errors);
    }

    /// <summary>Reads one that the environment has no name for.</summary>
    /// <param name="section">The section.</param>
    /// <param name="key">Its key there; also as <c>…File</c>.</param>
    /// <param name="errors">Takes one line for everything that is wrong.</param>
    /// <returns>The text, null where none can be had, and under which name it was looked for last.</returns>
    public static (string? Text, string Name) Read(IConfigurationSection section, string key, List<string> errors)
    {
        string name = $"{section.Path}:{key}";
        if (Given(section[key]) is { } text) return (text, name);
        return Given(section[$"{key}File"]) is { } file
            ? (Content($"{name}File", file, errors), $"{name}File")
            : (null, name);
    }

    private static string? Content(string name, string file, List<string> errors)
    {
        try
        {
            if (Given(File.ReadAllText(file).Trim()) is { } text) return text;
            errors.Add($"Condition failed: {name} is '{file}', an empty file; it takes a file with the value in it.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            errors.Add($"Condition failed: {name} is '{file}', which can't be read: {error.Message}");
        }

        return null;
    }

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
