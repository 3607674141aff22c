using System.Net.Sockets;

namespace Guardian.Testing;

/// <summary>Waits for phases: something that will be so, before a deadline.</summary>
public static class Phase
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    /// <summary>Asks until the answer is right.</summary>
    /// <param name="what">The phase in words, for the message when it is never reached.</param>
    /// <param name="within">How long to wait.</param>
    /// <param name="ask">Asks once; an <see cref="HttpRequestException"/> counts as "not yet".</param>
    /// <param name="reached">Whether the answer is the right one.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The right answer.</returns>
    /// <exception cref="TimeoutException">It was not reached; has the last answer.</exception>
    public static async Task<T> ReachAsync<T>(
        string what, TimeSpan within, Func<Task<T>> ask, Func<T, bool> reached, CancellationToken cancellationToken)
    {
        long start = TimeProvider.System.GetTimestamp();
        string last = "none";
        using PeriodicTimer timer = new(Look, TimeProvider.System);
        do
        {
            try
            {
                T answer = await ask();
                if (reached(answer)) return answer;
                last = answer?.ToString() ?? "null";
            }
            // HttpClient throws the second where a server goes away while it connects.
            catch (Exception notYet) when (notYet is HttpRequestException or SocketException)
            {
                last = notYet.Message;
            }

            await timer.WaitForNextTickAsync(cancellationToken);
        }
        while (TimeProvider.System.GetElapsedTime(start) < within);
        throw new TimeoutException(
            $"{what}: not reached within {within.TotalSeconds:0.#} s; the last answer was: {last}");
    }

    /// <summary>Asks until it is so.</summary>
    /// <param name="what">The phase in words, for the message when it is never reached.</param>
    /// <param name="within">How long to wait.</param>
    /// <param name="isSo">Asks once; an <see cref="HttpRequestException"/> counts as "not yet".</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="told">What is known so far, for the message when it is never reached.</param>
    /// <exception cref="TimeoutException">It was not reached.</exception>
    public static async Task ReachAsync(
        string what,
        TimeSpan within,
        Func<Task<bool>> isSo,
        CancellationToken cancellationToken,
        Func<string>? told = null)
    {
        try
        {
            await ReachAsync(what, within, isSo, static so => so, cancellationToken);
        }
        catch (TimeoutException late) when (told is not null)
        {
            throw new TimeoutException($"{late.Message}; {told()}", late);
        }
    }
}
