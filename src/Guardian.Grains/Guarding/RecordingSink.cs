using Guardian.Detection.Events;

namespace Guardian.Grains.Guarding;

/// <summary>
/// Packs what the fold folds for the journal and keeps the transitions for the streams. Not thread-safe.
/// </summary>
public sealed class RecordingSink : IFoldSink
{
    private readonly List<(long Sequence, Transition Transition)> _transitions = [];

    /// <summary>Gets the events packed since the last flush.</summary>
    public EventPacker Packer { get; } = new();

    /// <summary>Gets whether there are transitions nobody has taken.</summary>
    public bool HasTransitions => _transitions.Count > 0;

    /// <inheritdoc/>
    public void Write(long sequence, in Observation observation) => Packer.Write(sequence, in observation);

    /// <inheritdoc/>
    public void Write(long sequence, GuardianEvent guardianEvent)
    {
        Packer.Write(sequence, guardianEvent);
        if (guardianEvent is Transition transition) _transitions.Add((sequence, transition));
    }

    /// <summary>Takes the transitions since the last call.</summary>
    public (long Sequence, Transition Transition)[] TakeTransitions()
    {
        (long, Transition)[] taken = [.. _transitions];
        _transitions.Clear();
        return taken;
    }
}
