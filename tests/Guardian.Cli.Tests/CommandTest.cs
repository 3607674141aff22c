using System.Text.Json;

namespace Guardian.Cli.Tests;

/// <summary>What tests of commands need: a command line whose streams are kept.</summary>
public abstract class CommandTest : IDisposable
{
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    /// <summary>Gets what was written.</summary>
    protected StringWriter Out => _out;

    /// <summary>Gets what went wrong.</summary>
    protected StringWriter Error => _error;

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _out.Dispose();
        _error.Dispose();
    }

    /// <summary>Runs a command; without a client the way to a silo is the real one.</summary>
    private protected Task<int> Run(FakeClient? client, params string[] args) => Run(client, args, string.Empty);

    /// <summary>Runs a command that reads an input.</summary>
    private protected Task<int> Run(FakeClient? client, string[] args, string input)
    {
        CliHost host = new()
        {
            Out = _out, Error = _error, In = new StringReader(input), Environment = name =>
                name == "USER" ? "tester" : null,
        };
        if (client is not null)
        {
            host = new CliHost
            {
                Out = _out, Error = _error, In = new StringReader(input), Environment = host.Environment,
                Connect = (_, _, _) => client.ConnectAsync(),
            };
        }

        return CommandLine.RunAsync(args, host, TestContext.Current.CancellationToken);
    }

    /// <summary>Reads what was written as JSON.</summary>
    private protected JsonElement Json() => JsonDocument.Parse(_out.ToString()).RootElement;
}
