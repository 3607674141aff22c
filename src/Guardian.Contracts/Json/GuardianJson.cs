using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Guardian.Contracts;

/// <summary>How messages are written as JSON, the same in the HTTP API,
/// the command line and files. Thread safe.</summary>
/// <remarks>
/// Names are camelCase. States (<see cref="TradingState"/>, <see cref="Level"/>, <see cref="BreakerState"/>,
/// <see cref="GuardrailMode"/>, <see cref="Severity"/>, <see cref="Durability"/>) are written as declared
/// (<c>Halted</c>); kinds, codes, scopes, sides and the like in camelCase (<c>transition</c>); either is read in any
/// case, numbers are not. A number that is not finite is written as null, and null, <c>"NaN"</c>, <c>"Infinity"</c>
/// and <c>"-Infinity"</c> are read.
/// </remarks>
public static class GuardianJson
{
    /// <summary>Gets the options for one message on one line.</summary>
    public static JsonSerializerOptions Options { get; } = Make(indented: false);

    /// <summary>Gets the same options with line breaks, for people.</summary>
    public static JsonSerializerOptions Indented { get; } = Make(indented: true);

    /// <summary>Gives existing options, such as those of a web server, these rules.</summary>
    /// <param name="options">The options to change; must not be read-only yet.</param>
    public static void Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.PropertyNameCaseInsensitive = true;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.Converters.Add(new FiniteOrNullConverter());
        AddCamelCase<HistoryKind>(options);
        AddCamelCase<ObservationKind>(options);
        AddCamelCase<OutcomeKind>(options);
        AddCamelCase<ObserveCode>(options);
        AddCamelCase<AlertStatus>(options);
        AddCamelCase<Scope>(options);
        AddCamelCase<OrderSide>(options);
        AddCamelCase<OrderAction>(options);
        options.Converters.Add(new JsonStringEnumConverter(namingPolicy: null, allowIntegerValues: false));
    }

    /// <summary>Writes one message on one line.</summary>
    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    /// <summary>Reads one message.</summary>
    /// <exception cref="JsonException">The text is not that message; the exception says where.</exception>
    public static T Read<T>(string text) => JsonSerializer.Deserialize<T>(text, Options)
        ?? throw new JsonException("Condition failed: the message is null; give an object.");

    private static void AddCamelCase<TEnum>(JsonSerializerOptions options)
        where TEnum : struct, Enum =>
        options.Converters.Add(new JsonStringEnumConverter<TEnum>(JsonNamingPolicy.CamelCase,
            allowIntegerValues: false));

    private static JsonSerializerOptions Make(bool indented)
    {
        JsonSerializerOptions options = new() { WriteIndented = indented };
        Configure(options);
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}

/// <summary>Writes a number, or null where it is not finite: JSON has no word for NaN.</summary>
public sealed class FiniteOrNullConverter : JsonConverter<double>
{
    /// <inheritdoc/>
    public override bool HandleNull => true;

    /// <inheritdoc/>
    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Null) return double.NaN;
        if (reader.TokenType == JsonTokenType.Number) return reader.GetDouble();
        return (reader.TokenType == JsonTokenType.String ? reader.GetString() : null) switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            _ => throw new JsonException("Condition failed: a number, null, \"NaN\" or \"Infinity\" is expected."),
        };
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
    {
        if (double.IsFinite(value)) writer.WriteNumberValue(value);
        else writer.WriteNullValue();
    }
}
