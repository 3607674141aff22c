using System.CommandLine;
using Guardian.Cli.Recordings;
using Guardian.Client;
using Guardian.Contracts;

namespace Guardian.Cli.Commands;

/// <summary><c>guardian observe</c>: reports one observation, or a file of them.</summary>
internal static class ObserveCommand
{
    private static readonly Argument<string?> Symbol = new("symbol")
    {
        Description = "The symbol it is about; not with --file, whose lines name theirs.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string?> Stage =
        new("--stage")
        {
            Description = "A stage such as order-ack; with --latency-ms or --pending-ms.", HelpName = "name",
        };

    private static readonly Option<double?> LatencyMs =
        new("--latency-ms") { Description = "A latency of the stage, in milliseconds.", HelpName = "ms" };

    private static readonly Option<double?> PendingMs =
        new("--pending-ms")
        {
            Description = "The age of the oldest unanswered order, in milliseconds.", HelpName = "ms",
        };

    private static readonly Option<string?> Feature =
        new("--feature") { Description = "A feature; with --value.", HelpName = "name" };

    private static readonly Option<double?> Value =
        new("--value") { Description = "The feature's value.", HelpName = "number" };

    private static readonly Option<string?> At =
        new("--at") { Description = "When it was observed; by default on arrival.", HelpName = "time" };

    private static readonly Option<string?> FileName =
        new("--file", "-f")
        {
            Description = "Observations as NDJSON, one a line; - reads standard input.", HelpName = "file",
        };

    private static readonly Option<string> Producer = new("--producer")
    {
        Description = "Who reports.", HelpName = "name", DefaultValueFactory = _ => "cli",
    };

    public static Command Make(CliHost host)
    {
        Option<string> session = GlobalOptions.Session(SymbolName.Live);
        Command command = new("observe", """
            Reports observations. They are not numbered: a repeat counts twice ('replay' numbers them).
            Exit code 1 when any item was refused or any line is bad; the others are taken.

            Examples:
              guardian observe BTCUSDT --stage order-ack --latency-ms 12.5
              guardian observe BTCUSDT --feature score --value 0.3
              guardian observe --file observations.ndjson
            A line: {"symbol":"BTCUSDT","kind":"latency","subject":"order-ack","value":12.5}
            """)
        {
            Symbol, Stage, LatencyMs, PendingMs, Feature, Value, At, FileName, Producer, session,
        };
        return command.Does(host, invocation => invocation.Get(FileName) is { } file
            ? FileAsync(invocation, file, session)
            : OneAsync(invocation, session));
    }

    private static Task<int> OneAsync(Invocation invocation, Option<string> session)
    {
        if (invocation.Get(Symbol) is not { } symbol)
            throw new UsageException("Condition failed: there is neither a symbol nor --file; give one.");
        string key = invocation.KeyOf(symbol, session);
        Observation observation = ObservationOf(invocation);
        return invocation.WithClientAsync(async client =>
        {
            ObserveResult result = await client.ObserveAsync(key, BatchOf(invocation, [observation]));
            if (invocation.Json) invocation.WriteJson(result);
            else Show(invocation, key, result);
            return IsTaken(result) ? ExitCode.Done : ExitCode.No;
        });
    }

    private static Observation ObservationOf(Invocation invocation)
    {
        Timestamp at = invocation.TimeOf(At);
        (string? stage, string? feature) = (invocation.Get(Stage), invocation.Get(Feature));
        (double? latency, double? pending, double? value) =
            (invocation.Get(LatencyMs), invocation.Get(PendingMs), invocation.Get(Value));
        if (stage is not null && feature is not null)
            throw new UsageException("Condition failed: --stage and --feature contradict each other; give one.");
        if (stage is not null && value is null && latency.HasValue != pending.HasValue)
        {
            TimeSpan time = Milliseconds(latency.HasValue ? "--latency-ms" : "--pending-ms", latency ?? pending!.Value);
            return latency.HasValue ? Observation.Latency(stage, time, at) : Observation.Pending(stage, time, at);
        }

        if (feature is not null && value is { } number && latency is null && pending is null)
            return Observation.Feature(feature, number, at);
        throw new UsageException(
            "Condition failed: an observation takes --stage with --latency-ms or --pending-ms, "
            + "or --feature with --value; nothing more and nothing less.");
    }

    private static TimeSpan Milliseconds(string name, double value) =>
        value is >= 0 and <= 86_400_000 ? TimeSpan.FromMilliseconds(value) : throw new UsageException(
            $"Condition failed: {name} is {value}; it takes 0 to 86400000 (a day).");

    private static async Task<int> FileAsync(Invocation invocation, string file, Option<string> session)
    {
        if (invocation.Get(Symbol) is not null || invocation.Has(Stage) || invocation.Has(Feature))
            throw new UsageException(
                "Condition failed: --file and a single observation contradict each other; give one.");
        RecordingReport report = new(file);
        // The whole file is looked at first, so that a broken one does nothing half.
        List<RecordedItem> items = [.. Read(invocation, file, report)];
        ILookup<string, RecordedItem> bySymbol =
            items.ToLookup(i => invocation.KeyOf(i.Symbol, session), StringComparer.Ordinal);
        await using IGuardianConnection connection = await invocation.ConnectAsync();
        List<SymbolResult> results = [];
        foreach (IGrouping<string, RecordedItem> group in bySymbol)
        {
            foreach (RecordedItem[] part in group.Chunk(ObservationBatch.MaximumItems))
            {
                ObservationBatch batch = BatchOf(invocation, [.. part.Select(i => i.Observation)]);
                results.Add(new SymbolResult(group.Key, await connection.Client.ObserveAsync(group.Key, batch)));
            }
        }

        if (invocation.Json) invocation.WriteJson(new ItemList<SymbolResult>(results));
        else results.ForEach(r => Show(invocation, r.Symbol, r.Result));
        BadRows.Show(invocation, [report]);
        return report.BadRowCount == 0 && results.TrueForAll(r => IsTaken(r.Result)) ? ExitCode.Done : ExitCode.No;
    }

    private static IEnumerable<RecordedItem> Read(Invocation invocation, string file, RecordingReport report)
    {
        IEnumerable<(long Number, string Line)> lines = file == "-"
            ? FromInput(invocation.Host.In)
            : NdjsonOf(RecordingFile.Open(file)).Lines();
        foreach ((long number, string line) in lines)
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            if (report.Rows >= 1_000_000)
                throw new UsageException($"Condition failed: '{file}' has more than 1000000 observations; use "
                    + "'guardian replay' or split it.");
            report.Row();
            if (!ObservationLine.TryRead(line, timeNeeded: false, out RecordedItem item, out string error))
                report.Bad(number, error);
            else
                yield return item;
        }
    }

