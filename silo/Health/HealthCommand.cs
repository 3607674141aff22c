using Guardian.Silo.Options;

namespace Guardian.Silo.Health;

/// <summary>Asks a silo on this machine whether it is ready: for images that have no other program to ask by.</summary>
internal static class HealthCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Asks the first address where HTTP listens.</summary>
    /// <returns>0 ready, 1 not, or nobody answers.</returns>
    public static async Task<int> RunAsync(GuardianSiloOptions options, TextWriter output)
    {
        ListenAddress address = options.Urls[0];
        var url = new UriBuilder("http", address.Host.Trim('[', ']'), address.Port, "/health/ready").Uri;
        using HttpClient http = new() { Timeout = Patience };
        try
        {
            using HttpResponseMessage answer = await http.GetAsync(url);
            await output.WriteLineAsync(await answer.Content.ReadAsStringAsync());
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException)
        {
            await output.WriteLineAsync($"{url} does not answer: {error.Message}");
            return 1;
        }
    }
}
