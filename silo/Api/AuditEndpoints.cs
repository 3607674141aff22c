using Guardian.Contracts;

namespace Guardian.Silo.Api;

/// <summary>Maps the log of human actions: reading and verifying it.</summary>
internal static class AuditEndpoints
{
    /// <summary>Maps the area.</summary>
    public static void MapAudit(this IEndpointRouteBuilder api)
    {
        RouteGroupBuilder audit = api.MapGroup("/audit").WithTags("Audit");
        audit.MapGet("/", List).WithSummary("Tells a page of what people did, oldest first unless asked otherwise.")
            .Produces<ItemList<AuditEntry>>();
        audit.MapGet("/verify", Verify).WithSummary("Verifies the hash chain, and names each entry that is not whole.")
            .Produces<AuditReport>();
    }

    private static async Task<IResult> List(
        string? from, string? to, string? limit, string? cursor, string? newestFirst, IGrainFactory grains)
    {
        AuditQuery query = new()
        {
            From = QueryText.Time("from", from),
            To = QueryText.Time("to", to),
            Limit = QueryText.Number("limit", limit, 100, 1, AuditQuery.MaximumLimit),
            Cursor = string.IsNullOrEmpty(cursor) ? null : cursor,
            NewestFirst = QueryText.Switch("newestFirst", newestFirst),
        };
        QueryText.Range(query.From, query.To);
        AuditPage page = await grains.GetGrain<IHistoryGrain>(0).GetAudit(query);
        return TypedResults.Ok(new ItemList<AuditEntry>(page.Items, page.Next));
    }

    private static async Task<IResult> Verify(IGrainFactory grains) =>
        TypedResults.Ok(await grains.GetGrain<IHistoryGrain>(0).VerifyAudit());
}
