using Microsoft.Extensions.Time.Testing;

namespace Guardian.Client.Tests;

public sealed class RepeatedCallsTests : IDisposable
{
    private static readonly TimeSpan Tick = AttemptClock.Tick;

    private readonly FakeTimeProvider _time = new();
    private readonly AttemptClock _clock;
    private readonly RepeatedCalls<TaskCompletionSource<int>, int> _calls;
    private readonly List<(Exception Error, TimeSpan Took)> _again = [];

    public RepeatedCallsTests()
    {
        _clock = new AttemptClock(_time);
        _calls = new RepeatedCalls<TaskCompletionSource<int>, int>(
            _clock,
            static (_, call) => new ValueTask<int>(call.Task),
            (_, _, error, took) =>
            {
                lock (_again) _again.Add((error, took));
                return error is IOException ? Task.FromException<int>(error) : Task.FromResult(-1);
            });
    }

    public void Dispose() => _clock.Dispose();

    [Fact]
    public async Task Ask_Answered_IsTheAnswer()
    {
        var call = new TaskCompletionSource<int>();
        ValueTask<int> asked = Ask(call);
        Assert.False(asked.IsCompleted);
        call.SetResult(7);
        Assert.Equal(7, await asked);
        Assert.Empty(_again);
    }

    [Fact]
    public async Task Ask_AnsweredManyTimes_EachHasItsOwnAnswer()
    {
        for (int i = 0; i < 100; i++)
        {
            var one = new TaskCompletionSource<int>();
            var other = new TaskCompletionSource<int>();
            ValueTask<int> first = Ask(one);
            ValueTask<int> second = Ask(other);
            other.SetResult(-i);
            Assert.Equal(-i, await second);
            one.SetResult(i);
            Assert.Equal(i, await first);
        }
    }

    [Fact]
    public async Task Ask_Failed_IsGoneOnWithAndTold()
    {
        var call = new TaskCompletionSource<int>();
        ValueTask<int> asked = Ask(call);
        _time.Advance(3 * Tick);
        call.SetException(new InvalidOperationException("moving"));
        Assert.Equal(-1, await asked);
        (Exception error, TimeSpan took) = Assert.Single(_again);
        Assert.Equal(("moving", 3 * Tick), (error.Message, took));
    }

    [Fact]
    public async Task Ask_GoingOnFails_IsItsError()
    {
        var call = new TaskCompletionSource<int>();
        ValueTask<int> asked = Ask(call);
        call.SetException(new IOException("cut"));
        IOException error = await Assert.ThrowsAsync<IOException>(async () => await asked);
        Assert.Equal("cut", error.Message);
    }

    [Fact]
    public async Task Ask_NotAnsweredInASecond_IsGoneOnWithAndTheLateAnswerReachesNobody()
    {
        _time.Advance(5 * Tick);
        var late = new TaskCompletionSource<int>();
        ValueTask<int> asked = Ask(late);
        for (int i = 0; i < 10; i++) _time.Advance(Tick);
        Assert.Empty(_again);
        _time.Advance(Tick);
        Assert.Equal(-1, await asked);
        (Exception error, TimeSpan took) = Assert.Single(_again);
        Assert.Equal(("no answer within 1 s", AttemptClock.Attempt), (error.Message, took));

        var next = new TaskCompletionSource<int>();
        ValueTask<int> other = Ask(next);
        late.SetResult(1);
        Assert.False(other.IsCompleted);
        next.SetResult(2);
        Assert.Equal(2, await other);
    }

    [Fact]
    public async Task Ask_AnswerAndEndAtOnce_EachHasItsOwnAnswerOrIsGoneOnWith()
    {
        const int Rounds = 300, Together = 50;
        int answered = 0, ended = 0;
        for (int round = 0; round < Rounds; round++)
        {
            var calls = new TaskCompletionSource<int>[Together];
            var asked = new Task<int>[Together];
            for (int i = 0; i < Together; i++)
            {
                // Some answers run on on the thread that gives them, as those of a grain in the same process do.
                calls[i] = new TaskCompletionSource<int>(
                    i % 2 == 0 ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);
                asked[i] = Ask(calls[i]).AsTask();
            }

            for (int i = 0; i < 10; i++) _time.Advance(Tick);
            await Task.WhenAll(
                Task.Run(() => Answer(calls), TestContext.Current.CancellationToken),
                Task.Run(() => _time.Advance(Tick), TestContext.Current.CancellationToken));
            for (int i = 0; i < Together; i++)
            {
                int answer = await asked[i];
                if (answer == -1) ended++;
                else answered++;
                Assert.True(answer == -1 || answer == i, $"call {i} has the answer {answer}");
            }
        }

        Assert.Equal(ended, _again.Count);
        Assert.True(answered > 0, "No answer was in time.");
        Assert.True(ended > 0, "No end was in time.");
    }

    private static void Answer(TaskCompletionSource<int>[] calls)
    {
        for (int i = 0; i < calls.Length; i++) calls[i].SetResult(i);
    }

    // Which guardian is asked plays no part here.
    private ValueTask<int> Ask(TaskCompletionSource<int> call) => _calls.Ask(null!, call);
}
