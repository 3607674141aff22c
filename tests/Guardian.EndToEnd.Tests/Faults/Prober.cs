using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Guardian.Testing.Processes;

namespace Guardian.EndToEnd.Tests.Faults;

/// <summary>Asks a silo one decision after the other from another process, and measures each.</summary>
internal sealed class Prober(SiloProcess silo, string symbol)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(4);

    private readonly ConcurrentQueue<string> _errors = new();

    /// <summary>Gets what was not a right answer.</summary>
    public IReadOnlyCollection<string> Errors => _errors;

    /// <summary>Asks for a while.</summary>
    /// <returns>Milliseconds of each answer, in rising order.</returns>
    public async Task<double[]> AskAsync(TimeSpan during, CancellationToken stop)
    {
        List<double> times = [];
        long start = Stopwatch.GetTimestamp();
        using PeriodicTimer timer = new(Pause, TimeProvider.System);
        while (Stopwatch.GetElapsedTime(start) < during)
        {
            long asked = Stopwatch.GetTimestamp();
            try
            {
                HttpAnswer answer = await silo.Http.PostAsync(
                    "check", new { symbol, orderId = "probe", side = "Buy", quantity = 1 }, stop);
                times.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
                if (answer.Status != HttpStatusCode.OK || !(bool)answer.Body!["allowed"]!) _errors.Enqueue($"{answer}");
            }
            catch (HttpRequestException error)
            {
                _errors.Enqueue(error.Message);
            }

            await timer.WaitForNextTickAsync(stop);
        }

        return [.. times.Order()];
    }

    /// <summary>Reads a percentile of sorted times.</summary>
    public static double Percentile(double[] sorted, double part) =>
        sorted[Math.Min(sorted.Length - 1, (int)(part * sorted.Length))];
}
