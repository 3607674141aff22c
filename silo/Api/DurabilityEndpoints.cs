using Guardian.Contracts;
using Guardian.Storage;
using Guardian.Storage.History;
using Guardian.Storage.Verifying;

namespace Guardian.Silo.Api;

/// <summary>Maps how durable the whole is now, and the comparison of this silo's tiers.</summary>
internal static class DurabilityEndpoints
{
    // Reading everything is heavy: one at a time, the next is refused.
    private static readonly SemaphoreSlim Verifying = new(1, 1);

    /// <summary>Maps the area.</summary>
    public static void MapDurability(this IEndpointRouteBuilder api)
    {
        RouteGroupBuilder durability = api.MapGroup("/durability").WithTags("Durability");
        durability.MapGet("/", Get)
            .WithSummary("Tells per tier: health, lag in events and seconds, what went unrecorded.")
            .Produces<DurabilityReport>();
        durability.MapGet("/verify", Verify)
            .WithSummary("Checks every stored row of this silo and compares its tiers.").Produces<VerifyReport>();
        durability.MapPost("/verify", Repair)
            .WithSummary("The same, and puts the journal's events in place of what the history lacks or has otherwise.")
            .Produces<VerifyReport>();
        durability.MapGet("/parked", GetParked)
            .WithSummary("Tells what tiers could not store and was set apart, with the reason; the first thousand.")
            .Produces<ItemList<ParkedEntry>>();
    }

    private static async Task<IResult> GetParked(IGrainFactory grains) =>
        TypedResults.Ok(new ItemList<ParkedEntry>(await grains.GetGrain<IHistoryGrain>(0).GetParked()));

    private static async Task<IResult> Get(IGrainFactory grains) =>
        TypedResults.Ok(await grains.GetGrain<IHistoryGrain>(0).GetDurability());

    private static Task<IResult> Verify(
        string? deep,
        StoreVerifier verifier,
        StorageOptions options,
        IHistoryStore history,
        CancellationToken cancellation)
    {
        bool whole = QueryText.Switch("deep", deep);
        return AloneAsync(() => history is ISharedHistory shared
            ? verifier.VerifyAsync(shared, options.DataFolder, whole, repairs: false, cancellation)
            : Task.Run(() => verifier.Verify(options.DataFolder, whole), cancellation));
    }

    private static Task<IResult> Repair(
        string? deep,
        StoreVerifier verifier,
        StorageOptions options,
        IHistoryStore history,
        CancellationToken cancellation)
    {
        bool whole = QueryText.Switch("deep", deep);
        return AloneAsync(() => history is ISharedHistory shared
            ? verifier.VerifyAsync(shared, options.DataFolder, whole, repairs: true, cancellation)
            : Task.Run(
                () => verifier.RepairAsync((SqliteHistoryStore)history, options.DataFolder, whole, cancellation),
                cancellation));
    }

    private static async Task<IResult> AloneAsync(Func<Task<VerifyReport>> verify)
    {
        if (!await Verifying.WaitAsync(TimeSpan.Zero))
        {
            throw new RequestRefusedException(new Refusal(
                StatusCodes.Status429TooManyRequests,
                "busy",
                "Condition failed: a verification runs already; ask again when it is over."));
        }

        try
        {
            return TypedResults.Ok(await verify());
        }
        finally
        {
            Verifying.Release();
        }
    }
}
