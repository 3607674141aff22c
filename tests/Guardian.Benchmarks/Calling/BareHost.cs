using System.Reflection;
using Guardian.Testing.Processes;

namespace Guardian.Benchmarks.Calling;

/// <summary>The product's silo in a process that knows the bare grains as well.</summary>
internal static class BareHost
{
    /// <summary>The argument by which this program becomes a silo.</summary>
    internal const string Command = "host";

    /// <summary>Makes such a silo that is not started yet.</summary>
    internal static SiloProcess Make(IReadOnlyDictionary<string, string>? environment = null) => new()
    {
        Program = [Assembly.GetExecutingAssembly().Location, Command],
        Environment = environment ?? new Dictionary<string, string>(StringComparer.Ordinal),
    };

    /// <summary>Runs the silo's own program here.</summary>
    /// <returns>Its exit code.</returns>
    internal static int Run(string[] arguments)
    {
        MethodInfo main = Assembly.Load("Guardian.Silo").EntryPoint
            ?? throw new InvalidOperationException("Invariant: the silo is a program.");
        return (int)main.Invoke(null, [arguments])!;
    }
}
