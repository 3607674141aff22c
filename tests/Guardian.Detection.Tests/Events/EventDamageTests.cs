using Guardian.Detection.Encoding;
using Guardian.Detection.Events;

namespace Guardian.Detection.Tests.Events;

public sealed class EventDamageTests
{
    private const byte PermitTag = 2;
    private const byte HoldTag = 3;
    private const byte RebaselineTag = 9;

    [Theory]
    [InlineData(0x40)]
    [InlineData(0x4A)]
    public void Unpack_UnknownObservation_IsRefused(byte tag) => Assert.Equal(
        $"Condition failed: {tag} is not the tag of an observation.", Refused(Event(tag, _ => { })));

    [Theory]
    [InlineData(0)]
    [InlineData(13)]
    public void Unpack_UnknownTag_IsRefused(byte tag) => Assert.Equal(
        $"Condition failed: {tag} is not the tag of an event of format 1.", Refused(Event(tag, _ => { })));

    [Theory]
    [InlineData(2_147_483_648)]
    [InlineData(-2_147_483_649)]
    public void Unpack_GenerationBeyond32Bits_IsRefused(long generation) => Assert.Equal(
        $"Condition failed: {generation} does not fit 32 bits.", Refused(Permit(generation)));

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public void Unpack_GenerationOfAll32Bits_IsTaken(int generation)
    {
        EventPacker again = new();
        Assert.Equal(1, EventUnpacker.Unpack(Permit(generation), 1, again));
        Assert.Equal(Permit(generation), again.ToArray());
    }

    [Fact]
    public void Unpack_UnknownTradingState_IsRefused() => Assert.Equal(
        "Condition failed: 3 is not a trading state.", Refused(Event(HoldTag, w =>
        {
            w.WriteString("h");
            w.WriteByte(3);
        })));

    [Fact]
    public void Unpack_MoreValuesThanBytes_IsRefused() => Assert.Equal(
        "Condition failed: a count of 3 is above its limit of 2.", Refused(Event(RebaselineTag, w =>
        {
            w.WriteString("f");
            w.WriteBool(true);
            w.WriteUnsigned(3);
            w.WriteDouble(1);
            w.WriteDouble(2);
        })));

    [Fact]
    public void IsDerived_OnlyATransition_IsBroughtForth()
    {
        Assert.True(new Transition(
            1, GuardrailKind.Drift, "f", "Healthy", "Breach", TradingState.Active, 1, false, []).IsDerived);
        Assert.False(new ResumeApproved(1, 1, "bob", "").IsDerived);
    }

    private static byte[] Permit(long generation) => Event(PermitTag, w =>
    {
        w.WriteString("p");
        w.WriteSigned(1);
        w.WriteSigned(generation);
    });

    private static byte[] Event(byte tag, Action<StateWriter> fields)
    {
        StateWriter writer = new();
        writer.WriteByte(tag);
        writer.WriteSigned(1);
        fields(writer);
        return writer.ToArray();
    }

    private static string Refused(byte[] bytes) =>
        Assert.Throws<StateFormatException>(() => EventUnpacker.Unpack(bytes, 1, new EventPacker())).Message;
}
