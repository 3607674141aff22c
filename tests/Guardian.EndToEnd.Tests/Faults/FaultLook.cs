using System.Text.Json.Nodes;
using Guardian.Testing;
using Guardian.Testing.Processes;

namespace Guardian.EndToEnd.Tests.Faults;

/// <summary>What tests of faults ask a silo, whatever fails beside it.</summary>
internal static class FaultLook
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    /// <summary>Measures decisions beside load.</summary>
    internal static async Task<double[]> MeasureAsync(
        Prober prober, LosslessLoad load, TimeSpan during, CancellationToken stop)
    {
        Task<double[]> asking = prober.AskAsync(during, stop);
        while (!asking.IsCompleted) await load.RoundAsync(stop);
        return await asking;
    }

    /// <summary>Gets how a tier is.</summary>
    internal static async Task<JsonNode> TierAsync(SiloProcess silo, string tier, CancellationToken stop)
    {
        JsonNode report = await silo.Http.GetAsync("durability", stop);
        return report["tiers"]!.AsArray().Single(t => (string?)t!["tier"] == tier)!;
    }

    /// <summary>Gets the open halts by id, each as the silo tells it.</summary>
    internal static async Task<IReadOnlyDictionary<string, string>> HaltsAsync(
        SiloProcess silo, CancellationToken stop) =>
        (await silo.Http.ItemsAsync("holds", stop)).ToDictionary(
            h => (string)h["id"]!, h => h.ToJsonString(), StringComparer.Ordinal);

    /// <summary>Waits until a silo has exactly these open halts.</summary>
    internal static Task KnowsAsync(
        SiloProcess silo,
        IReadOnlyDictionary<string, string> halts,
        string from,
        TimeSpan within,
        CancellationToken stop) => Phase.ReachAsync(
            $"another silo knows the {halts.Count} open halts from {from}",
            within,
            async () => (await HaltsAsync(silo, stop)).OrderBy(h => h.Key, StringComparer.Ordinal)
                .SequenceEqual(halts.OrderBy(h => h.Key, StringComparer.Ordinal)),
            stop);

    /// <summary>Goes on until everything that was sent is durable.</summary>
    internal static Task DrainedAsync(SiloProcess silo, LosslessLoad load, CancellationToken stop) => Phase.ReachAsync(
        "the journal is written again",
        Soon,
        async () =>
        {
            await load.RoundAsync(stop);
            return (bool)(await TierAsync(silo, "L3", stop))["healthy"]! && load.Durable > load.Sent - 200;
        },
        stop);

    /// <summary>Waits until an alert is raised.</summary>
    internal static Task AlertedAsync(
        SiloProcess silo, string name, string key, string severity, CancellationToken stop) => Phase.ReachAsync(
        $"{name} {key} is raised",
        Soon,
        async () => (await silo.Http.ItemsAsync("alerts", stop)).Any(a =>
            (string?)a["name"] == name && (string?)a["key"] == key && (string?)a["severity"] == severity),
        stop);

    /// <summary>Waits until a guardian's provisional epoch is claimed.</summary>
    internal static Task ClaimedAsync(
        SiloProcess silo, string symbol, TimeSpan within, CancellationToken stop) => Phase.ReachAsync(
        "the epoch is claimed",
        within,
        async () => !(bool)(await silo.Http.GetAsync($"symbols/{symbol}", stop))["provenance"]!["provisional"]!,
        stop);
}
