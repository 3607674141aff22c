using Guardian.Contracts;
using Guardian.Detection.Encoding;
using Guardian.Detection.Engine;
using Guardian.Storage.Checkpoints;

namespace Guardian.Grains.Guarding;

/// <summary>A guardian's checkpoint as bytes: the engine's state and the producers' cursors.</summary>
public static class GuardianSnapshot
{
    private const byte Format = 1;

    /// <summary>Writes a checkpoint.</summary>
    public static Checkpoint Write(GuardianCore core, ProducerCursors cursors)
    {
        var writer = new StateWriter(4096);
        writer.WriteByte(Format);
        writer.WriteBool(core.Provenance.Unverified);
        core.Engine.WriteState(writer);
        cursors.Write(writer);
        return new Checkpoint(core.Name.Key, core.Epoch, core.Sequence, core.Engine.Now, writer.ToArray());
    }

    /// <summary>Reads a checkpoint back.</summary>
    /// <exception cref="StateFormatException">The bytes are not a checkpoint of this or an older format.</exception>
    /// <returns>The engine, the cursors, and whether it was unverified when it was written.</returns>
    public static (GuardianEngine Engine, ProducerCursors Cursors, bool Unverified) Read(Checkpoint checkpoint)
    {
        var reader = new StateReader(checkpoint.Payload);
        byte format = reader.ReadByte();
        if (format != Format)
            throw new StateFormatException($"Condition failed: checkpoint format {format} is not {Format}.");
        bool unverified = reader.ReadBool();
        GuardianEngine engine = GuardianEngine.ReadState(ref reader);
        var cursors = new ProducerCursors();
        cursors.Read(ref reader);
        if (reader.Remaining != 0)
            throw new StateFormatException($"Condition failed: {reader.Remaining} bytes are left over.");
        engine.ContinueEpoch(checkpoint.Epoch.Number, checkpoint.Epoch.Generation, checkpoint.Sequence);
        return (engine, cursors, unverified);
    }
}