    private static RecordingFile NdjsonOf(RecordingFile file) =>
        file.Format == RecordingFormat.Observations ? file : throw new UsageException(
            $"Condition failed: '{file.Path}' holds no NDJSON; 'guardian replay' reads recordings.");

    private static IEnumerable<(long Number, string Line)> FromInput(TextReader input)
    {
        long number = 0;
        while (input.ReadLine() is { } line) yield return (++number, line);
    }

    private static ObservationBatch BatchOf(Invocation invocation, Observation[] items) =>
        new() { Producer = invocation.Get(Producer)!, ProducerEpoch = 0, FirstSequence = 1, Items = items };

    private static bool IsTaken(ObserveResult result) =>
        result.Code == ObserveCode.Accepted && result.Errors.Length == 0;

    private static void Show(Invocation invocation, string key, ObserveResult result)
    {
        string code = GuardianJson.Write(result.Code).Trim('"');
        invocation.WriteLine($"{key}: {code}, {result.Accepted} taken, {result.Errors.Length} refused");
        if (result.Message is { } message) invocation.WriteError(message);
        foreach (ItemError error in result.Errors)
            invocation.WriteError($"  item {error.Index}: {error.Field} is {error.Value}; {error.Limit}");
    }

    /// <summary>The answer to one batch of a file.</summary>
    private sealed record SymbolResult(string Symbol, ObserveResult Result);
}
