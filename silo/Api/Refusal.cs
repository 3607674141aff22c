using Guardian.Contracts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Guardian.Silo.Api;

/// <summary>Why a request is refused: names the field, what was given and what is allowed. Immutable.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">A stable code, such as <c>invalid</c>.</param>
/// <param name="Detail">What is wrong and what to do, in words.</param>
internal sealed record Refusal(int Status, string Code, string Detail)
{
    /// <summary>Gets the field; null where no single one is at fault.</summary>
    public string? Field { get; init; }

    /// <summary>Gets what was given, cut to <see cref="MaximumEcho"/> characters.</summary>
    public string? Value { get; init; }

    /// <summary>Gets what is allowed.</summary>
    public string? Limit { get; init; }

    /// <summary>Gets further members of the answer, by name.</summary>
    public IReadOnlyDictionary<string, object?> More { get; init; } =
        new Dictionary<string, object?>(StringComparer.Ordinal);

    /// <summary>The most characters of a value that are sent back.</summary>
    public const int MaximumEcho = 100;

    /// <summary>Makes the refusal of one field.</summary>
    public static Refusal Of(string field, string? value, string limit, int status = StatusCodes.Status400BadRequest)
    {
        string echo = Cut(value ?? string.Empty);
        return new Refusal(status, "invalid", $"Condition failed: {field} is '{echo}'; it takes {limit}.")
        {
            Field = field, Value = echo, Limit = limit,
        };
    }

    /// <summary>Makes the refusal that a person's action met.</summary>
    public static Refusal Of(ActionResult result)
    {
        int status = result.Code switch
        {
            "invalid" => StatusCodes.Status400BadRequest,
            "conflict" => StatusCodes.Status412PreconditionFailed,
            _ when result.Code.StartsWith("unknown", StringComparison.Ordinal) => StatusCodes.Status404NotFound,
            _ => StatusCodes.Status409Conflict,
        };
        return new Refusal(status, result.Code, result.Message ?? $"Condition failed: the answer is {result.Code}.");
    }

    /// <summary>Makes the answer: RFC 9457 problem details.</summary>
    public ProblemHttpResult ToResult()
    {
        Dictionary<string, object?> extensions = new(More, StringComparer.Ordinal) { ["code"] = Code };
        if (Field is not null) extensions["field"] = Field;
        if (Value is not null) extensions["value"] = Value;
        if (Limit is not null) extensions["limit"] = Limit;
        return TypedResults.Problem(detail: Detail, statusCode: Status, title: Title(Status), extensions: extensions);
    }

    /// <summary>Cuts a text to what is sent back.</summary>
    public static string Cut(string text) => text.Length <= MaximumEcho ? text : text[..MaximumEcho] + "…";

    private static string Title(int status) => status switch
    {
        StatusCodes.Status400BadRequest => "The request is not valid",
        StatusCodes.Status404NotFound => "There is no such thing",
        StatusCodes.Status409Conflict => "The present state does not allow it",
        StatusCodes.Status412PreconditionFailed => "It was changed in between",
        StatusCodes.Status413PayloadTooLarge => "The request is too large",
        StatusCodes.Status415UnsupportedMediaType => "The content type is not taken",
        StatusCodes.Status428PreconditionRequired => "If-Match is missing",
        StatusCodes.Status429TooManyRequests => "Too many at once",
        StatusCodes.Status503ServiceUnavailable => "The silo can't answer at present",
        StatusCodes.Status504GatewayTimeout => "The answer took too long",
        _ => "It failed",
    };
}

/// <summary>Ends a request with a refusal; <see cref="RefusalFilter"/> turns it into the answer.</summary>
internal sealed class RequestRefusedException(Refusal refusal) : Exception(refusal.Detail)
{
    /// <summary>Gets the refusal.</summary>
    public Refusal Refusal { get; } = refusal;
}
