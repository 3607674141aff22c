using Guardian.Contracts;

namespace Guardian.Silo.Api;

/// <summary>An order as HTTP carries it: the order, and the symbol it is for. Immutable.</summary>
public sealed record CheckOrder
{
    /// <summary>Gets the symbol, with <c>@session</c> where it is not live.</summary>
    public required string Symbol { get; init; }

    /// <summary>Gets the client's order id, up to 64 characters; a probe's permit is bound to it.</summary>
    public string? OrderId { get; init; }

    /// <summary>Gets the strategy that sends it; holds of that strategy apply.</summary>
    public string? Strategy { get; init; }

    /// <summary>Gets the account.</summary>
    public string? Account { get; init; }

    /// <summary>Gets what is to be done; a new order where it is left out.</summary>
    public OrderAction Action { get; init; }

    /// <summary>Gets the side; obligatory for anything but a cancel.</summary>
    public OrderSide? Side { get; init; }

    /// <summary>Gets the size in units of the symbol, above 0 for anything but a cancel.</summary>
    public double? Quantity { get; init; }

    /// <summary>Gets the limit price; left out for a market order.</summary>
    public double? Price { get; init; }

    /// <summary>Gets whether the order may only shrink the position.</summary>
    public bool ReduceOnly { get; init; }

    /// <summary>Gets the order's own time; obligatory only in a session on recorded time.</summary>
    public Timestamp At { get; init; }

    /// <summary>Makes the grain's message.</summary>
    public OrderRequest ToRequest() => new()
    {
        OrderId = OrderId, Strategy = Strategy, Account = Account, Action = Action, Side = Side ?? OrderSide.Buy,
        Quantity = Quantity ?? 0, Price = Price, ReduceOnly = ReduceOnly, At = At,
    };

    /// <summary>Finds what HTTP must not let through because a default would hide it; null when nothing.</summary>
    /// <param name="prefix">Where the order stands in the body, such as <c>[3].</c>.</param>
    internal Refusal? Check(string prefix)
    {
        if (Action == OrderAction.Cancel) return null;
        if (Side is null) return Refusal.Of(prefix + "side", null, JsonNames.Of<OrderSide>());
        if (Quantity is null or double.NaN) return Refusal.Of(prefix + "quantity", null, "a number above 0");
        return null;
    }
}

/// <summary>Maps <c>POST /check</c>: the decision for one order, or for each of an array.</summary>
internal static class CheckEndpoints
{
    /// <summary>Maps the area.</summary>
    public static void MapCheck(this IEndpointRouteBuilder api) =>
        api.MapPost("/check", Check)
            .WithTags("Check")
            .WithSummary("Answers one order, or each order of an array.")
            .Accepts<CheckOrder>("application/json")
            .Produces<Decision>();

    private static async Task<IResult> Check(HttpRequest request, IGrainFactory grains)
    {
        byte[] body = await RequestBody.ReadBytesAsync(request);
        if (!RequestBody.StartsArray(body))
            return TypedResults.Ok(await Decide(grains, Checked(RequestBody.Parse<CheckOrder>(body), string.Empty)));

        CheckOrder?[] orders = RequestBody.Parse<CheckOrder?[]>(body);
        RequestBody.CheckCount("body", orders.Length);
        (string Key, OrderRequest Order)[] checkedOrders = [.. orders.Select((o, i) => Checked(o, $"[{i}]."))];
        // All are valid before the first is asked: nothing is half done.
        Task<Decision>[] decisions = [.. checkedOrders.Select(o => Decide(grains, o))];
        return TypedResults.Ok(await Task.WhenAll(decisions));
    }

    private static (string Key, OrderRequest Order) Checked(CheckOrder? order, string prefix)
    {
        if (order is null) throw new RequestRefusedException(Refusal.Of(prefix.TrimEnd('.'), "null", "an order"));
        string key = QueryText.SymbolOf(prefix + "symbol", order.Symbol).Key;
        return order.Check(prefix) is { } refusal
            ? throw new RequestRefusedException(refusal)
            : (key, order.ToRequest());
    }

    private static Task<Decision> Decide(IGrainFactory grains, (string Key, OrderRequest Order) item) =>
        grains.GetGrain<IGuardianGrain>(item.Key).Check(item.Order).AsTask();
}
