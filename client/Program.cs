namespace Guardian.Cli;

/// <summary>The operator's command line, <c>guardian</c>.</summary>
internal static class Program
{
    private static Task<int> Main(string[] args) =>
        CommandLine.RunAsync(args, CliHost.Process(), CancellationToken.None);
}
