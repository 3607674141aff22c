using System.CommandLine;
using Guardian.Cli.Output;
using Guardian.Contracts;

namespace Guardian.Cli.Commands;

/// <summary><c>guardian check</c>: may this order go out now?</summary>
internal static class CheckCommand
{
    private static readonly Argument<string> Symbol = new("symbol") { Description = "The order's symbol." };

    private static readonly Option<OrderSide?> Side = new("--side") { Description = "Which way the order goes." };

    private static readonly Option<double?> Quantity =
        new("--quantity", "-q") { Description = "The order's size, above 0.", HelpName = "size" };

    private static readonly Option<double?> Price =
        new("--price") { Description = "The limit price; none for a market order.", HelpName = "price" };

    private static readonly Option<string?> Strategy =
        new("--strategy") { Description = "The strategy that sends it; its holds apply.", HelpName = "name" };

    private static readonly Option<string?> Account =
        new("--account") { Description = "The account.", HelpName = "name" };

    private static readonly Option<string?> OrderId =
        new("--order-id") { Description = "The client's order id, up to 64 characters.", HelpName = "id" };

    private static readonly Option<bool> ReduceOnly =
        new("--reduce-only") { Description = "The order may only shrink the position." };

    private static readonly Option<bool> Cancel =
        new("--cancel") { Description = "It cancels a resting order; needs neither side nor size." };

    private static readonly Option<string?> At =
        new("--at") { Description = "The order's own time, for sessions on recorded time.", HelpName = "time" };

    public static Command Make(CliHost host)
    {
        Option<string> session = GlobalOptions.Session(SymbolName.Live);
        Command command = new("check", """
            Asks whether one order may go out now. Exit code 0: allowed, 1: denied.

            Examples:
              guardian check BTCUSDT --side buy --quantity 0.5
              guardian check BTCUSDT --cancel
            """)
        {
            Symbol, Side, Quantity, Price, Strategy, Account, OrderId, ReduceOnly, Cancel, At, session,
        };
        return command.Does(host, invocation =>
        {
            string key = invocation.KeyOf(invocation.Get(Symbol)!, session);
            OrderRequest order = OrderOf(invocation);
            return invocation.WithClientAsync(async client =>
            {
                Decision decision = await client.CheckAsync(key, order);
                if (invocation.Json) invocation.WriteJson(decision);
                else Show(invocation, decision);
                return decision.Allowed ? ExitCode.Done : ExitCode.No;
            });
        });
    }

    private static OrderRequest OrderOf(Invocation invocation)
    {
        bool cancel = invocation.Get(Cancel);
        double? quantity = invocation.Get(Quantity);
        double? price = invocation.Get(Price);
        if (cancel && invocation.Get(ReduceOnly))
            throw new UsageException("Condition failed: --cancel and --reduce-only contradict each other; give one.");
        if (!cancel && invocation.Get(Side) is null)
            throw new UsageException("Condition failed: --side is missing; it takes buy or sell (or give --cancel).");
        if (!cancel && quantity is null)
            throw new UsageException(
                "Condition failed: --quantity is missing; it takes a size above 0 (or give --cancel).");
        if (quantity is { } size && !(double.IsFinite(size) && size > 0))
            throw new UsageException($"Condition failed: --quantity is {size}; it takes a size above 0.");
        if (price is { } limit && !double.IsFinite(limit))
            throw new UsageException($"Condition failed: --price is {limit}; it takes a finite number.");
        return new OrderRequest
        {
            OrderId = invocation.Get(OrderId),
            Strategy = invocation.Get(Strategy),
            Account = invocation.Get(Account),
            Action = cancel ? OrderAction.Cancel : OrderAction.New,
            Side = invocation.Get(Side) ?? OrderSide.Buy,
            Quantity = quantity ?? 0,
            Price = price,
            ReduceOnly = invocation.Get(ReduceOnly),
            At = invocation.TimeOf(At),
        };
    }

    private static void Show(Invocation invocation, Decision decision)
    {
        invocation.WriteLine($"{(decision.Allowed ? "allowed" : "denied")}: {decision.Code} ({decision.TradingState})");
        if (decision.Message is { } message) invocation.WriteLine($"  {message}");
        foreach (Reason reason in decision.Reasons) invocation.WriteLine($"  {Views.Text(reason)}");
        if (decision.Until.HasValue) invocation.WriteLine($"  earliest release {Views.Time(decision.Until)}");
        if (decision.Permit is { } permit)
            invocation.WriteLine(
                $"  probe permit {permit.Id}, size factor {Views.Short(decision.SizeFactor)}, until "
                + $"{Views.Time(permit.Until)}");
    }
}
