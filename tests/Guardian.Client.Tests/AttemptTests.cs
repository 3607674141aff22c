namespace Guardian.Client.Tests;

public sealed class AttemptTests
{
    [Fact]
    public async Task Of_Answered_IsTheAnswer()
    {
        var call = new TaskCompletionSource<int>();
        ValueTask<int> attempt = Attempt<int>.Of(new ValueTask<int>(call.Task), CancellationToken.None);
        Assert.False(attempt.IsCompleted);
        call.SetResult(7);
        Assert.Equal(7, await attempt);
    }

    [Fact]
    public async Task Of_Failed_IsTheError()
    {
        var call = new TaskCompletionSource<int>();
        ValueTask<int> attempt = Attempt<int>.Of(new ValueTask<int>(call.Task), CancellationToken.None);
        call.SetException(new IOException("cut"));
        IOException error = await Assert.ThrowsAsync<IOException>(async () => await attempt);
        Assert.Equal("cut", error.Message);
    }

    [Fact]
    public async Task Of_EndComesFirst_TimesOutAndTheLateAnswerReachesNobody()
    {
        var late = new TaskCompletionSource<int>();
        using var end = new CancellationTokenSource();
        ValueTask<int> attempt = Attempt<int>.Of(new ValueTask<int>(late.Task), end.Token);
        await end.CancelAsync();
        TimeoutException error = await Assert.ThrowsAsync<TimeoutException>(async () => await attempt);
        Assert.Equal("no answer within 1 s", error.Message);

        var next = new TaskCompletionSource<int>();
        ValueTask<int> other = Attempt<int>.Of(new ValueTask<int>(next.Task), CancellationToken.None);
        late.SetResult(1);
        Assert.False(other.IsCompleted);
        next.SetResult(2);
        Assert.Equal(2, await other);
    }

    [Fact]
    public async Task Of_AnswerAndEndAtOnce_EachAttemptHasItsOwnAnswerOrTimesOut()
    {
        const int Rounds = 300, Together = 50;
        int answered = 0, ended = 0;
        for (int round = 0; round < Rounds; round++)
        {
            using var end = new CancellationTokenSource();
            var calls = new TaskCompletionSource<int>[Together];
            var attempts = new Task<int>[Together];
            for (int i = 0; i < Together; i++)
            {
                // Some answers run on on the thread that gives them, as those of a grain in the same process do.
                calls[i] = new TaskCompletionSource<int>(
                    i % 2 == 0 ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);
                attempts[i] = Attempt<int>.Of(new ValueTask<int>(calls[i].Task), end.Token).AsTask();
            }

            await Task.WhenAll(
                Task.Run(() => Answer(calls), TestContext.Current.CancellationToken),
                Task.Run(() => end.Cancel(), TestContext.Current.CancellationToken));
            for (int i = 0; i < Together; i++)
            {
                try
                {
                    Assert.Equal(i, await attempts[i]);
                    answered++;
                }
                catch (TimeoutException)
                {
                    ended++;
                }
            }
        }

        Assert.Equal(Rounds * Together, answered + ended);
        Assert.True(answered > 0, "No answer was in time.");
        Assert.True(ended > 0, "No end was in time.");
    }

    private static void Answer(TaskCompletionSource<int>[] calls)
    {
        for (int i = 0; i < calls.Length; i++) calls[i].SetResult(i);
    }
}
