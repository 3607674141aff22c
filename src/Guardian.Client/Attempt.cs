using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace Guardian.Client;

/// <summary>One call under way that is given up when its time is over, without a task or a timer of its own.</summary>
/// <remarks>
/// Kept and used again: as many are made as calls are ever under way at once. One that was given up is not, since its
/// answer may still come.
/// </remarks>
internal sealed class Attempt<T> : IValueTaskSource<T>
{
    private static readonly ConcurrentQueue<Attempt<T>> Idle = new();

    private readonly Action _answered;
    private ManualResetValueTaskSourceCore<T> _outcome;
    private ConfiguredValueTaskAwaitable<T>.ConfiguredValueTaskAwaiter _asked;
    private CancellationTokenRegistration _end;
    private int _isOpen;
    private bool _isReusable;

    private Attempt() => _answered = Answered;

    /// <summary>Waits for an answer until the attempt ends.</summary>
    /// <param name="asked">The call.</param>
    /// <param name="end">Ends it: then a <see cref="TimeoutException"/> is what comes of it.</param>
    internal static ValueTask<T> Of(ValueTask<T> asked, CancellationToken end)
    {
        if (asked.IsCompleted) return asked;
        if (!Idle.TryDequeue(out Attempt<T>? attempt)) attempt = new Attempt<T>();
        return attempt.Begin(asked, end);
    }

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

    private ValueTask<T> Begin(ValueTask<T> asked, CancellationToken end)
    {
        var outcome = new ValueTask<T>(this, _outcome.Version);
        _isOpen = 1;
        _asked = asked.ConfigureAwait(false).GetAwaiter();
        _end = end.UnsafeRegister(static attempt => ((Attempt<T>)attempt!).GiveUp(), this);
        _asked.UnsafeOnCompleted(_answered); // May run at once, or beside what follows.
        return outcome;
    }

    private void Answered()
    {
        // When the end comes just now, it may still look at this attempt after the answer was taken.
        bool isAlone = _end.Unregister();
        bool isAwaited = Interlocked.Exchange(ref _isOpen, 0) == 1;
        try
        {
#pragma warning disable VSTHRD002 // It has come: nothing is waited for.
            T answer = _asked.GetResult();
#pragma warning restore VSTHRD002
            if (!isAwaited) return;
            _isReusable = isAlone;
            _outcome.SetResult(answer);
        }
        catch (Exception error)
        {
            if (!isAwaited) return; // What comes later is not looked at.
            _isReusable = isAlone;
            _outcome.SetException(error);
        }
    }

    // Many end at once, on one timer's thread.
    private void GiveUp()
    {
        if (Interlocked.Exchange(ref _isOpen, 0) == 0) return;
        _outcome.RunContinuationsAsynchronously = true;
        _outcome.SetException(
            new TimeoutException($"no answer within {AttemptDeadline.Attempt.TotalSeconds:0} s"));
    }

    private void Rest()
    {
        _isReusable = false;
        _asked = default;
        _end = default;
        _outcome.Reset();
        Idle.Enqueue(this);
    }
}
