using Guardian.Grains.Telemetry;
using OpenTelemetry.Metrics;

namespace Guardian.Silo.Telemetry;

/// <summary>Tells Prometheus what the meters count: at <c>/metrics</c>, and on a port of its own where one is set.
/// </summary>
internal static class MetricsHosting
{
    private const string OrleansMeter = "Microsoft.Orleans";

    // Seconds, from 0.1 ms to 1 s with one at exactly the limit of 0.1 s.
    private static readonly double[] Buckets =
        [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

    /// <summary>Adds meters and exporter.</summary>
    public static void AddGuardianMetrics(this IServiceCollection services)
    {
        services.AddOpenTelemetry().WithMetrics(metrics =>
        {
            metrics.AddMeter(GuardianMetrics.MeterName, OrleansMeter);
            metrics.AddView(
                GuardianMetrics.CheckDuration,
                new ExplicitBucketHistogramConfiguration { Boundaries = Buckets, RecordMinMax = false });
            metrics.AddPrometheusExporter();
        });
        services.AddHostedService<MetricsListener>();
    }
}
