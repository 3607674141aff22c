using System.Text;
using Guardian.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Spectre.Console;

namespace Guardian.Cli;

/// <summary>A connection to a silo, closed when disposed.</summary>
internal interface IGuardianConnection : IAsyncDisposable
{
    /// <summary>Gets the client.</summary>
    IGuardianClient Client { get; }
}

/// <summary>What the command line stands on: streams, clock and the way to a silo. Tests give their own.</summary>
internal sealed class CliHost
{
    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    public required TextReader In { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Gets whether a person looks at the output, so that it may move.</summary>
    public bool Interactive { get; init; }

    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;

    /// <summary>Gets how a silo is reached; throws <see cref="GuardianUnreachableException"/> when it can't
    /// be.</summary>
    public Func<string, TimeSpan, CancellationToken, Task<IGuardianConnection>> Connect { get; init; } =
        SiloConnection.OpenAsync;

    /// <summary>Makes the host of a process.</summary>
    public static CliHost Process()
    {
        UTF8Encoding utf8 = new(encoderShouldEmitUTF8Identifier: false);
        return new CliHost
        {
            Out = new StreamWriter(Console.OpenStandardOutput(), utf8) { AutoFlush = true },
            Error = new StreamWriter(Console.OpenStandardError(), utf8) { AutoFlush = true },
            In = Console.In,
            Interactive = !Console.IsOutputRedirected && !Console.IsErrorRedirected,
        };
    }

    /// <summary>Makes a console that draws tables on a stream; wide where no person looks.</summary>
    public IAnsiConsole ConsoleOn(TextWriter writer)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = Interactive ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = Interactive ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = Interactive ? InteractionSupport.Yes : InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        if (!Interactive) console.Profile.Width = 200;
        return console;
    }

    /// <summary>An Orleans client of its own for one command.</summary>
    private sealed class SiloConnection(IHost host) : IGuardianConnection
    {
        public IGuardianClient Client { get; } = host.Services.GetRequiredService<IGuardianClient>();

        public static async Task<IGuardianConnection> OpenAsync(
            string gateway, TimeSpan patience, CancellationToken cancellationToken)
        {
            await GatewayProbe.ConnectAsync(gateway, patience, TimeProvider.System, cancellationToken);
            IHost host = new HostBuilder()
                .ConfigureServices(services => services.AddGuardianClient(options =>
                {
                    options.Gateways = [gateway];
                    options.ConnectTimeout = patience;
                }))
                .Build();
            try
            {
                await host.StartAsync(cancellationToken);
                return new SiloConnection(host);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                host.Dispose();
                throw new GuardianUnreachableException(
                    $"Something listens at {gateway}, but it is no guardian silo that takes clients "
                    + $"({e.GetType().Name}: {e.Message.Split('\n')[0].TrimEnd()}). Give its gateway port with "
                    + "--gateway.",
                    e);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await host.StopAsync(CancellationToken.None);
            host.Dispose();
        }
    }
}
