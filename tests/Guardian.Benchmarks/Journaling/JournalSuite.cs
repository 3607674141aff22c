using Guardian.Benchmarks.Measuring;

namespace Guardian.Benchmarks.Journaling;

/// <summary>The suite <c>journal</c>: what it costs to make events durable.</summary>
internal static class JournalSuite
{
    private static readonly string[] Notes =
    [
        "**Append.** Ours hands entries of 100 latency samples over as guardians do and waits until the last is "
        + "durable: checksums, room, queue, writer's thread, group commit, listener. The baseline is one thread that "
        + "inserts the same rows into the same table (WAL, `synchronous=FULL`) with as many rows a commit as ours had.",
        "**At 100,000 events a second.** One entry of 100 events each millisecond. The time is from the hand-over to "
        + "the word that it is durable, so it holds the wait for the group as well; the processor time is that of the "
        + "writer's thread, from the kernel's own count.",
        "**Hand-off.** `TryAppend` of a ready entry, as on a guardian's turn: two checksums of the payload stand "
        + "against a channel that passes a reference on. Entries are taken by the writer as they come.",
    ];

    /// <summary>Measures and reports.</summary>
    /// <returns>0 when every goal was met, 1 otherwise.</returns>
    public static async Task<int> RunAsync(CommandLine line, TextWriter output)
    {
        using var entries = new JournalEntries();
        List<BenchmarkRow> rows =
        [
            await AppendRows.FlatOutAsync(entries, line.Quick ? 3 : 11, line.Quick ? 5_000 : 20_000),
            .. await AppendRows.PacedAsync(entries, line.Quick ? 3 : 20),
            .. await HandOffRows.RunAsync(entries, line.Quick ? 5 : 31),
        ];
        return SuiteRun.Run(line, rows, Notes, output);
    }
}
