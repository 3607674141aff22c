using Guardian.Detection.Encoding;

namespace Guardian.Detection.Tests.Encoding;

public sealed class StateReaderTests
{
    private delegate void Read(ref StateReader reader);

    [Fact]
    public void ReadUnsigned_ElevenBytes_IsRefused() => Assert.Equal(
        "Condition failed: a number takes at most ten bytes.",
        Refused([.. Enumerable.Repeat((byte)0x80, 11)], (ref StateReader r) => r.ReadUnsigned()));

    [Fact]
    public void ReadUnsigned_LargestNumber_TakesTenBytes()
    {
        StateWriter writer = new();
        writer.WriteUnsigned(ulong.MaxValue);
        Assert.Equal(10, writer.Length);
        StateReader reader = new(writer.Written);
        Assert.Equal(ulong.MaxValue, reader.ReadUnsigned());
    }

    [Fact]
    public void ReadBytes_LongerThanWhatIsLeft_IsRefused()
    {
        // The count itself took one of the bytes that were left.
        Assert.Equal(
            "Condition failed: 3 bytes needed, 2 left.",
            Refused([3, 1, 2], (ref StateReader r) => r.ReadBytes()));
        Assert.Equal(
            "Condition failed: a count of 4 is above its limit of 3.",
            Refused([4, 1, 2], (ref StateReader r) => r.ReadBytes()));
    }

    [Fact]
    public void ReadString_LongerThanWhatIsLeft_IsRefused() => Assert.Equal(
        "Condition failed: 2 bytes needed, 1 left.", Refused([3, 65], (ref StateReader r) => r.ReadString()));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5_000)]
    public void WriteString_AnyLength_IsReadBack(int length)
    {
        StateWriter writer = new(1);
        writer.WriteString(new string('x', length));
        writer.WriteBytes(new byte[length]);
        StateReader reader = new(writer.Written);
        Assert.Equal(length, reader.ReadString()!.Length);
        Assert.Equal(length, reader.ReadBytes().Length);
        Assert.Equal(0, reader.Remaining);
    }

    private static string Refused(byte[] bytes, Read read) => Assert.Throws<StateFormatException>(() =>
    {
        StateReader reader = new(bytes);
        read(ref reader);
    }).Message;
}
