using System.CommandLine;
using Guardian.Cli.Output;
using Guardian.Client;
using Guardian.Contracts;
using Spectre.Console;

namespace Guardian.Cli.Commands;

/// <summary><c>guardian history</c>: what happened to a symbol.</summary>
internal static class HistoryCommand
{
    private const int MostEvents = 10_000_000;

    private static readonly Argument<string> Symbol = new("symbol") { Description = "The symbol." };

    private static readonly Option<string?> From =
        new("--from") { Description = "First session time, inclusive.", HelpName = "time" };

    private static readonly Option<string?> To =
        new("--to") { Description = "Last session time, exclusive.", HelpName = "time" };

    private static readonly Option<HistoryKind[]> Kind =
        new("--kind", "-k") { Description = "Kinds wanted; may be repeated. By default all.", HelpName = "kind" };

    private static readonly Option<int> Limit = new("--limit", "-n")
    {
        Description = "Most events.", HelpName = "events", DefaultValueFactory = _ => 1_000,
    };

    private static readonly Option<bool> Newest = new("--newest") { Description = "The newest first." };

    public static Command Make(CliHost host)
    {
        Option<string> session = GlobalOptions.Session(SymbolName.Live);
        Command command = new("history", """
            Tells the stored events of a symbol in order of time. With --output json one event a line (NDJSON).

            Examples:
              guardian history BTCUSDT.usdm --session replay --kind transition
              guardian history BTCUSDT --newest --limit 20 --output json
            """)
        {
            Symbol, From, To, Kind, Limit, Newest, session,
        };
        return command.Does(host, invocation =>
        {
            HistoryQuery query = new()
            {
                Symbol = invocation.KeyOf(invocation.Get(Symbol)!, session),
                From = invocation.TimeOf(From),
                To = invocation.TimeOf(To),
                Kinds = [.. (invocation.Get(Kind) ?? []).Distinct()],
                NewestFirst = invocation.Get(Newest),
            };
            int limit = invocation.Get(Limit);
            if (limit is < 1 or > MostEvents)
                throw new UsageException($"Condition failed: --limit is {limit}; it takes 1 to {MostEvents}.");
            if (query.From.HasValue && query.To.HasValue && query.From >= query.To)
                throw new UsageException($"Condition failed: --from {query.From} is not before --to {query.To}.");
            return invocation.WithClientAsync(client => ShowAsync(invocation, client, query, limit));
        });
    }

    /// <summary>Reads pages until the limit or the end.</summary>
    public static async IAsyncEnumerable<HistoryEvent> ReadAsync(IGuardianClient client, HistoryQuery query, long limit)
    {
        string? cursor = null;
        while (limit > 0)
        {
            HistoryPage page = await client.GetHistoryAsync(
                query with { Cursor = cursor, Limit = (int)Math.Min(limit, HistoryQuery.MaximumLimit) });
            foreach (HistoryEvent item in page.Items) yield return item;
            limit -= page.Items.Length;
            cursor = page.Next;
            if (cursor is null) yield break;
        }
    }

    private static async Task<int> ShowAsync(
        Invocation invocation, IGuardianClient client, HistoryQuery query, int limit)
    {
        Table table = Invocation.TableOf("at", "kind", "what", "value", "from", "to", "state", "text");
        await foreach (HistoryEvent item in ReadAsync(client, query, limit))
        {
            if (invocation.Json) invocation.WriteJson(item);
            else Add(table, item);
        }

        if (!invocation.Json) invocation.Draw(table);
        return ExitCode.Done;
    }

    private static void Add(Table table, HistoryEvent item) => table.AddRow(
        Views.Cell(Views.Time(item.At)),
        Views.Cell(GuardianJson.Write(item.Kind).Trim('"')),
        Views.Cell(string.Join(
            ' ', new[] { item.Guardrail, item.Observed?.ToString(), item.Subject }.Where(t => t is not null))),
        Views.Cell(item.Value is { } value ? Views.Short(value) : string.Empty),
        Views.Cell(item.From),
        Views.Cell(item.To),
        Views.Cell(item.TradingState?.ToString()),
        Views.Cell(item.Text ?? string.Join("; ", (item.Reasons ?? []).Select(Views.Text))));
}
