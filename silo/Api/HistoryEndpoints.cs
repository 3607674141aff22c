using System.Globalization;
using System.Text;
using System.Text.Json;
using Guardian.Contracts;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Guardian.Silo.Api;

/// <summary>How a page of history is written.</summary>
internal enum HistoryFormat
{
    /// <summary>One JSON list.</summary>
    Json = 0,

    /// <summary>One JSON object a line.</summary>
    Ndjson = 1,

    /// <summary>Comma-separated values with a header line (RFC 4180).</summary>
    Csv = 2,
}

/// <summary>Maps what a symbol's history can be asked for.</summary>
internal static class HistoryEndpoints
{
    private const string CsvType = "text/csv";

    /// <summary>Maps the area.</summary>
    public static void MapHistory(this IEndpointRouteBuilder api)
    {
        api.MapGet("/symbols/{symbol}/history", History)
            .WithTags("History")
            .WithSummary("Tells a page of events; JSON, NDJSON or CSV by Accept, the next page by Link where no list.")
            .Produces<ItemList<HistoryEvent>>(StatusCodes.Status200OK, "application/json", RequestBody.Ndjson, CsvType);
        api.MapGet("/symbols/{symbol}/series", Series)
            .WithTags("History")
            .WithSummary("Tells downsampled latency percentiles; windows are aligned to the Unix epoch.")
            .Produces<ItemList<SeriesPoint>>();
    }

    private static async Task<IResult> History(
        string symbol, string? from, string? to, string? kind, string? cursor, string? limit, string? newestFirst,
        HttpContext context, IGrainFactory grains)
    {
        HistoryQuery query = new()
        {
            Symbol = QueryText.Symbol(symbol).Key,
            From = QueryText.Time("from", from),
            To = QueryText.Time("to", to),
            Kinds = QueryText.Kinds(kind),
            Cursor = string.IsNullOrEmpty(cursor) ? null : cursor,
            Limit = QueryText.Number("limit", limit, 1_000, 1, HistoryQuery.MaximumLimit),
            NewestFirst = QueryText.Switch("newestFirst", newestFirst),
        };
        QueryText.Range(query.From, query.To);
        HistoryFormat format = FormatOf(context.Request.Headers.Accept);
        HistoryPage page = await grains.GetGrain<IHistoryGrain>(0).Query(query);
        if (format == HistoryFormat.Json)
            return TypedResults.Ok(new ItemList<HistoryEvent>(page.Items, page.Next));
        if (page.Next is not null) context.Response.Headers.Link = NextLink(context.Request, page.Next);
        return format == HistoryFormat.Csv
            ? TypedResults.Text(HistoryCsv.Write(page.Items), CsvType, Encoding.UTF8)
            : TypedResults.Text(Lines(page.Items), RequestBody.Ndjson, Encoding.UTF8);
    }

    private static async Task<IResult> Series(
        string symbol, string? metric, string? from, string? to, string? step, IGrainFactory grains)
    {
        if (string.IsNullOrEmpty(metric))
            throw new RequestRefusedException(Refusal.Of("metric", null, "latency.STAGE such as latency.market-data"));
        SeriesQuery query = new()
        {
            Symbol = QueryText.Symbol(symbol).Key,
            Metric = metric,
            From = Given("from", from),
            To = Given("to", to),
            Step = QueryText.Step(step),
        };
        QueryText.Range(query.From, query.To);
        CheckPoints(query);
        return TypedResults.Ok(new ItemList<SeriesPoint>(await grains.GetGrain<IHistoryGrain>(0).Series(query)));
    }

    /// <summary>Refuses a range of more windows than an answer may have.</summary>
    internal static void CheckPoints(SeriesQuery query)
    {
        long span = query.To.UnixNanoseconds - query.From.UnixNanoseconds;
        long points = span / (query.Step.Ticks * 100);
        if (points <= ApiLimits.SeriesPoints) return;
        throw new RequestRefusedException(Refusal.Of("step", query.Step.ToString(),
            $"a step that makes at most {ApiLimits.SeriesPoints} windows of the range (this one makes {points})"));
    }

    /// <summary>Chooses the format by the Accept header; JSON where it says nothing we have.</summary>
    internal static HistoryFormat FormatOf(StringValues accept)
    {
        if (!MediaTypeHeaderValue.TryParseList(accept, out IList<MediaTypeHeaderValue>? types))
            return HistoryFormat.Json;
        foreach (MediaTypeHeaderValue type in types.OrderByDescending(t => t.Quality ?? 1))
        {
            if (type.MediaType.Equals(CsvType, StringComparison.OrdinalIgnoreCase)) return HistoryFormat.Csv;
            if (type.MediaType.Equals(RequestBody.Ndjson, StringComparison.OrdinalIgnoreCase)
                || type.MediaType.Equals("application/ndjson", StringComparison.OrdinalIgnoreCase))
                return HistoryFormat.Ndjson;
            if (type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase))
                return HistoryFormat.Json;
        }

        return HistoryFormat.Json;
    }

    private static Timestamp Given(string field, string? text)
    {
        Timestamp time = QueryText.Time(field, text);
        return time.HasValue
            ? time
            : throw new RequestRefusedException(
                Refusal.Of(field, text, "an RFC 3339 time such as 2026-01-31T12:00:00Z"));
    }

    private static string Lines(HistoryEvent[] items)
    {
        StringBuilder lines = new();
        foreach (HistoryEvent item in items)
            lines.Append(JsonSerializer.Serialize(item, GuardianJson.Options)).Append('\n');
        return lines.ToString();
    }

    private static string NextLink(HttpRequest request, string cursor)
    {
        QueryString query = QueryString.Create(
            request.Query.Where(p => !string.Equals(p.Key, "cursor", StringComparison.OrdinalIgnoreCase)))
            .Add("cursor", cursor);
        return string.Create(CultureInfo.InvariantCulture, $"<{request.PathBase}{request.Path}{query}>; rel=\"next\"");
    }
}
