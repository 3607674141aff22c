using System.Diagnostics.Metrics;
using Guardian.Contracts;
using Guardian.Grains.Telemetry;

namespace Guardian.Grains.Tests.Telemetry;

public sealed class GuardianMetricsTests
{
    private const int Checks = 100;

    [Fact]
    public async Task BeginCheck_OneThread_TimesItsFirstAndOneInEight()
    {
        List<bool> timed = [];
        await Task.Factory.StartNew(
            () => timed.AddRange(Enumerable.Range(0, 17).Select(_ => GuardianMetrics.BeginCheck() != 0)),
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning, // A thread of its own, which has begun nothing.
            TaskScheduler.Default);
        Assert.Equal([0, 8, 16], timed.Index().Where(one => one.Item).Select(one => one.Index));
    }

    [Fact]
    public async Task Check_Many_AllAreCountedAndSomeAreTimed()
    {
        await using Silo silo = await Silo.StartAsync();
        IMeterFactory meters = silo.Service<IMeterFactory>();
        int timed = 0;
        long counted = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            bool ours = string.Equals(instrument.Meter.Name, GuardianMetrics.MeterName, StringComparison.Ordinal);
            if (ours && ReferenceEquals(instrument.Meter.Scope, meters)) l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) =>
        {
            if (!string.Equals(instrument.Name, GuardianMetrics.CheckDuration, StringComparison.Ordinal)) return;
            Assert.InRange(value, 0, 60);
            Interlocked.Increment(ref timed);
        });
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
        {
            if (string.Equals(instrument.Name, "guardian.checks", StringComparison.Ordinal)) counted += value;
        });
        listener.Start();
        IGuardianGrain guardian = silo.Guardian("BTCUSDT");
        for (int i = 0; i < Checks; i++) await guardian.Check(new OrderRequest { OrderId = $"o-{i}", Quantity = 1 });
        listener.RecordObservableInstruments();
        Assert.Equal(Checks, counted);
        Assert.InRange(timed, 1, Checks / 2);
    }
}
