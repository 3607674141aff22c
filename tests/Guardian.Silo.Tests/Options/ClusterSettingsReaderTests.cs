using System.Net;
using Guardian.Silo.Options;
using Microsoft.Extensions.Configuration;

namespace Guardian.Silo.Tests.Options;

public sealed class ClusterSettingsReaderTests
{
    [Fact]
    public void Read_NothingSaid_LoopbackAndGuardian()
    {
        (ClusterSettings settings, IReadOnlyList<string> errors) = Read();
        Assert.Empty(errors);
        Assert.Equal((IPAddress.Loopback, "guardian", true),
            (settings.AdvertisedAddress, settings.ClusterId, settings.IsLoopback));
    }

    [Theory]
    [InlineData("10.0.0.7")]
    [InlineData("fd00::7")]
    public void Read_AnAddress_IsAdvertised(string address)
    {
        (ClusterSettings settings, _) = Read(("AdvertisedAddress", address), ("ClusterId", "blue-2"));
        Assert.Equal((IPAddress.Parse(address), "blue-2", false),
            (settings.AdvertisedAddress, settings.ClusterId, settings.IsLoopback));
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("silo-1")]
    [InlineData("1")]
    public void Read_NoAddressThatOthersReach_IsRefused(string address) => Assert.Equal(
        $"Condition failed: Guardian:Cluster:AdvertisedAddress is '{address}'; it takes the address at which other "
        + "silos reach this one, such as 10.0.0.7, not a name and not 0.0.0.0.",
        Assert.Single(Read(("AdvertisedAddress", address)).Errors));

    [Fact]
    public void Read_UnknownKeyAndOddId_BothAreSaid()
    {
        IReadOnlyList<string> errors = Read(("ClusterId", "a b"), ("Colour", "red")).Errors;
        string[] expected =
        [
            "Condition failed: Guardian:Cluster:Colour is not known; the keys of Guardian:Cluster are "
                + "AdvertisedAddress, ClusterId.",
            "Condition failed: Guardian:Cluster:ClusterId is 'a b'; it takes 1 to 64 letters, digits, "
                + "'-', '_' and '.'.",
        ];
        Assert.Equal(expected, errors);
    }

    private static (ClusterSettings Settings, IReadOnlyList<string> Errors) Read(
        params (string Key, string Value)[] said)
    {
        IConfigurationRoot configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(said.Select(s => KeyValuePair.Create($"Guardian:Cluster:{s.Key}", (string?)s.Value)))
            .Build();
        List<string> errors = [];
        return (ClusterSettingsReader.Read(configuration.GetSection("Guardian"), errors), errors);
    }
}
