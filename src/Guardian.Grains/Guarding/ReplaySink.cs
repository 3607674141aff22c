using Guardian.Detection.Engine;
using Guardian.Detection.Events;

namespace Guardian.Grains.Guarding;

/// <summary>
/// Folds stored events again: inputs are applied, derived events only move the time and are compared.
/// </summary>
/// <remarks>The same fold as live; what it brings forth is not recorded a second time. Not thread-safe.</remarks>
public sealed class ReplaySink(GuardianEngine engine) : IFoldSink
{
    private static readonly Nothing Void = new();

    /// <summary>Gets or sets the last event that is in the state already: up to it nothing is folded again.</summary>
    public long After { get; set; }

    /// <summary>Gets the number of stored events seen.</summary>
    public long Events { get; private set; }

    /// <summary>Gets how often the fold's number differed from the stored one: other rules, or a hole.</summary>
    public long Divergences { get; private set; }

    /// <inheritdoc/>
    public void Write(long sequence, in Observation observation)
    {
        if (sequence <= After) return;
        engine.Apply(in observation, Void);
        Compare(sequence);
    }

    /// <summary>Gets whether a person vouched for the guardian in what was folded.</summary>
    public bool Vouched { get; private set; }

    /// <inheritdoc/>
    public void Write(long sequence, GuardianEvent guardianEvent)
    {
        if (sequence <= After) return;
        Vouched |= guardianEvent is Vouched;
        engine.Apply(guardianEvent, Void);
        Compare(sequence);
    }

    // What an event brings forth follows it, so the fold may be ahead of the stored number, but never behind.
    private void Compare(long sequence)
    {
        Events++;
        if (engine.Sequence >= sequence) return;
        Divergences++;
        engine.SkipTo(sequence);
    }

    private sealed class Nothing : IFoldSink
    {
        public void Write(long sequence, in Observation observation)
        {
        }

        public void Write(long sequence, GuardianEvent guardianEvent)
        {
        }
    }
}
