using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Orleans.Runtime;

namespace Guardian.Silo.Api;

/// <summary>Turns what goes wrong in an endpoint into problem details, and logs what is our fault.</summary>
internal sealed partial class RefusalFilter(ILogger<RefusalFilter> log) : IEndpointFilter
{
    private const string ClientFault = "Condition failed:";

    /// <inheritdoc/>
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (Exception problem) when (Explain(problem) is { } refusal)
        {
            HttpRequest request = context.HttpContext.Request;
            // A guardian that moves to another silo is no failure of ours: one line, and the caller asks again.
            if (refusal.Status == StatusCodes.Status503ServiceUnavailable)
                Moved(log, request.Method, request.Path, problem.GetType().Name);
            else if (refusal.Status >= StatusCodes.Status500InternalServerError)
                Failed(log, problem, request.Method, request.Path);
            return refusal.ToResult();
        }
    }

    /// <summary>Says what an exception means to the caller; null when the caller has gone.</summary>
    public static Refusal? Explain(Exception problem) => problem switch
    {
        RequestRefusedException refused => refused.Refusal,
        OperationCanceledException => null,
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => TooLarge(),
        BadHttpRequestException bad => new Refusal(bad.StatusCode, "invalid", $"{ClientFault} {bad.Message}"),
        ArgumentException wrong when wrong.Message.StartsWith(ClientFault, StringComparison.Ordinal) =>
            Invalid(WithoutParameter(wrong)) with { Field = FirstWord(wrong) },
        JsonException wrong => Invalid($"{ClientFault} {wrong.Message}"),
        TimeoutException => new Refusal(StatusCodes.Status504GatewayTimeout, "timeout",
            "The guardian did not answer in time; whether it acted is not known: ask again, a repeat is safe."),
        OrleansException => new Refusal(StatusCodes.Status503ServiceUnavailable, "unavailable",
            "The guardian can't be reached at present; ask again, a repeat is safe."),
        _ => new Refusal(StatusCodes.Status500InternalServerError, "failed",
            $"Invariant: {problem.GetType().Name} in the silo; its log has the rest."),
    };

    private static Refusal Invalid(string detail) => new(StatusCodes.Status400BadRequest, "invalid", detail);

    private static Refusal TooLarge() => Refusal.Of(
        "body", "more", $"at most {ApiLimits.BodyBytes} bytes", StatusCodes.Status413PayloadTooLarge);

    private static string WithoutParameter(ArgumentException wrong)
    {
        string suffix = $" (Parameter '{wrong.ParamName}')";
        return wrong.Message.EndsWith(suffix, StringComparison.Ordinal)
            ? wrong.Message[..^suffix.Length]
            : wrong.Message;
    }

    // Such messages begin with the field they are about: "Condition failed: cursor is not …".
    private static string? FirstWord(ArgumentException wrong)
    {
        string words = wrong.Message[ClientFault.Length..].TrimStart();
        int end = words.IndexOf(' ', StringComparison.Ordinal);
        return end > 0 && words[..end].All(char.IsAsciiLetter) ? words[..end] : wrong.ParamName;
    }

    [LoggerMessage(4101, LogLevel.Warning, "{Method} {Path}: the guardian can't be reached at present ({Problem}).")]
    private static partial void Moved(ILogger logger, string method, PathString path, string problem);

    [LoggerMessage(4100, LogLevel.Error, "{Method} {Path} failed.")]
    private static partial void Failed(ILogger logger, Exception problem, string method, PathString path);
}
