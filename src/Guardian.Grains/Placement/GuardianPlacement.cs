using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace Guardian.Grains.Placement;

/// <summary>Places guardians by <see cref="Rendezvous"/>.</summary>
[GenerateSerializer, Immutable, SuppressReferenceTracking]
[Alias("guardian-placement")]
public sealed class GuardianPlacement : PlacementStrategy;

/// <summary>Marks a grain that is placed by <see cref="GuardianPlacement"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class GuardianPlacementAttribute() : PlacementAttribute(new GuardianPlacement());

/// <summary>Chooses the silo of a new activation: its home, or where <see cref="LoadKeeper"/> moves it. Thread-safe.
/// </summary>
public sealed class GuardianPlacementDirector : IPlacementDirector
{
    /// <inheritdoc/>
    public Task<SiloAddress> OnAddActivation(
        PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        SiloAddress[] silos = context.GetCompatibleSilos(target);
        return Task.FromResult(
            IPlacementDirector.GetPlacementHint(target.RequestContextData, silos)
                ?? Rendezvous.Choose($"{target.GrainIdentity.Key}", silos));
    }
}
