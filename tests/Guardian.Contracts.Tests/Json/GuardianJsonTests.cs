using System.Text.Json;

namespace Guardian.Contracts.Tests.Json;

public sealed class GuardianJsonTests
{
    [Theory]
    [InlineData(TradingState.Halted, "\"Halted\"")]
    [InlineData(Level.Unknown, "\"Unknown\"")]
    [InlineData(BreakerState.HalfOpen, "\"HalfOpen\"")]
    [InlineData(GuardrailMode.Shadow, "\"Shadow\"")]
    [InlineData(Severity.P0, "\"P0\"")]
    [InlineData(Durability.Full, "\"Full\"")]
    [InlineData(HistoryKind.Transition, "\"transition\"")]
    [InlineData(AlertStatus.Firing, "\"firing\"")]
    [InlineData(ObserveCode.StaleProducer, "\"staleProducer\"")]
    [InlineData(ObservationKind.Latency, "\"latency\"")]
    [InlineData(OutcomeKind.Ok, "\"ok\"")]
    [InlineData(Scope.Portfolio, "\"portfolio\"")]
    [InlineData(OrderSide.Buy, "\"buy\"")]
    [InlineData(OrderAction.Cancel, "\"cancel\"")]
    public void Write_Enum_IsItsNameAndReadInAnyCase(object value, string json)
    {
        Assert.Equal(json, JsonSerializer.Serialize(value, value.GetType(), GuardianJson.Options));
        Assert.Equal(value, JsonSerializer.Deserialize(json.ToUpperInvariant(), value.GetType(), GuardianJson.Options));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize("1", value.GetType(), GuardianJson.Options));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void Write_NotFinite_IsNull(double value)
    {
        Assert.Equal("null", GuardianJson.Write(value));
        Assert.Equal("null", GuardianJson.Write<double?>(value));
        string json = GuardianJson.Write(new Reason { Code = "c", Guardrail = "g", Subject = "s", Value = value });
        Assert.Contains("\"value\":null", json, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("null", double.NaN)]
    [InlineData("\"NaN\"", double.NaN)]
    [InlineData("\"Infinity\"", double.PositiveInfinity)]
    [InlineData("\"-Infinity\"", double.NegativeInfinity)]
    [InlineData("1e-3", 0.001)]
    public void Read_Number_TakesTheNamesOfWhatIsNotFinite(string json, double value) =>
        Assert.Equal(value, GuardianJson.Read<double>(json));

    [Fact]
    public void Read_NumberAsText_IsRefused() =>
        Assert.Throws<JsonException>(() => GuardianJson.Read<double>("\"1\""));

    [Fact]
    public void Write_Observation_RoundTripsToTheNanosecond()
    {
        Observation observation = Observation.Latency("trade", new Timestamp(1_680_652_800_000_000_001),
            new Timestamp(1_680_652_803_020_000_002));
        Assert.Equal(observation, GuardianJson.Read<Observation>(GuardianJson.Write(observation)));
    }

    [Fact]
    public void Write_Symbol_HasTheFixedNames()
    {
        string json = GuardianJson.Write(new Verdict
        {
            Symbol = "A+B", Epoch = new Epoch(3, 1),
            AsOf = new Timestamp(1_500_000_000)
        });
        Assert.StartsWith(
            "{\"symbol\":\"A+B\",\"tradingState\":\"Active\",\"level\":\"Unknown\",\"breaker\":\"Closed\","
            + "\"episode\":0,"
            + "\"reasons\":[],\"readings\":[],\"epoch\":\"3.1\",\"sequence\":0,\"asOf\":\"1970-01-01T00:00:01.5Z\",",
            json,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Write_Summary_HasEnumsAsKeys() => Assert.Contains(
        "\"byTradingState\":{\"Halted\":2}",
        GuardianJson.Write(new PortfolioSummary { Session = "live", ByTradingState = { [TradingState.Halted] = 2 } }),
        StringComparison.Ordinal);

    [Fact]
    public void Write_List_HasItemsAndNext() =>
        Assert.Equal("{\"items\":[1],\"next\":null}", GuardianJson.Write(new ItemList<int>([1])));
}
