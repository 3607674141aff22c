using System.Text;
using Guardian.Contracts;
using Guardian.Silo.Api;

namespace Guardian.Silo.Tests.Api;

public sealed class RequestBodyTests
{
    [Theory]
    [InlineData("""{"symbol":"A","side":"buyy"}""", "side", "buyy",
        "Condition failed: side is 'buyy'; it takes buy, sell.")]
    [InlineData("""{"symbol":"A","side":1}""", "side", "1", "Condition failed: side is '1'; it takes buy, sell.")]
    [InlineData("""{"symbol":"A","quantity":"ten"}""", "quantity", "ten",
        "Condition failed: quantity is 'ten'; it takes a number.")]
    [InlineData("""{"symbol":"A","at":"noon"}""", "at", "noon",
        "Condition failed: at is 'noon'; it takes an RFC 3339 time such as 2026-01-31T12:00:00.5Z.")]
    [InlineData("""{"symbol":"A","quantty":1}""", "quantty", null,
        "Condition failed: quantty is not a known field (line 1, byte 25).")]
    [InlineData("{}", "symbol", null, "Condition failed: symbol is missing (line 1, byte 3).")]
    [InlineData("""{"symbol":"A",""", "body", null, "Condition failed: the body is not JSON (line 1, byte 14).")]
    [InlineData("null", "body", "null", "Condition failed: body is 'null'; it takes a JSON object.")]
    public void Parse_Wrong_NamesFieldValueAndLimit(string body, string field, string? value, string detail)
    {
        Refusal refusal = QueryTextTests.Refused(() => RequestBody.Parse<CheckOrder>(Encoding.UTF8.GetBytes(body)));
        Assert.Equal(detail, refusal.Detail);
        Assert.Equal((400, field, value), (refusal.Status, refusal.Field, refusal.Value));
    }

    [Fact]
    public void Parse_NestedField_NamesItsPath() => Assert.Equal(
        "Condition failed: items[1].kind is 'latent'; it takes latency, feature, outcome, pending, order, fill, price, "
            + "position, time.",
        QueryTextTests.Refused(() => RequestBody.Parse<ObservationBody>(
            """{"symbol":"A","items":[{"kind":"latency"},{"kind":"latent"}]}"""u8)).Detail);

    [Fact]
    public void Parse_FieldTwice_IsRefused() => Assert.Equal(400, QueryTextTests.Refused(
        () => RequestBody.Parse<CheckOrder>("""{"symbol":"A","symbol":"B"}"""u8)).Status);

    [Fact]
    public void Parse_LongValue_IsCutInTheAnswer()
    {
        string text = new('x', 1_000);
        Refusal refusal = QueryTextTests.Refused(
            () => RequestBody.Parse<CheckOrder>(Encoding.UTF8.GetBytes($$"""{"symbol":"A","side":"{{text}}"}""")));
        Assert.Equal(new string('x', Refusal.MaximumEcho) + "…", refusal.Value);
    }

    [Theory]
    [InlineData(" \r\n\t[1]", true)]
    [InlineData("{}", false)]
    [InlineData("", false)]
    public void StartsArray_AnyBody_LooksAtTheFirstThing(string body, bool array) =>
        Assert.Equal(array, RequestBody.StartsArray(Encoding.UTF8.GetBytes(body)));

    [Fact]
    public void CheckCount_OnTheBound_PassesAndOneMoreIsRefused()
    {
        RequestBody.CheckCount("items", 5_000);
        Refusal refusal = QueryTextTests.Refused(() => RequestBody.CheckCount("items", 5_001));
        Assert.Equal(
            (413, "Condition failed: items is '5001 items'; it takes at most 5000 items."),
            (refusal.Status, refusal.Detail));
    }

    [Theory]
    [InlineData("new", null, 1.0, "side")]
    [InlineData("new", "buy", null, "quantity")]
    [InlineData("replace", "buy", null, "quantity")]
    public void Check_OrderWithoutWhatItNeeds_IsRefused(string action, string? side, double? quantity, string field)
    {
        CheckOrder order = new()
        {
            Symbol = "A", Action = Enum.Parse<OrderAction>(action, ignoreCase: true),
            Side = side is null ? null : Enum.Parse<OrderSide>(side, ignoreCase: true), Quantity = quantity,
        };
        Assert.Equal("[2]." + field, order.Check("[2].")!.Field);
    }

    [Fact]
    public void Check_Cancel_NeedsNeitherSideNorQuantity() =>
        Assert.Null(new CheckOrder { Symbol = "A", Action = OrderAction.Cancel }.Check(string.Empty));
}
