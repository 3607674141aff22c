using System.Text.Json;
using Guardian.Contracts;

namespace Guardian.Silo.Api;

/// <summary>Tells by which names the values of an enum are written in JSON.</summary>
internal static class JsonNames
{
    /// <summary>Lists the names of an enum.</summary>
    public static string Of<TEnum>()
        where TEnum : struct, Enum =>
        string.Join(", ", Enum.GetValues<TEnum>().Select(Name));

    /// <summary>Tells the name of one value.</summary>
    public static string Name<TEnum>(TEnum value)
        where TEnum : struct, Enum =>
        JsonSerializer.Serialize(value, GuardianJson.Options).Trim('"');

    /// <summary>Tells what a field of a request takes; null where its name says it.</summary>
    public static string? LimitOf(string field) => field switch
    {
        "kind" => Of<ObservationKind>(),
        "outcome" => Of<OutcomeKind>(),
        "action" => Of<OrderAction>(),
        "side" => Of<OrderSide>(),
        "scope" => Of<Scope>(),
        "state" => Of<TradingState>(),
        "at" or "sent" or "received" => "an RFC 3339 time such as 2026-01-31T12:00:00.5Z",
        "value" or "quantity" or "price" => "a number",
        "producerEpoch" or "firstSequence" or "skipped" or "episode" => "a whole number",
        "reduceOnly" => "true or false",
        _ => null,
    };
}
