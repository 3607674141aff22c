namespace Guardian.Detection.Latency;

/// <summary>Arithmetic of slots aligned to the epoch that holds on the whole range of <see cref="long"/>.</summary>
internal static class SlotTime
{
    /// <summary>Gets the number of the slot that holds <paramref name="time"/>, rounded towards the past.</summary>
    public static long IndexOf(long time, long length)
    {
        long index = time / length;
        return time % length < 0 ? index - 1 : index;
    }

    /// <summary>Gets the first instant after the slot that holds <paramref name="time"/>.</summary>
    public static long EndOf(long time, long length)
    {
        long past = time % length;
        return Add(time, length - (past < 0 ? past + length : past));
    }

    /// <summary>Gets the place of a slot in a ring.</summary>
    public static int Place(long index, int count)
    {
        int place = (int)(index % count);
        return place < 0 ? place + count : place;
    }

    /// <summary>Adds a span to an instant; past the end of time the answer is "never".</summary>
    public static long Add(long time, long span) => time > long.MaxValue - span ? long.MaxValue : time + span;
}
