using Guardian.Benchmarks.Measuring;

namespace Guardian.Benchmarks.Detecting;

/// <summary>The suite <c>detect</c>: what judgement costs in time, allocation and memory.</summary>
internal static class DetectSuite
{
    private static readonly string[] Notes =
    [
        "**Latency.** Ours is `LatencyGuardrail.Record` and a look at its level: both windows, the exact P99 rule, "
        + "significance and every deadline; 10,000 samples a second of session time. HdrHistogram records into one "
        + "histogram that is never judged and never forgets, with 2 significant digits, its nearest to our 0.78 %. "
        + "That "
        + "is less work; the row that asks it for its P99 after each value is what the same judgement costs with it.",
        "The goal of 2× is missed. Three ways were tried: one addition a sample in a histogram of the running slot (it "
        + "was two and a test for overflow); samples that change nothing but counts kept aside, counted many at "
        + "once; and "
        + "their buckets found eight at a time from the bits of floats, which is how it is now (4.7 ns before). A bare "
        + "prototype of the last, without deadlines, levels and slots, took 1.7 ns; storing a value and the next "
        + "place in a field is most of it, and HdrHistogram's whole `RecordValue` is little more on this machine.",
        "**PSI.** The goal is against a detector that keeps its window and computes the PSI anew when a value comes. "
        + "Recomputing it only every 50 values, with bins found beforehand, is the stronger baseline and stands "
        + "beside.",
        "**Local gate.** The goal against Polly (≥ 5×) belongs to the gate in the client's process, which is not built "
        + "yet (suite `gate`). The row here asks the engine inside a silo and has no goal.",
        "**Bytes.** Allocation is what the thread allocated over a million operations, divided. Memory is "
        + "`GC.GetTotalMemory` after a full collection, before and after.",
    ];

    /// <summary>Measures, reports, and writes the page where that is asked for.</summary>
    /// <returns>0 when every goal was met, 1 otherwise.</returns>
    public static int Run(CommandLine line, TextWriter output) =>
        SuiteRun.Run(line, Rows(line.Quick ? Effort.Quick : Effort.Full), Notes, output);

    private static IEnumerable<BenchmarkRow> Rows(Effort effort) =>
        new LatencyRows().Run(effort)
            .Concat(new DriftRows().Run(effort))
            .Concat(new EngineRows().Run(effort))
            .Concat(MemoryRows.Run(effort));
}
