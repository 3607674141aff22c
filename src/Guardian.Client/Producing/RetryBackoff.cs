namespace Guardian.Client.Producing;

/// <summary>Decides how long to wait before the next attempt, and when to give up. Not thread safe.</summary>
/// <remarks>The pause doubles from its least to its most; any success starts it and the deadline anew.</remarks>
public sealed class RetryBackoff
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _least;
    private readonly TimeSpan _most;
    private readonly TimeSpan _deadline;
    private TimeSpan _next;
    private long _failingSince;
    private bool _failing;

    /// <summary>Makes a back-off.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="least">The first pause, &gt; 0.</param>
    /// <param name="most">The longest pause, ≥ <paramref name="least"/>.</param>
    /// <param name="deadline">How long failures may follow each other before it gives up, ≥ 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The pauses contradict each other.</exception>
    public RetryBackoff(TimeProvider time, TimeSpan least, TimeSpan most, TimeSpan deadline)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(least, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(most, least);
        ArgumentOutOfRangeException.ThrowIfLessThan(deadline, TimeSpan.Zero);
        (_time, _least, _most, _deadline, _next) = (time, least, most, deadline, least);
    }

    /// <summary>Gets how long failures have followed each other; zero after a success.</summary>
    public TimeSpan FailingFor => _failing ? _time.GetElapsedTime(_failingSince) : TimeSpan.Zero;

    /// <summary>Forgets the failures.</summary>
    public void Succeeded() => (_failing, _next) = (false, _least);

    /// <summary>Waits before the next attempt.</summary>
    /// <returns>False when the deadline is over: give up.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public async Task<bool> WaitAsync(CancellationToken cancellationToken)
    {
        if (!_failing) (_failing, _failingSince) = (true, _time.GetTimestamp());
        TimeSpan left = _deadline - FailingFor;
        if (left <= TimeSpan.Zero) return false;
        TimeSpan pause = _next < left ? _next : left;
        _next = _next * 2 < _most ? _next * 2 : _most;
        await Task.Delay(pause, _time, cancellationToken);
        return true;
    }
}
