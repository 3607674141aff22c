using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Guardian.Client.Tests;

public sealed class GuardianClientOptionsTests
{
    [Fact]
    public void Validate_Defaults_IsFine() => Assert.Empty(new GuardianClientOptions().Validate());

    [Fact]
    public void AddGuardianClient_EverythingWrong_ReportsAllAtOnce()
    {
        OptionsValidationException e = Assert.Throws<OptionsValidationException>(
            () => new ServiceCollection().AddGuardianClient(o =>
            {
                o.Gateways = ["127.0.0.1"];
                o.ClusterId = string.Empty;
                o.ServiceId = new string('x', 65);
                o.ResponseTimeout = TimeSpan.FromMilliseconds(99);
                o.ConnectTimeout = TimeSpan.FromTicks(-1);
                o.ConnectRetryDelay = TimeSpan.FromMilliseconds(9);
            }));
        Assert.Equal(
            [
                "Condition failed: Gateways[0] is '127.0.0.1'; it takes host:port, port 1 to 65535.",
                "Condition failed: ClusterId has 0 characters; it takes 1 to 64.",
                "Condition failed: ServiceId has 65 characters; it takes 1 to 64.",
                "Condition failed: ResponseTimeout is 00:00:00.0990000; it takes 00:00:00.1000000 to 00:05:00.",
                "Condition failed: ConnectTimeout is -00:00:00.0000001; it takes 00:00:00 to 01:00:00.",
                "Condition failed: ConnectRetryDelay is 00:00:00.0090000; it takes 00:00:00.0100000 to 00:01:00.",
            ],
            [.. e.Failures],
            StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("localhost:1", "localhost", 1)]
    [InlineData("10.0.0.1:65535", "10.0.0.1", 65_535)]
    [InlineData("[::1]:30000", "::1", 30_000)]
    public void TryParseGateway_HostAndPort_AreRead(string text, string host, int port)
    {
        Assert.True(GuardianClientOptions.TryParseGateway(text, out string readHost, out int readPort));
        Assert.Equal((host, port), (readHost, readPort));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(":30000")]
    [InlineData("localhost:0")]
    [InlineData("localhost:65536")]
    [InlineData("localhost:-1")]
    [InlineData("local host:1")]
    [InlineData("::1:30000")]
    public void TryParseGateway_SomethingElse_IsRefused(string? text) =>
        Assert.False(GuardianClientOptions.TryParseGateway(text, out _, out _));
}
