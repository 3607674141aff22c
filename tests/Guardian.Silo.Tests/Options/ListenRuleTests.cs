using Guardian.Silo.Options;

namespace Guardian.Silo.Tests.Options;

public sealed class ListenRuleTests
{
    [Theory]
    [InlineData("http://127.0.0.1:8080", "127.0.0.1", 8080)]
    [InlineData("http://127.1.2.3:1", "127.1.2.3", 1)]
    [InlineData("http://localhost:65535", "localhost", 65535)]
    [InlineData("HTTP://LOCALHOST:5000", "LOCALHOST", 5000)]
    [InlineData("http://127.0.0.1:0", "127.0.0.1", 0)]
    [InlineData("http://127.0.0.1", "127.0.0.1", 80)]
    [InlineData("http://[::1]:8080", "[::1]", 8080)]
    public void Read_Loopback_IsTaken(string url, string host, int port)
    {
        List<string> errors = [];
        ListenAddress address = Assert.Single(ListenRule.Read(url, errors));
        Assert.Equal((host, port), (address.Host, address.Port));
        Assert.Empty(errors);
    }

    [Theory]
    [InlineData("http://0.0.0.0:8080")]
    [InlineData("http://[::]:8080")]
    [InlineData("http://*:8080")]
    [InlineData("http://+:8080")]
    [InlineData("http://192.168.0.1:8080")]
    [InlineData("http://trading-host:8080")]
    [InlineData("http://localhost.example.com:8080")]
    [InlineData("http://unix:/tmp/guardian.sock")]
    public void Read_AnythingElse_NeedsAuthentication(string url)
    {
        List<string> errors = [];
        Assert.Empty(ListenRule.Read(url, errors));
        Assert.Equal(
            [
                $"Condition failed: ASPNETCORE_URLS has '{url}', which is not loopback: listening there needs "
                    + "authentication, which this version does not have: bind to 127.0.0.1.",
            ],
            errors);
    }

    [Theory]
    [InlineData("https://127.0.0.1:8443")]
    [InlineData("ftp://127.0.0.1:21")]
    public void Read_AnotherScheme_IsRefused(string url)
    {
        List<string> errors = [];
        Assert.Empty(ListenRule.Read(url, errors));
        Assert.Equal(
            [
                $"Condition failed: ASPNETCORE_URLS has '{url}'; this version serves http on loopback only: "
                    + "use http://127.0.0.1:8080.",
            ],
            errors);
    }

    [Theory]
    [InlineData("8080")]
    [InlineData("http://")]
    [InlineData("http://127.0.0.1:8080/path")]
    [InlineData("http://127.0.0.1:65536")]
    public void Read_NoAddress_IsRefused(string url)
    {
        List<string> errors = [];
        Assert.Empty(ListenRule.Read(url, errors));
        Assert.Equal(
            [$"Condition failed: ASPNETCORE_URLS has '{url}'; it takes addresses such as http://127.0.0.1:8080."],
            errors);
    }

    [Fact]
    public void Read_Several_SaysEachThatIsWrong()
    {
        List<string> errors = [];
        Assert.Single(ListenRule.Read("http://127.0.0.1:1; http://0.0.0.0:2;http://*:3", errors));
        Assert.Equal(2, errors.Count);
    }
}
