using System.Globalization;
using System.Text.Json;

namespace Guardian.Silo.Api;

/// <summary>Says what is wrong with a JSON text in the words of its fields, not of our types.</summary>
internal static class JsonProblem
{
    /// <summary>Describes a failure to read a body.</summary>
    /// <param name="problem">The failure.</param>
    /// <param name="body">The whole text.</param>
    public static Refusal Describe(JsonException problem, byte[] body)
    {
        string where = string.Create(CultureInfo.InvariantCulture,
            $"line {(problem.LineNumber ?? 0) + 1}, byte {(problem.BytePositionInLine ?? 0) + 1}");
        if (ValueAt(problem.Path, body, out bool isJson) is { } value && IsConversion(problem))
        {
            string field = problem.Path![2..];
            string limit = JsonNames.LimitOf(LastName(field)) ?? "another type of value";
            return Refusal.Of(field, value, limit);
        }

        string detail = isJson
            ? $"Condition failed: {Words(problem)} ({where})."
            : $"Condition failed: the body is not JSON ({where}).";
        return new Refusal(StatusCodes.Status400BadRequest, "invalid", detail)
        {
            Field = Missing(problem.Message) ?? (problem.Path is { Length: > 2 } path ? path[2..] : "body"),
        };
    }

    // The text up to "Path:" is for people; what follows repeats path, line and byte.
    private static string Words(JsonException problem)
    {
        string text = problem.Message;
        int path = text.IndexOf(" Path: ", StringComparison.Ordinal);
        if (path > 0) text = text[..path];
        if (text.Contains("could not be mapped", StringComparison.Ordinal))
            return $"{problem.Path![2..]} is not a known field";
        if (Missing(text) is { } missing) return $"{missing} is missing";
        if (text.StartsWith("Condition failed: ", StringComparison.Ordinal)) text = text["Condition failed: ".Length..];
        return text.TrimEnd('.');
    }

    // "… missing required properties including: 'actor', 'reason'." → "actor, reason"
    private static string? Missing(string text)
    {
        const string Mark = "missing required properties including: ";
        int start = text.IndexOf(Mark, StringComparison.Ordinal);
        if (start < 0) return null;
        string names = text[(start + Mark.Length)..];
        int path = names.IndexOf(" Path: ", StringComparison.Ordinal);
        if (path > 0) names = names[..path];
        return names.Replace("'", string.Empty, StringComparison.Ordinal).TrimEnd('.', ' ');
    }

    private static bool IsConversion(JsonException problem) =>
        problem.Path is { Length: > 2 }
        && (problem.Message.Contains("could not be converted", StringComparison.Ordinal)
            || problem.Message.StartsWith("Condition failed:", StringComparison.Ordinal));

    private static string LastName(string path)
    {
        int dot = path.LastIndexOf('.');
        return dot < 0 ? path : path[(dot + 1)..];
    }

    private static string? ValueAt(string? path, byte[] body, out bool isJson)
    {
        isJson = false;
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            isJson = true;
            if (path is null || path.Length <= 2) return null;
            JsonElement element = document.RootElement;
            foreach (string step in path[1..].Split(['.', '[', ']'], StringSplitOptions.RemoveEmptyEntries))
            {
                if (element.ValueKind == JsonValueKind.Array)
                    element = element[int.Parse(step, CultureInfo.InvariantCulture)];
                else if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(step, out element))
                    return null;
            }

            return element.ValueKind == JsonValueKind.String ? element.GetString() : element.GetRawText();
        }
        catch (Exception problem) when (problem is JsonException or FormatException or IndexOutOfRangeException)
        {
            return null;
        }
    }
}
