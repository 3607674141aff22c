using Guardian.Detection.Encoding;

namespace Guardian.Detection.Tests.Latency;

/// <summary>Damages bytes at random and reads them: they are refused by name or read, never anything else.</summary>
internal static class Damage
{
    public delegate void Read(ref StateReader reader);

    public static bool TryRead(byte[] whole, int seed, Read read)
    {
        var random = new Lcg((ulong)seed);
        byte[] bytes = [.. whole];
        int hits = 1 + random.Below(3);
        for (int i = 0; i < hits; i++) bytes[random.Below(bytes.Length)] ^= (byte)(1 + random.Below(255));
        if (random.Below(4) == 0) bytes = bytes[..random.Below(bytes.Length)];
        var reader = new StateReader(bytes);
        try
        {
            read(ref reader);
            return true;
        }
        catch (StateFormatException error)
        {
            Assert.StartsWith("Condition failed: ", error.Message, StringComparison.Ordinal);
            return false;
        }
    }
}
