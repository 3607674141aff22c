using Guardian.Contracts;
using Guardian.Silo.Options;
using Microsoft.Extensions.Configuration;

namespace Guardian.Silo.Tests.Options;

public sealed class SiloOptionsReaderTests
{
    [Fact]
    public void Read_Nothing_HasTheDefaults()
    {
        SiloOptionsResult result = Read([]);
        Assert.Empty(result.Errors);
        Assert.Equal("guardian-data", result.Options.DataFolder);
        Assert.Equal(11111, result.Options.SiloPort);
        Assert.Equal(30000, result.Options.GatewayPort);
        Assert.True(result.Options.AutoRegister);
        Assert.Equal(TradingState.Active, result.Options.OnUnknownState);
        Assert.Equal(TimeSpan.FromMinutes(15), result.Options.CollectionAge);
        Assert.Equal([new ListenAddress("http://127.0.0.1:8080", "127.0.0.1", 8080)], result.Options.Urls);
    }

    [Fact]
    public void Read_Everything_IsTaken()
    {
        SiloOptionsResult result = Read(
            [
                ("Guardian:DataFolder", "/tmp/x"), ("GUARDIAN:SILOPORT", "1"), ("Guardian:GatewayPort", "65535"),
                ("Guardian:AutoRegister", "false"), ("Guardian:OnUnknownState", "reducing"),
                ("Guardian:CollectionAge", "00:00:02"),
            ],
            ("ASPNETCORE_URLS", "http://localhost:81;http://[::1]:82"));
        Assert.Empty(result.Errors);
        Assert.Equal(("/tmp/x", 1, 65535, false, TradingState.Reducing, TimeSpan.FromSeconds(2)),
            (result.Options.DataFolder, result.Options.SiloPort, result.Options.GatewayPort,
                result.Options.AutoRegister, result.Options.OnUnknownState, result.Options.CollectionAge));
        Assert.Equal([81, 82], result.Options.Urls.Select(u => u.Port));
    }

    [Fact]
    public void Read_KillFile_IsTakenWhereItCanBeMadeAndRefusedElse()
    {
        string good = Path.Combine(Path.GetTempPath(), $"guardian-kill-{Guid.NewGuid():N}");
        SiloOptionsResult result = Read([("Guardian:KillFile", good)]);
        Assert.Empty(result.Errors);
        Assert.Equal(good, result.Options.KillFile);
        Assert.False(File.Exists(good));
        Assert.Null(Read([]).Options.KillFile);
        string folder = Path.TrimEndingDirectorySeparator(Path.GetTempPath());
        Assert.Equal(
            $"Condition failed: Guardian:KillFile is '{folder}', a folder; it takes the path of a file in a folder "
                + "that is there and can be written.",
            Assert.Single(Read([("Guardian:KillFile", folder)]).Errors));
    }

    [Fact]
    public void Read_EverythingWrong_SaysAllAtOnceWithPathValueAndRule()
    {
        SiloOptionsResult result = Read(
            [
                ("Guardian:SiloPort", "0"), ("Guardian:GatewayPort", "65536"), ("Guardian:AutoRegister", "yes"),
                ("Guardian:OnUnknownState", "1"), ("Guardian:CollectionAge", "00:00:01.9"),
                ("Guardian:DataFolder", "a\0b"), ("Guardian:Colour", "red"), ("Guardian:SiloPort:Inner", "1"),
                ("Kestrel:Endpoints:Http:Url", "http://*:1"),
            ],
            ("ASPNETCORE_URLS", "http://0.0.0.0:80"), ("REDIS_HOST", "redis:1"), ("TIMESCALEDB_URI", "secret"));
        string[] expected =
        [
            "Condition failed: Guardian:SiloPort is '0'; it takes a port from 1 to 65535.",
            "Condition failed: Guardian:GatewayPort is '65536'; it takes a port from 1 to 65535.",
            "Condition failed: Guardian:AutoRegister is 'yes'; it takes true or false.",
            "Condition failed: Guardian:OnUnknownState is '1'; it takes Active, Reducing or Halted.",
            "Condition failed: Guardian:CollectionAge is '00:00:01.9'; "
                + "it takes a duration from 00:00:02 to 7.00:00:00.",
            "Condition failed: Guardian:DataFolder is 'a\0b'; it takes a path without NUL.",
            "Condition failed: Guardian:Colour is not known; "
                + "the keys of Guardian are DataFolder, SiloPort, GatewayPort, "
                + "AutoRegister, OnUnknownState, CollectionAge, KillFile, Redis, Postgres, Cluster, MetricsPort.",
            "Condition failed: Guardian:SiloPort:Inner is not known; Guardian:SiloPort takes a single value.",
            "Condition failed: Kestrel:Endpoints is set; addresses are read from ASPNETCORE_URLS only.",
            "Condition failed: ASPNETCORE_URLS has 'http://0.0.0.0:80', which is not loopback: listening there needs "
                + "authentication, which this version does not have: bind to 127.0.0.1.",
            "Condition failed: REDIS_HOST is 'redis:1'; it must be a host name or an address, without port.",
            "Condition failed: TIMESCALEDB_URI can't be read; "
                + "it must be postgresql://user:password@host:port/database, or words such as Host=…;Database=….",
        ];
        Assert.Equal(expected.Order(StringComparer.Ordinal), result.Errors.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("00:00:02", true)]
    [InlineData("7.00:00:00", true)]
    [InlineData("00:00:01.9999999", false)]
    [InlineData("7.00:00:00.0000001", false)]
    [InlineData("15", false)]
    public void Read_CollectionAge_HoldsItsBounds(string text, bool taken) =>
        Assert.Equal(taken, Read([("Guardian:CollectionAge", text)]).Errors.Count == 0);

    [Fact]
    public void Read_PortsThatCollide_AreRefused() => Assert.Equal(
        [
            "Condition failed: Guardian:GatewayPort is '8080', the same as Guardian:SiloPort; give each its own port.",
            "Condition failed: ASPNETCORE_URLS has 'http://127.0.0.1:8080', the port of Guardian:SiloPort; "
                + "give each its own port.",
        ],
        Read([("Guardian:SiloPort", "8080"), ("Guardian:GatewayPort", "8080")]).Errors);

    [Fact]
    public void Read_EmptyTexts_CountAsNotGiven() => Assert.Empty(
        Read(
            [("Guardian:SiloPort", ""), ("Guardian:DataFolder", " ")],
            ("REDIS_HOST", ""),
            ("ASPNETCORE_URLS", "")).Errors);

    private static SiloOptionsResult Read(
        (string Key, string Value)[] settings, params (string Name, string Value)[] environment)
    {
        IConfigurationRoot configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(s => new KeyValuePair<string, string?>(s.Key, s.Value))).Build();
        return SiloOptionsReader.Read(
            configuration, name => environment.FirstOrDefault(e => e.Name == name).Value);
    }
}
