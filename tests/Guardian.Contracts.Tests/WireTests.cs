using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace Guardian.Contracts.Tests;

/// <summary>Every message, every member set, through Orleans' serializer and back.</summary>
public sealed class WireTests
{
    private static readonly JsonSerializerOptions EveryMember = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter() },
    };

    public static TheoryData<string> Messages =>
        [.. MessageShape.Messages.Select(type => type.FullName!)];

    [Theory]
    [MemberData(nameof(Messages))]
    public void Serializer_RoundTrip_KeepsEveryMember(string message)
    {
        using ServiceProvider services = new ServiceCollection().AddSerializer().BuildServiceProvider();
        Serializer serializer = services.GetRequiredService<Serializer>();
        Type type = typeof(Verdict).Assembly.GetType(message, throwOnError: true)!;
        for (int seed = 1; seed <= 20; seed++)
        {
            object sent = new Sample(seed).Of(type);
            object? received = serializer.Deserialize<object>(serializer.SerializeToArray(sent));
            Assert.NotNull(received);
            Assert.IsType(type, received);
            Assert.Equal(Members(type, sent), Members(type, received));
        }
    }

    [Fact]
    public void Serializer_DecisionWithWhatIsNotSent_KeepsEveryMember()
    {
        using ServiceProvider services = new ServiceCollection().AddSerializer().BuildServiceProvider();
        Serializer serializer = services.GetRequiredService<Serializer>();
        Decision denied = new() { Code = "denied.halted", SizeFactor = 0 };
        Decision allowed = new() { Allowed = true, Code = "allowed", SizeFactor = 1, Sequence = 7 };
        foreach (Decision sent in (Decision[])[denied, allowed])
            Assert.Equal(sent, serializer.Deserialize<Decision>(serializer.SerializeToArray(sent)));
    }

    private static string Members(Type type, object message) => string.Join(
        '\n',
        MessageShape.Members(type).Select(member =>
            $"{member.Property.Name}={JsonSerializer.Serialize(member.Property.GetValue(message), EveryMember)}"));
}
