using System.Text.Json.Nodes;
using Guardian.Contracts;
using Guardian.Testing.Processes;

namespace Guardian.EndToEnd.Tests;

/// <summary>The history of one symbol as command line or HTTP tell it, one JSON object an event.</summary>
public sealed class EventHistory
{
    private EventHistory(JsonObject[] events) => Events = events;

    /// <summary>Gets the events, in order.</summary>
    public IReadOnlyList<JsonObject> Events { get; }

    /// <summary>Reads all of it by the command line.</summary>
    public static async Task<EventHistory> ByCliAsync(SiloProcess silo, string key, CancellationToken cancellationToken)
    {
        ProcessResult result = await GuardianCli.RunAsync(
            cancellationToken, "history", key, "--limit", "1000000", "--output", "json", "--gateway", silo.Gateway);
        Assert.True(result.Code == 0, $"history of {key}: exit code {result.Code}: {result.Error}");
        return new EventHistory([.. result.Out
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonNode.Parse(line)!.AsObject())]);
    }

    /// <summary>Reads all of it over HTTP, page by page.</summary>
    public static async Task<EventHistory> ReadAsync(SiloProcess silo, string key, CancellationToken cancellationToken)
    {
        List<JsonObject> events = [];
        string? cursor = null;
        do
        {
            string more = cursor is null ? string.Empty : $"&cursor={Uri.EscapeDataString(cursor)}";
            JsonNode page = await silo.Http.GetAsync($"symbols/{key}/history?limit=10000{more}", cancellationToken);
            events.AddRange(page["items"]!.AsArray().Select(e => e!.AsObject()));
            cursor = (string?)page["next"];
        }
        while (cursor is not null);
        return new EventHistory([.. events]);
    }

    /// <summary>Tells each event in one line, without what may differ between two runs.</summary>
    /// <param name="events">The events.</param>
    /// <param name="but">The members to leave out.</param>
    public static string[] Lines(IEnumerable<JsonObject> events, params string[] but) =>
    [
        .. events.Select(e => string.Join(' ', e
            .Where(member => !but.Contains(member.Key, StringComparer.Ordinal))
            .Select(member => $"{member.Key}={member.Value?.ToJsonString()}"))),
    ];

    /// <summary>Tells each transition with its time in seconds after a moment.</summary>
    /// <param name="since">The moment in Unix seconds.</param>
    public Step[] Steps(long since) =>
    [
        .. Of("transition").Select(e => new Step(
            SecondsAfter(e, since), Text(e, "guardrail"), Text(e, "subject"), Text(e, "from"), Text(e, "to"))),
    ];

    /// <summary>Gets the events of some kinds.</summary>
    public IEnumerable<JsonObject> Of(params string[] kinds) =>
        Events.Where(e => kinds.Contains(Text(e, "kind"), StringComparer.Ordinal));

    /// <summary>Gets a member as text; empty where it is absent.</summary>
    public static string Text(JsonObject item, string name) => (string?)item[name] ?? string.Empty;

    /// <summary>Tells the session time of an event in seconds after a moment.</summary>
    public static double SecondsAfter(JsonObject item, long since)
    {
        Assert.True(Timestamp.TryParse(Text(item, "at"), out Timestamp at), $"no time in {item.ToJsonString()}");
        return (at.UnixNanoseconds - (since * 1_000_000_000L)) / 1e9;
    }
}

/// <summary>A transition.</summary>
/// <param name="At">Its time in seconds after a moment.</param>
/// <param name="Guardrail">The guardrail, or <c>breaker</c>.</param>
/// <param name="Subject">Its stage or source.</param>
/// <param name="From">What it left.</param>
/// <param name="To">What it entered.</param>
public sealed record Step(double At, string Guardrail, string Subject, string From, string To);
