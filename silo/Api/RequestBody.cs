using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Serialization;
using Guardian.Contracts;
using Microsoft.Net.Http.Headers;

namespace Guardian.Silo.Api;

/// <summary>Reads JSON bodies strictly: a misspelt field is refused, not ignored.</summary>
internal static class RequestBody
{
    /// <summary>The content type of one JSON object a line.</summary>
    public const string Ndjson = "application/x-ndjson";

    /// <summary>Gets how requests are read.</summary>
    public static JsonSerializerOptions Options { get; } = new(GuardianJson.Options)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        AllowDuplicateProperties = false,
    };

    /// <summary>Reads one object.</summary>
    public static async Task<T> ReadAsync<T>(HttpRequest request)
    {
        byte[] body = await ReadBytesAsync(request);
        return Parse<T>(body);
    }

    /// <summary>Reads the bytes of a JSON body.</summary>
    public static Task<byte[]> ReadBytesAsync(HttpRequest request)
    {
        if (!IsJson(request)) throw WrongType(request, "application/json");
        return ReadAllAsync(request);
    }

    /// <summary>Tells whether the body is said to be JSON.</summary>
    public static bool IsJson(HttpRequest request) => request.HasJsonContentType();

    /// <summary>Tells whether the body is said to be one JSON object a line.</summary>
    public static bool IsNdjson(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type)
        && (type.MediaType.Equals(Ndjson, StringComparison.OrdinalIgnoreCase)
            || type.MediaType.Equals("application/ndjson", StringComparison.OrdinalIgnoreCase));

    /// <summary>Makes the refusal of a content type.</summary>
    public static RequestRefusedException WrongType(HttpRequest request, string limit) => new(
        Refusal.Of("Content-Type", request.ContentType, limit, StatusCodes.Status415UnsupportedMediaType));

    /// <summary>Reads all bytes of a body within <see cref="ApiLimits.BodyBytes"/>.</summary>
    public static async Task<byte[]> ReadAllAsync(HttpRequest request)
    {
        PipeReader reader = request.BodyReader;
        while (true)
        {
            ReadResult result = await reader.ReadAsync(request.HttpContext.RequestAborted);
            if (result.Buffer.Length > ApiLimits.BodyBytes)
            {
                throw new RequestRefusedException(Refusal.Of("body", $"over {ApiLimits.BodyBytes} bytes",
                    $"at most {ApiLimits.BodyBytes} bytes", StatusCodes.Status413PayloadTooLarge));
            }

            if (result.IsCompleted)
            {
                byte[] bytes = result.Buffer.ToArray();
                reader.AdvanceTo(result.Buffer.End);
                return bytes;
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    /// <summary>Reads one object from bytes.</summary>
    /// <exception cref="RequestRefusedException">It is not that object; names field, value and limit.</exception>
    public static T Parse<T>(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(body, Options)
                ?? throw new RequestRefusedException(Refusal.Of("body", "null", "a JSON object"));
        }
        catch (JsonException problem)
        {
            throw new RequestRefusedException(JsonProblem.Describe(problem, body.ToArray()));
        }
    }

    /// <summary>Tells whether the first thing in the body is an array.</summary>
    public static bool StartsArray(ReadOnlySpan<byte> body)
    {
        foreach (byte b in body)
        {
            if (b is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n') continue;
            return b == (byte)'[';
        }

        return false;
    }

    /// <summary>Refuses more items than a batch takes.</summary>
    public static void CheckCount(string field, int count)
    {
        if (count <= ApiLimits.BatchItems) return;
        throw new RequestRefusedException(Refusal.Of(field, $"{count} items",
            $"at most {ApiLimits.BatchItems} items", StatusCodes.Status413PayloadTooLarge));
    }
}
