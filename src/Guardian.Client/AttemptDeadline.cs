namespace Guardian.Client;

/// <summary>When an attempt that is not answered is given up, without a timer for each. Thread safe.</summary>
/// <remarks>
/// Attempts that begin within the same tenth of a second share one end, so one may last a tenth longer.
/// </remarks>
internal sealed class AttemptDeadline(TimeProvider time)
{
    /// <summary>How long an attempt lasts at least.</summary>
    internal static readonly TimeSpan Attempt = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Shared = TimeSpan.FromMilliseconds(100);

    private Bucket? _newest;

    /// <summary>Gets the end of an attempt that begins now.</summary>
    internal CancellationToken Newest()
    {
        Bucket? newest = Volatile.Read(ref _newest);
        if (newest is not null && time.GetElapsedTime(newest.Begun) < Shared) return newest.End.Token;
        // Two that do so at once have one timer each, and one of both is shared.
#pragma warning disable CA2000 // Its timer runs out by itself, and attempts may look at it until then.
        newest = new Bucket(time.GetTimestamp(), new CancellationTokenSource(Attempt + Shared, time));
#pragma warning restore CA2000
        Volatile.Write(ref _newest, newest);
        return newest.End.Token;
    }

    private sealed record Bucket(long Begun, CancellationTokenSource End);
}
