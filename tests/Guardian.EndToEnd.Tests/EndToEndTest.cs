using Guardian.Testing.Processes;

namespace Guardian.EndToEnd.Tests;

/// <summary>What every test on real processes needs: silos that go away with it, their logs when it fails.</summary>
public abstract class EndToEndTest : IAsyncDisposable
{
    private readonly List<SiloProcess> _silos = [];
    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("guardian-e2e-");

    /// <summary>Gets the end of the run, for whatever waits.</summary>
    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        bool failed = TestContext.Current.TestState?.Result == TestResult.Failed;
        foreach (SiloProcess silo in _silos)
        {
            if (failed) Say($"--- log of the silo at {silo.Http.Root} ---\n{silo.Log}");
            await silo.DisposeAsync();
        }

        _files.Delete(recursive: true);
    }

    /// <summary>Writes to the test's output.</summary>
    protected static void Say(string text) => TestContext.Current.TestOutputHelper?.WriteLine(text);

    /// <summary>Makes a silo that goes away with the test; it is not started.</summary>
    protected SiloProcess NewSilo(IReadOnlyDictionary<string, string>? environment = null, params string[] arguments)
    {
        SiloProcess silo = new() { Arguments = arguments, Environment = ForShort(environment ?? NothingElse) };
        _silos.Add(silo);
        return silo;
    }

    /// <summary>Makes a silo in a network of its own that goes away with the test; it is not started.</summary>
    protected SiloProcess NewSilo(TestHost host, IReadOnlyDictionary<string, string> environment)
    {
        SiloProcess silo = new(host) { Environment = ForShort(environment) };
        _silos.Add(silo);
        return silo;
    }

    /// <summary>Starts a silo that goes away with the test.</summary>
    protected async Task<SiloProcess> StartSiloAsync(
        IReadOnlyDictionary<string, string>? environment = null, params string[] arguments)
    {
        SiloProcess silo = NewSilo(environment, arguments);
        await silo.StartAsync(Stop);
        return silo;
    }

    /// <summary>Names a file that goes away with the test.</summary>
    protected string TempFile(string name) => Path.Combine(_files.FullName, name);

    /// <summary>Finds a recording; skips the test where it is absent.</summary>
    protected static string Recording(string relative)
    {
        if (!Guardian.Testing.Recordings.TryFind(relative, out string? path, out string? reason)) Assert.Skip(reason);
        return path;
    }

    /// <summary>Runs a command against a silo and asserts its exit code.</summary>
    protected static async Task<ProcessResult> CliAsync(SiloProcess silo, int code, params string[] arguments)
    {
        ProcessResult result = await GuardianCli.RunAsync(Stop, [.. arguments, "--gateway", silo.Gateway]);
        Assert.True(result.Code == code, $"guardian {string.Join(' ', arguments)}: {result}");
        return result;
    }

    // A silo of a test lives for seconds: what the compiler learns of it is never used.
    private static Dictionary<string, string> ForShort(IReadOnlyDictionary<string, string> environment) =>
        new(environment, StringComparer.Ordinal) { ["DOTNET_TieredPGO"] = "0" };

    private static IReadOnlyDictionary<string, string> NothingElse { get; } =
        new Dictionary<string, string>(StringComparer.Ordinal);
}
