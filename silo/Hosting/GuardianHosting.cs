using Guardian.Grains.Roster;
using Guardian.Silo.Options;

namespace Guardian.Silo.Hosting;

/// <summary>
/// STUB until the grains are there: registers readiness and opens it at once. To be replaced by the extension methods of
/// <c>Guardian.Grains.Hosting</c>, which get what they need from <see cref="GuardianSiloOptions"/>.
/// </summary>
internal static class GuardianHosting
{
    /// <summary>Registers the stores (stage 2).</summary>
    public static void AddGuardianGrains(this IServiceCollection services, GuardianSiloOptions options)
    {
        _ = options;
        services.AddSingleton<IReadiness, AlwaysReady>();
    }

    /// <summary>Registers grain storage and streams in the silo (stage 3).</summary>
    public static void AddGuardianSilo(this ISiloBuilder silo, GuardianSiloOptions options)
    {
        _ = options;
        silo.AddMemoryGrainStorageAsDefault();
        silo.AddMemoryStreams("guardian", b => b.ConfigureStreamPubSub(Orleans.Streams.StreamPubSubType.ImplicitOnly));
    }

    private sealed class AlwaysReady : IReadiness
    {
        public bool IsReady => true;

        public string Reason => string.Empty;
    }
}
