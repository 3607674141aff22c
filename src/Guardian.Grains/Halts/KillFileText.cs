using Guardian.Contracts;

namespace Guardian.Grains.Halts;

/// <summary>What our own kill file says: who, why, and how it is lifted. Pure.</summary>
public static class KillFileText
{
    private const string IdMark = "hold: ";

    /// <summary>Writes the text for a hold; the same hold gives the same text for ever.</summary>
    public static string Of(Hold hold) => $"""
        Guardian's kill file: the portfolio of session {hold.Session} is held.
        {IdMark}{hold.Id}
        state: {hold.State}
        by: {OneLine(hold.Actor)}
        since: {hold.Since}
        why: {OneLine(hold.Reason)}

        To lift it: guardian release {hold.Id} --actor NAME --reason "..."
        The release deletes this file. Deleting it by hand does not lift the hold.
        Touching or changing it holds the portfolio anew, until it is removed and that hold is released too.

        """.ReplaceLineEndings("\n");

    /// <summary>Gives the time of writing that the file shows; to the file system's precision of 100 ns.</summary>
    public static DateTime TimeOf(Hold hold) => DateTime.UnixEpoch.AddTicks(hold.Since.UnixNanoseconds / 100);

    /// <summary>Finds the hold's id in a text; null where it is not a text of ours.</summary>
    public static string? IdIn(string text)
    {
        string? line = text.Split('\n').Skip(1).FirstOrDefault();
        return line?.StartsWith(IdMark, StringComparison.Ordinal) == true ? line[IdMark.Length..] : null;
    }

    /// <summary>Makes one line of a text: what controls a terminal becomes a blank.</summary>
    internal static string OneLine(string? text) =>
        string.Concat((text ?? string.Empty).Select(c => char.IsControl(c) ? ' ' : c)).Trim();
}
