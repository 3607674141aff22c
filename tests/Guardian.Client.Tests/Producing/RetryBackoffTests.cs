using Guardian.Client.Producing;

namespace Guardian.Client.Tests.Producing;

public sealed class RetryBackoffTests
{
    [Fact]
    public async Task WaitAsync_FailuresInARow_DoublesToTheMostAndEndsAtTheDeadline()
    {
        ImpatientTime time = new();
        RetryBackoff backoff = new(time, Seconds(1), Seconds(4), Seconds(12));
        List<double> waited = [];
        TimeSpan before = time.Elapsed;
        while (await backoff.WaitAsync(TestContext.Current.CancellationToken))
        {
            waited.Add((time.Elapsed - before).TotalSeconds);
            before = time.Elapsed;
        }

        Assert.Equal([1, 2, 4, 4, 1], waited);
    }

    [Fact]
    public async Task Succeeded_AfterFailures_StartsPauseAndDeadlineAnew()
    {
        ImpatientTime time = new();
        RetryBackoff backoff = new(time, Seconds(1), Seconds(4), Seconds(2));
        Assert.True(await backoff.WaitAsync(TestContext.Current.CancellationToken));
        Assert.True(await backoff.WaitAsync(TestContext.Current.CancellationToken));
        Assert.False(await backoff.WaitAsync(TestContext.Current.CancellationToken));
        backoff.Succeeded();
        Assert.Equal(TimeSpan.Zero, backoff.FailingFor);
        Assert.True(await backoff.WaitAsync(TestContext.Current.CancellationToken));
        Assert.Equal(Seconds(1), backoff.FailingFor);
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
