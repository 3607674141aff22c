using Guardian.Contracts;

namespace Guardian.Silo.Api;

/// <summary>Maps <c>GET /portfolio</c>: the aggregate of a session.</summary>
internal static class PortfolioEndpoints
{
    /// <summary>Maps the area.</summary>
    public static void MapPortfolio(this IEndpointRouteBuilder api) =>
        api.MapGet("/portfolio", Get)
            .WithTags("Portfolio")
            .WithSummary("Tells the view over all guardians of a session.")
            .Produces<PortfolioSummary>();

    private static async Task<IResult> Get(string? session, IGrainFactory grains) =>
        TypedResults.Ok(await grains.GetGrain<IPortfolioGrain>(QueryText.Session(session)).GetSummary());
}
