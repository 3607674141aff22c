using Guardian.Contracts;

namespace Guardian.Silo.Demo;

/// <summary>The way of one symbol's orders to the market, and what its user reports of it. Not thread-safe.</summary>
internal sealed class DemoGateway(DemoScenario scenario, int symbol)
{
    private const int MostPending = 64;
    private readonly Queue<(string Id, long SentAt, bool Stuck)> _pending = new();

    /// <summary>Gets the number of orders that are not answered yet.</summary>
    public int Pending => _pending.Count;

    /// <summary>Sends an order.</summary>
    /// <param name="id">Its id, or its permit's where it is a probe.</param>
    /// <param name="tick">When.</param>
    /// <returns>False when too many are not answered: it is not sent.</returns>
    public bool Send(string id, long tick)
    {
        if (_pending.Count >= MostPending) return false;
        _pending.Enqueue((id, tick, scenario.IsStalled(symbol, tick)));
        return true;
    }

    /// <summary>Makes the report of a tick: answers to earlier orders, and once a second the oldest's age.</summary>
    /// <remarks>An order that hung in a stall is cancelled when the gateway is back: an end without latency.</remarks>
    public IReadOnlyList<Observation> Report(long tick)
    {
        List<Observation> report = [];
        while (!scenario.IsStalled(symbol, tick) && _pending.TryPeek(out (string Id, long SentAt, bool Stuck) order)
            && order.SentAt < tick)
        {
            _pending.Dequeue();
            if (order.Stuck)
            {
                report.Add(Observation.Outcome(order.Id, OutcomeKind.Rejected, "cancelled after a stall"));
                continue;
            }

            (TimeSpan after, OutcomeKind outcome) = scenario.Answer(symbol, order.SentAt);
            report.Add(Observation.Latency(DemoScenario.OrderAck, after));
            report.Add(Observation.Outcome(order.Id, outcome));
        }

        if (tick % DemoScenario.Second == 0)
        {
            TimeSpan age = _pending.TryPeek(out (string Id, long SentAt, bool Stuck) oldest)
                ? DemoScenario.Tick * (tick - oldest.SentAt)
                : TimeSpan.Zero;
            report.Add(Observation.Pending(DemoScenario.Gateway, age));
        }

        return report;
    }
}
