using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using Guardian.Contracts;

namespace Guardian.Client;

/// <summary>Calls of one kind that are made again where that helps. Thread-safe.</summary>
/// <remarks>
/// A call that is answered at once costs no task, no timer and, once as many were under way as ever are, no memory.
/// </remarks>
internal sealed class RepeatedCalls<TArgument, T>
{
    [ThreadStatic]
    private static Attempt? _nearest;

    private readonly ConcurrentQueue<Attempt> _idle = new();
    private readonly Lock _gate = new();
    private readonly AttemptClock _clock;
    private readonly Func<IGuardianGrain, TArgument, ValueTask<T>> _call;
    private readonly Func<IGuardianGrain, TArgument, Exception, TimeSpan, Task<T>> _again;
    private readonly List<WeakReference<Attempt>> _all = []; // One that rested with a thread goes with it.

    /// <summary>Initializes calls of one kind.</summary>
    /// <param name="clock">Ends attempts that are not answered.</param>
    /// <param name="call">Makes the call.</param>
    /// <param name="again">
    /// Goes on after a first attempt that failed: told the guardian, the argument, what happened, how long it took.
    /// </param>
    internal RepeatedCalls(
        AttemptClock clock,
        Func<IGuardianGrain, TArgument, ValueTask<T>> call,
        Func<IGuardianGrain, TArgument, Exception, TimeSpan, Task<T>> again)
    {
        (_clock, _call, _again) = (clock, call, again);
        clock.Watch(GiveUp);
    }

    /// <summary>Makes a call.</summary>
    internal ValueTask<T> Ask(IGuardianGrain guardian, TArgument argument)
    {
        ValueTask<T> asked;
        try
        {
            asked = _call(guardian, argument);
        }
        catch (Exception error)
        {
            return new ValueTask<T>(_again(guardian, argument, error, TimeSpan.Zero));
        }

        if (asked.IsCompletedSuccessfully) return asked;
        return (Resting() ?? Make()).Begin(asked, guardian, argument);
    }

    // Most calls are made by whoever has just had an answer, on the same thread.
    private Attempt? Resting()
    {
        if (_nearest is { } nearest && nearest.IsOf(this))
        {
            _nearest = null;
            return nearest;
        }

        return _idle.TryDequeue(out Attempt? attempt) ? attempt : null;
    }

    private void Rest(Attempt attempt)
    {
        if (_nearest is null) _nearest = attempt;
        else _idle.Enqueue(attempt);
    }

    private Attempt Make()
    {
        Attempt made = new(this);
        lock (_gate) _all.Add(new WeakReference<Attempt>(made));
        return made;
    }

    // One that is given up is not used again, since its answer may still come.
    private void GiveUp(long over)
    {
        List<Attempt> ended = [];
        lock (_gate)
        {
            for (int i = _all.Count - 1; i >= 0; i--)
            {
                bool isThere = _all[i].TryGetTarget(out Attempt? attempt);
                if (isThere && !attempt!.TryGiveUp(over)) continue;
                if (isThere) ended.Add(attempt!);
                _all[i] = _all[^1];
                _all.RemoveAt(_all.Count - 1);
            }
        }

        foreach (Attempt attempt in ended) attempt.GoOn();
    }

    private sealed class Attempt : IValueTaskSource<T>
    {
        private readonly RepeatedCalls<TArgument, T> _calls;
        private readonly Action _answered;
        private ManualResetValueTaskSourceCore<T> _outcome;
        private ConfiguredValueTaskAwaitable<T>.ConfiguredValueTaskAwaiter _asked;
        private IGuardianGrain? _guardian;
        private TArgument? _argument;
        private long _begun; // The tick at which it began, while it is open; 0 once it is answered or given up.
        private bool _isReusable;

        internal Attempt(RepeatedCalls<TArgument, T> calls) => (_calls, _answered) = (calls, Answered);

        T IValueTaskSource<T>.GetResult(short token)
        {
            try
            {
                return _outcome.GetResult(token);
            }
            finally
            {
                if (_isReusable) Rest();
            }
        }

        ValueTaskSourceStatus IValueTaskSource<T>.GetStatus(short token) => _outcome.GetStatus(token);

        void IValueTaskSource<T>.OnCompleted(
            Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _outcome.OnCompleted(continuation, state, token, flags);

        internal bool IsOf(RepeatedCalls<TArgument, T> calls) => _calls == calls;

        internal ValueTask<T> Begin(ValueTask<T> asked, IGuardianGrain guardian, TArgument argument)
        {
            ValueTask<T> outcome = new(this, _outcome.Version);
            (_guardian, _argument) = (guardian, argument);
            _asked = asked.ConfigureAwait(false).GetAwaiter();
            Volatile.Write(ref _begun, _calls._clock.Now);
            _asked.UnsafeOnCompleted(_answered); // May run at once, or beside what follows.
            return outcome;
        }

        // Of an answer and an end that come at once, whoever finds it open decides.
        internal bool TryGiveUp(long over)
        {
            long begun = Volatile.Read(ref _begun);
            return begun != 0 && begun <= over && Interlocked.CompareExchange(ref _begun, 0, begun) == begun;
        }

        /// <summary>Goes on after it was given up.</summary>
        internal void GoOn()
        {
            _outcome.RunContinuationsAsynchronously = true; // Many end at once, on one timer's thread.
            AgainAsync(
                new TimeoutException($"no answer within {AttemptClock.Attempt.TotalSeconds:0} s"),
                AttemptClock.Attempt).Ignore();
        }

        private void Answered()
        {
            long begun = Interlocked.Exchange(ref _begun, 0);
            T answer;
            try
            {
#pragma warning disable VSTHRD002 // It has come: nothing is waited for.
                answer = _asked.GetResult();
#pragma warning restore VSTHRD002
            }
            catch (Exception error)
            {
                if (begun == 0) return; // Of one that was given up.
                _isReusable = true;
                AgainAsync(error, (_calls._clock.Now - begun) * AttemptClock.Tick).Ignore();
                return;
            }

            if (begun == 0) return;
            _isReusable = true;
            _outcome.SetResult(answer);
        }

        private async Task AgainAsync(Exception error, TimeSpan took)
        {
            T answer;
            try
            {
                answer = await _calls._again(_guardian!, _argument!, error, took).ConfigureAwait(false);
            }
            catch (Exception last)
            {
                _outcome.SetException(last);
                return;
            }

            _outcome.SetResult(answer);
        }

        private void Rest()
        {
            _isReusable = false;
            _asked = default;
            (_guardian, _argument) = (null, default);
            _outcome.Reset();
            _calls.Rest(this);
        }
    }
}
