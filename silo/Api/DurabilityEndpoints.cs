using Guardian.Contracts;

namespace Guardian.Silo.Api;

/// <summary>Maps <c>GET /durability</c>: how durable the whole is now.</summary>
internal static class DurabilityEndpoints
{
    /// <summary>Maps the area.</summary>
    public static void MapDurability(this IEndpointRouteBuilder api)
    {
        api.MapGet("/durability", Get)
            .WithTags("Durability")
            .WithSummary("Tells per tier: health, lag in events and seconds, what went unrecorded.")
            .Produces<DurabilityReport>();
        api.MapGet("/durability/parked", GetParked)
            .WithTags("Durability")
            .WithSummary("Tells what tiers could not store and was set apart, with the reason; the first thousand.")
            .Produces<ItemList<ParkedEntry>>();
    }

    private static async Task<IResult> GetParked(IGrainFactory grains) =>
        TypedResults.Ok(new ItemList<ParkedEntry>(await grains.GetGrain<IHistoryGrain>(0).GetParked()));

    private static async Task<IResult> Get(IGrainFactory grains) =>
        TypedResults.Ok(await grains.GetGrain<IHistoryGrain>(0).GetDurability());
}
