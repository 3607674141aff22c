using System.Text.Json.Nodes;
using Guardian.EndToEnd.Tests;
using Guardian.Testing.Processes;

[assembly: AssemblyFixture(typeof(SharedSilo))]

namespace Guardian.EndToEnd.Tests;

/// <summary>One silo for all tests that leave it running; each works in sessions or symbols of its own.</summary>
public sealed class SharedSilo : IAsyncDisposable
{
    private readonly SemaphoreSlim _once = new(1);
    private readonly Dictionary<string, Task<JsonNode>> _replays = new(StringComparer.Ordinal);
    private SiloProcess? _silo;

    /// <summary>Gets the silo, started at the first call.</summary>
    public async Task<SiloProcess> GetAsync(CancellationToken cancellationToken)
    {
        await _once.WaitAsync(cancellationToken);
        try
        {
            if (_silo is not null) return _silo;
            SiloProcess silo = new();
            try
            {
                await silo.StartAsync(cancellationToken);
            }
            catch
            {
                await silo.DisposeAsync();
                throw;
            }

            return _silo = silo;
        }
        finally
        {
            _once.Release();
        }
    }

    /// <summary>Replays recordings into a session; only the first time it is asked for.</summary>
    /// <returns>The replay's summary.</returns>
    public async Task<JsonNode> ReplayAsync(string session, CancellationToken cancellationToken, params string[] files)
    {
        SiloProcess silo = await GetAsync(cancellationToken);
        Task<JsonNode>? replay;
        lock (_replays)
        {
            if (!_replays.TryGetValue(session, out replay))
                _replays[session] = replay = Replay.RunAsync(silo, session, cancellationToken, files);
        }

        return await replay;
    }

    public async ValueTask DisposeAsync()
    {
        if (_silo is not null) await _silo.DisposeAsync();
        _once.Dispose();
    }
}
