using Microsoft.Extensions.Configuration;

namespace Guardian.Silo.Hosting;

/// <summary>Gathers the configuration: the file beside the program, the working folder's, the environment.</summary>
internal static class SiloConfiguration
{
    private const string FileName = "appsettings.json";

    /// <summary>Reads the sources; later ones win.</summary>
    /// <exception cref="InvalidDataException">A file is not JSON; says which and where.</exception>
    public static IConfigurationRoot Load(string programFolder, string workingFolder)
    {
        ConfigurationBuilder builder = new();
        builder.AddJsonFile(Path.Combine(programFolder, FileName), optional: true, reloadOnChange: false);
        string program = Path.TrimEndingDirectorySeparator(Path.GetFullPath(programFolder));
        if (!string.Equals(program, Path.GetFullPath(workingFolder), StringComparison.Ordinal))
            builder.AddJsonFile(Path.Combine(workingFolder, FileName), optional: true, reloadOnChange: false);
        builder.AddEnvironmentVariables();
        // The page and the interface are for this machine: a foreign name in the Host header is a rebinding attack.
        builder.AddInMemoryCollection([new("AllowedHosts", "localhost;127.0.0.1;[::1]")]);
        try
        {
            return builder.Build();
        }
        catch (InvalidDataException problem)
        {
            throw new InvalidDataException(
                $"Condition failed: {problem.Message} {problem.InnerException?.Message}".TrimEnd(), problem);
        }
    }
}
