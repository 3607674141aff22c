using Guardian.Contracts;
using Guardian.Grains.Clients;
using Guardian.Grains.Roster;

namespace Guardian.Silo.Health;

/// <summary>How the process is. Immutable.</summary>
/// <param name="Status"><c>live</c>, <c>ready</c> or <c>starting</c>.</param>
/// <param name="Reasons">What is still waited for; empty otherwise.</param>
/// <param name="Warnings">What somebody should look at, though this silo does its work.</param>
internal sealed record HealthReport(string Status, IReadOnlyList<string> Reasons, IReadOnlyList<string> Warnings);

/// <summary>Maps <c>/health/live</c> and <c>/health/ready</c>.</summary>
internal static class HealthEndpoints
{
    /// <summary>Maps both.</summary>
    public static void MapHealth(this WebApplication app)
    {
        RouteGroupBuilder health = app.MapGroup("/health").WithTags("Health");
        health.MapGet("/live", () => new HealthReport("live", [], []))
            .WithSummary("Says that the process answers.").Produces<HealthReport>();
        health.MapGet("/ready", Ready)
            .WithSummary("Says whether recovery is over; 503 with reasons until then.")
            .Produces<HealthReport>().Produces<HealthReport>(StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>Makes the answer to "ready?".</summary>
    internal static IResult Ready(IReadiness readiness, ClientsKeeper clients) => readiness.IsReady
        ? TypedResults.Ok(new HealthReport("ready", [], clients.Problems))
        : TypedResults.Json(new HealthReport("starting", [readiness.Reason], clients.Problems), GuardianJson.Options,
            statusCode: StatusCodes.Status503ServiceUnavailable);
}
