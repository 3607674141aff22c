using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Guardian.Testing.Processes;

/// <summary>An answer over HTTP.</summary>
/// <param name="Status">The status.</param>
/// <param name="Body">The body; null where it is no JSON.</param>
/// <param name="Text">The body as text.</param>
public sealed record HttpAnswer(HttpStatusCode Status, JsonNode? Body, string Text)
{
    /// <summary>Gets the words of a refusal.</summary>
    public string Detail => (string?)Body?["detail"] ?? $"no detail: {Text}";

    /// <inheritdoc/>
    public override string ToString() => $"{(int)Status}: {Text}";
}

/// <summary>Speaks with a silo over HTTP as a program in any language does: text and JSON, none of our types.</summary>
public sealed class SiloHttp : IDisposable
{
    private readonly HttpClient _http;

    /// <summary>Makes the way to a silo.</summary>
    public SiloHttp(Uri root)
    {
        ArgumentNullException.ThrowIfNull(root);
        _http = new HttpClient { BaseAddress = root, Timeout = TimeSpan.FromSeconds(30) };
    }

    /// <summary>Makes the way to a silo in a network of its own.</summary>
    public SiloHttp(Uri root, Func<CancellationToken, Task<Stream>> connect)
    {
        ArgumentNullException.ThrowIfNull(root);
#pragma warning disable CA2000 // The client has it, and disposes of it.
        SocketsHttpHandler handler = new()
        {
            ConnectCallback = async (_, cancellationToken) => await connect(cancellationToken),
        };
#pragma warning restore CA2000
        _http = new HttpClient(handler) { BaseAddress = root, Timeout = TimeSpan.FromSeconds(30) };
    }

    /// <summary>Gets where it is.</summary>
    public Uri Root => _http.BaseAddress!;

    /// <summary>Asks whether it is ready; false while nothing answers.</summary>
    public async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        Uri ready = new("health/ready", UriKind.Relative);
        using HttpResponseMessage response = await _http.GetAsync(ready, cancellationToken);
        return response.StatusCode == HttpStatusCode.OK;
    }

    /// <summary>Gets any page as text.</summary>
    public async Task<HttpAnswer> PageAsync(string path, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        return await SendAsync(request, cancellationToken);
    }

    /// <summary>Gets JSON below <c>/api/v1/</c>.</summary>
    /// <exception cref="HttpRequestException">The status is not 200.</exception>
    public async Task<JsonNode> GetAsync(string path, CancellationToken cancellationToken)
    {
        HttpAnswer answer = await PageAsync("api/v1/" + path, cancellationToken);
        return answer is { Status: HttpStatusCode.OK, Body: { } body }
            ? body
            : throw new HttpRequestException($"GET {path} answers {answer}");
    }

    /// <summary>Gets the items of a list below <c>/api/v1/</c>, its first page.</summary>
    public async Task<IReadOnlyList<JsonNode>> ItemsAsync(string path, CancellationToken cancellationToken)
    {
        JsonNode list = await GetAsync(path, cancellationToken);
        return [.. list["items"]!.AsArray().Select(item => item!)];
    }

    /// <summary>Sends a JSON body below <c>/api/v1/</c>.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">Below <c>/api/v1/</c>.</param>
    /// <param name="body">The body; null for none.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="ifMatch">The entity tag that is expected, in quotes, or <c>*</c>.</param>
    public async Task<HttpAnswer> SendAsync(
        HttpMethod method, string path, object? body, CancellationToken cancellationToken, string? ifMatch = null)
    {
        using HttpRequestMessage request = new(method, "api/v1/" + path);
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        if (body is not null)
        {
            string json = body as string ?? JsonSerializer.Serialize(body, JsonSerializerOptions.Web);
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        }

        return await SendAsync(request, cancellationToken);
    }

    /// <summary>Posts a JSON body below <c>/api/v1/</c>.</summary>
    public Task<HttpAnswer> PostAsync(string path, object? body, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, path, body, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<HttpAnswer> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await _http.SendAsync(request, cancellationToken);
        string text = await response.Content.ReadAsStringAsync(cancellationToken);
        bool json = response.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true;
        return new HttpAnswer(response.StatusCode, json ? JsonNode.Parse(text) : null, text);
    }
}
