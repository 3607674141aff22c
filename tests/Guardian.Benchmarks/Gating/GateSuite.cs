using System.Diagnostics;
using Guardian.Benchmarks.Measuring;
using Guardian.Client;
using Guardian.Client.Gating;
using Guardian.Testing.Processes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.CircuitBreaker;

namespace Guardian.Benchmarks.Gating;

/// <summary>The suite <c>gate</c>: an order asked for in memory, beside a closed circuit breaker of Polly.</summary>
internal static class GateSuite
{
    private static readonly string[] Notes =
    [
        "The gate is kept by a real silo in another process while it is asked; one thread asks for one watched symbol. "
        + "The baseline executes a callback that does nothing through a Polly 8 pipeline with a closed circuit "
        + "breaker of default settings.",
    ];

    /// <summary>Measures and reports.</summary>
    /// <returns>0 when every goal was met, 1 otherwise.</returns>
    public static async Task<int> RunAsync(CommandLine line, TextWriter output)
    {
        await using SiloProcess silo = new();
        await silo.StartAsync(CancellationToken.None);
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGuardianClient(o => o.Gateways = [silo.Gateway]);
        using IHost host = builder.Build();
        await host.StartAsync();
        GuardianGates gates = host.Services.GetRequiredService<GuardianGates>();
        while (gates.Gate("BTCUSDT") != GateAnswer.Allowed)
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        ResiliencePipeline polly = new ResiliencePipelineBuilder()
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions()).Build();
        int repeats = line.Quick ? 3 : 15;
        int count = line.Quick ? 200_000 : 5_000_000;
        double[] ours = new double[repeats];
        double[] bare = new double[repeats];
        double bytes = 0;
        for (int i = -1; i < repeats; i++) // Once more than is counted: the code is compiled by then.
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            double own = Asking(gates, count);
            bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)count;
            double other = Executing(polly, count);
            if (i >= 0) (ours[i], bare[i]) = (own, other);
        }

        await host.StopAsync();
        Spread ratio = Spread.Of(bare.Zip(ours, (b, o) => b / o));
        BenchmarkRow[] rows =
        [
            new(
                "gate of a watched symbol", "ns", Spread.Of(ours), "Polly circuit breaker, closed", Spread.Of(bare),
                ratio, "≥ 5×", ratio.Median >= 5),
            BenchmarkRow.AtMost("gate of a watched symbol, allocated", "bytes", Math.Round(bytes, 3), 0),
        ];
        return SuiteRun.Run(line, rows, Notes, output);
    }

    private static double Asking(GuardianGates gates, int count)
    {
        int allowed = 0;
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            if (gates.Gate("BTCUSDT") == GateAnswer.Allowed) allowed++;
        }

        double nanoseconds = Stopwatch.GetElapsedTime(start).TotalNanoseconds / count;
        return allowed == count
            ? nanoseconds
            : throw new InvalidOperationException($"Invariant: {count - allowed} were not allowed.");
    }

    private static double Executing(ResiliencePipeline polly, int count)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++) polly.Execute(static () => { });
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / count;
    }
}
