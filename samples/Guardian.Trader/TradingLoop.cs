using System.Globalization;
using Guardian.Client;
using Guardian.Client.Gating;
using Guardian.Client.Reporting;
using Guardian.Contracts;
using Microsoft.Extensions.Hosting;

namespace Guardian.Trader;

/// <summary>Sends orders to an exchange that is made up, as long as its guardians let it.</summary>
/// <remarks>
/// Nothing of the guardian is waited for on the way to an order, but for the answer to a probe, and nothing of it is
/// thrown into the loop.
/// </remarks>
internal sealed class TradingLoop : BackgroundService
{
    private const string Strategy = "sample";

    private readonly GuardianGates _gates;
    private readonly GuardianReports _reports;
    private readonly IGuardianClient _client;
    private readonly TraderSettings _settings;
    private readonly TimeProvider _time;
    private readonly Random _exchange = new(7);
    private int _sent;
    private int _denied;
    private int _asked;

    /// <summary>Initializes the loop; the host starts it.</summary>
    public TradingLoop(
        GuardianGates gates,
        GuardianReports reports,
        IGuardianClient client,
        TraderSettings settings,
        TimeProvider time)
    {
        (_gates, _reports, _client, _settings, _time) = (gates, reports, client, settings, time);
        // Off the trading thread: a place to pull resting orders, and to put them back.
        gates.OnHalted += (_, change) =>
        {
            if (IsOurs(change)) Say($"halted {change.Symbol}: {change.Reason}");
        };
        gates.OnResumed += (_, change) =>
        {
            if (IsOurs(change)) Say($"resumed {change.Symbol}");
        };
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_settings.Pause, _time);
        long told = _time.GetTimestamp();
        for (int number = 0; await timer.WaitForNextTickAsync(stoppingToken); number++)
        {
            await TradeAsync(_settings.Symbols[number % _settings.Symbols.Count], $"order-{number}");
            if (_time.GetElapsedTime(told) < TimeSpan.FromSeconds(1)) continue;
            told = _time.GetTimestamp();
            Say(string.Create(
                CultureInfo.InvariantCulture,
                $"sent {_sent}, denied {_denied}, asked {_asked}; reports waiting {_reports.Waiting}, dropped "
                + $"{_reports.Dropped}"));
        }
    }

    private async Task TradeAsync(string symbol, string id)
    {
        switch (_gates.Gate(symbol, Strategy))
        {
            case GateAnswer.Allowed:
                Send(symbol, id);
                break;
            case GateAnswer.AskServer when await IsAllowedAsync(symbol, id):
                Send(symbol, id);
                break;
            default:
                _denied++; // ReduceOnly too: this sample only buys.
                break;
        }
    }

    private async Task<bool> IsAllowedAsync(string symbol, string id)
    {
        _asked++;
        var order = new OrderRequest { OrderId = id, Strategy = Strategy, Side = OrderSide.Buy, Quantity = 1 };
        try
        {
            return (await _client.CheckAsync(symbol, order)).Allowed;
        }
        catch (GuardianUnreachableException)
        {
            return false; // An order that must be asked for is not sent unasked.
        }
    }

    // An exchange that takes 2 to 8 ms, and fills every order.
    private void Send(string symbol, string id)
    {
        _sent++;
        _reports.Report(symbol, Observation.Latency("order-ack", TimeSpan.FromMilliseconds(2 + _exchange.Next(6))));
        _reports.Report(symbol, Observation.Outcome(id, OutcomeKind.Ok));
    }

    private static bool IsOurs(GateChangedEventArgs change) => change.Strategy is null or Strategy;

    private static void Say(string text) => Console.WriteLine(text);
}
