using System.Diagnostics;
using Guardian.Contracts;

namespace Guardian.Client;

/// <summary>The spans of a client's calls, for whoever listens to <see cref="Source"/>. Thread-safe.</summary>
/// <remarks>Without a listener a call costs one look at a field more, and nothing is allocated.</remarks>
public static class ClientSpans
{
    /// <summary>The name of the source.</summary>
    public const string Source = "Guardian.Client";

    private static readonly ActivitySource Spans = new(Source);

    internal static bool IsListenedTo => Spans.HasListeners();

    /// <summary>Asks for a decision within a span.</summary>
    internal static async ValueTask<Decision> CheckAsync(string symbol, Func<ValueTask<Decision>> call)
    {
        using Activity? span = Begin("guardian.check", symbol);
        try
        {
            Decision decision = await call();
            span?.SetTag("guardian.allowed", decision.Allowed);
            if (decision.Reasons is { Length: > 0 } reasons) span?.SetTag("guardian.code", reasons[0].Code);
            return decision;
        }
        catch (Exception error)
        {
            Fail(span, error);
            throw;
        }
    }

    /// <summary>Sends observations within a span.</summary>
    internal static async ValueTask<ObserveResult> ObserveAsync(
        string symbol, int count, Func<ValueTask<ObserveResult>> call)
    {
        using Activity? span = Begin("guardian.observe", symbol);
        span?.SetTag("guardian.observations", count);
        try
        {
            ObserveResult result = await call();
            span?.SetTag("guardian.code", result.Code.ToString());
            return result;
        }
        catch (Exception error)
        {
            Fail(span, error);
            throw;
        }
    }

    private static Activity? Begin(string name, string symbol)
    {
        Activity? span = Spans.StartActivity(name, ActivityKind.Client);
        span?.SetTag("guardian.symbol", symbol);
        return span;
    }

    private static void Fail(Activity? span, Exception error)
    {
        span?.SetTag("error.type", error.GetType().Name);
        span?.SetStatus(ActivityStatusCode.Error, error.Message);
    }
}
