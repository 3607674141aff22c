using System.Diagnostics;
using Guardian.Benchmarks.Detecting;
using Guardian.Client;
using Guardian.Contracts;
using Guardian.Testing.Processes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Observation = Guardian.Contracts.Observation;

namespace Guardian.Benchmarks.Restarting;

/// <summary>Many armed guardians on a real silo: one stage of latency and two features that are judged.</summary>
/// <param name="silo">The silo; it runs.</param>
/// <param name="first">Number of the first guardian.</param>
/// <param name="count">Guardians.</param>
/// <param name="stage">The stage; <c>order-ack</c> keeps its last samples: no reading changes with time.</param>
internal sealed class Fleet(SiloProcess silo, int first, int count, string stage)
{
    private const string Producer = "bench";
    private const int Latencies = 600;
    private const int FeatureValues = 1_600;

    /// <summary>Gets the symbols.</summary>
    public IReadOnlyList<string> Symbols { get; } = [.. Enumerable.Range(first, count).Select(i => $"SYM{i:00000}")];

    /// <summary>Gets how many observations each guardian gets.</summary>
    public static int PerGuardian => Latencies + (2 * FeatureValues);

    /// <summary>Sends every guardian its data and waits until all of it is durable.</summary>
    public async Task ArmAsync()
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGuardianClient(o => o.Gateways = [silo.Gateway]);
        using IHost host = builder.Build();
        await host.StartAsync();
        IGuardianClient client = host.Services.GetRequiredService<IGuardianClient>();
        long epoch = await client.OpenProducerAsync(SymbolName.Live, Producer);
        Observation[] items = Items();
        await EachAsync(8, async symbol => await SendAsync(client, symbol, epoch, items));
        await host.StopAsync();
    }

    /// <summary>Asks every guardian for its verdict, without what names an activation.</summary>
    public async Task<IReadOnlyDictionary<string, string>> VerdictsAsync()
    {
        var verdicts = new System.Collections.Concurrent.ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        await EachAsync(16, async symbol =>
        {
            var verdict = (await silo.Http.GetAsync($"symbols/{symbol}", CancellationToken.None)).AsObject();
            foreach (string name in (string[])["epoch", "sequence", "asOf", "provenance"]) verdict.Remove(name);
            verdicts[symbol] = verdict.ToJsonString();
        });
        return verdicts;
    }

    private static async Task SendAsync(IGuardianClient client, string symbol, long epoch, Observation[] items)
    {
        var batch = new ObservationBatch
        {
            Producer = Producer, ProducerEpoch = epoch, FirstSequence = 1, Items = items,
        };
        ObserveResult result = await AskAsync(client, symbol, batch);
        if (result.Code is not (ObserveCode.Accepted or ObserveCode.Duplicate) || result.Errors.Length > 0)
            throw new InvalidOperationException($"{symbol}: {result.Code} {result.Message} {result.Errors.Length}");
        ObservationBatch question = batch with { FirstSequence = items.Length + 1, Items = [] };
        long start = Stopwatch.GetTimestamp();
        while (result.DurableThrough < items.Length)
        {
            if (Stopwatch.GetElapsedTime(start).TotalSeconds > 60)
                throw new TimeoutException($"{symbol} is durable through {result.DurableThrough} of {items.Length}.");
            result = await AskAsync(client, symbol, question);
        }
    }

    // A busy machine may leave a call unanswered; a numbered batch may be sent again.
    private static async Task<ObserveResult> AskAsync(IGuardianClient client, string symbol, ObservationBatch batch)
    {
        for (int tries = 1; ; tries++)
        {
            try
            {
                return await client.ObserveAsync(symbol, batch);
            }
            catch (GuardianUnreachableException) when (tries < 5)
            {
                // Once more.
            }
        }
    }

    private async Task EachAsync(int callers, Func<string, Task> work) => await Parallel.ForEachAsync(
        Symbols, new ParallelOptions { MaxDegreeOfParallelism = callers }, async (symbol, _) => await work(symbol));

    private Observation[] Items()
    {
        long[] latencies = Samples.Latencies();
        double[] features = Samples.Features();
        var items = new List<Observation>(PerGuardian);
        for (int i = 0; i < Latencies; i++)
            items.Add(Observation.Latency(stage, TimeSpan.FromMicroseconds(latencies[i])));
        for (int i = 0; i < FeatureValues; i++)
        {
            items.Add(Observation.Feature("score", features[i]));
            items.Add(Observation.Feature("residual", features[i + 77]));
        }

        return [.. items];
    }
}
