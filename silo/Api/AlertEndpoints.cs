using Guardian.Contracts;

namespace Guardian.Silo.Api;

/// <summary>Maps alerts: those that hold now, their history, and acknowledging.</summary>
internal static class AlertEndpoints
{
    /// <summary>Maps the area.</summary>
    public static void MapAlerts(this IEndpointRouteBuilder api)
    {
        RouteGroupBuilder alerts = api.MapGroup("/alerts").WithTags("Alerts");
        alerts.MapGet("/", List).WithSummary("Tells the alerts that are pending or firing; resolved ones when asked.")
            .Produces<ItemList<Alert>>();
        alerts.MapGet("/history", History).WithSummary("Tells the newest steps of all alerts, newest first.")
            .Produces<ItemList<AlertStep>>();
        alerts.MapPost("/{id}/ack", Acknowledge).WithSummary("Records that a person has seen an alert.")
            .Accepts<ActorBody>("application/json").Produces<ActionResult>();
    }

    private static async Task<IResult> List(string? session, string? resolved, IGrainFactory grains)
    {
        bool withResolved = QueryText.Switch("resolved", resolved);
        return TypedResults.Ok(new ItemList<Alert>(
            await grains.GetGrain<IAlertGrain>(QueryText.Session(session)).GetAlerts(withResolved)));
    }

    private static async Task<IResult> History(string? session, string? limit, IGrainFactory grains)
    {
        int most = QueryText.Number("limit", limit, 100, 1, ApiLimits.AlertSteps);
        return TypedResults.Ok(new ItemList<AlertStep>(
            await grains.GetGrain<IAlertGrain>(QueryText.Session(session)).GetHistory(most)));
    }

    private static async Task<IResult> Acknowledge(
        string id, string? session, HttpRequest request, IGrainFactory grains)
    {
        ActorBody body = await RequestBody.ReadAsync<ActorBody>(request);
        AcknowledgeRequest acknowledge = new() { Id = QueryText.Id(id), Actor = body.Actor, Reason = body.Reason };
        return SymbolEndpoints.Done(
            await grains.GetGrain<IAlertGrain>(QueryText.Session(session)).Acknowledge(acknowledge));
    }
}
