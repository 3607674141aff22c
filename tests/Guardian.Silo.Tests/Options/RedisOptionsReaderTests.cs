using Guardian.Silo.Options;
using Guardian.Storage.Redis;
using Microsoft.Extensions.Configuration;

namespace Guardian.Silo.Tests.Options;

public sealed class RedisOptionsReaderTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("guardian-redis-options-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("REDIS_PORT", "tcp://10.0.0.7:6379")]
    [InlineData("REDIS_PASSWORD", "secret")]
    public void Read_NoHost_NoRedisWhateverElseIsSet(string name, string value)
    {
        (RedisOptions? options, IReadOnlyList<string> errors) = Read([], (name, value));
        Assert.Null(options);
        Assert.Empty(errors);
    }

    [Fact]
    public void Read_HostAlone_HasTheDefaults()
    {
        RedisOptions options = Read([], ("REDIS_HOST", "redis.local")).Options!;
        Assert.Equal(("redis.local", 6379, "guardian"), (options.Host, options.Port, options.ServiceId));
        Assert.Null(options.User);
        Assert.Null(options.Password);
    }

    [Fact]
    public void Read_EnvironmentAndSection_TheEnvironmentWinsAndFilesAreRead()
    {
        string password = Write("password", "se cret\n");
        RedisOptions options = Read(
            [
                ("Guardian:Redis:Host", "one"), ("Guardian:Redis:Port", "7000"),
                ("Guardian:Redis:PasswordFile", password),
            ],
            ("REDIS_HOST", "::1"),
            ("REDIS_USER_FILE", Write("user", "ann"))).Options!;
        Assert.Equal(("::1", 7000, "ann", "se cret"), (options.Host, options.Port, options.User, options.Password));
    }

    [Fact]
    public void Read_EverythingWrong_SaysAllAtOnceWithoutThePassword()
    {
        string empty = Write("empty", " \n");
        IReadOnlyList<string> errors = Read(
            [("Guardian:Redis:Colour", "red"), ("Guardian:Redis:ServiceId", "a b")],
            ("REDIS_HOST", "redis:6379"),
            ("REDIS_PORT", "tcp://10.0.0.7:6379"),
            ("REDIS_PASSWORD_FILE", empty),
            ("REDIS_USER_FILE", "/nowhere/user")).Errors;
        string[] expected =
        [
            "Condition failed: Guardian:Redis:Colour is not known; the keys of Guardian:Redis are "
                + "Host, Port, User, Password, ServiceId, each also as a …File.",
            "Condition failed: REDIS_PORT is 'tcp://10.0.0.7:6379'; it takes a port from 1 to 65535.",
            "Condition failed: REDIS_USER_FILE is '/nowhere/user', which can't be read: "
                + "Could not find a part of the path '/nowhere/user'.",
            $"Condition failed: REDIS_PASSWORD_FILE is '{empty}', an empty file; "
                + "it takes a file with the value in it.",
            "Condition failed: REDIS_HOST is 'redis:6379'; it must be a host name or an address, without port.",
            "Condition failed: Guardian:Redis:ServiceId is 'a b'; "
                + "it must be 1 to 64 letters, digits, '-', '_' and '.'.",
        ];
        Assert.Equal(expected, errors);
    }

    [Theory]
    [InlineData("0", false)]
    [InlineData("1", true)]
    [InlineData("65535", true)]
    [InlineData("65536", false)]
    public void Read_Port_HoldsItsBounds(string port, bool taken) =>
        Assert.Equal(taken, Read([], ("REDIS_HOST", "h"), ("REDIS_PORT", port)).Errors.Count == 0);

    [Fact]
    public void Read_SectionWithoutHost_IsRefused() => Assert.Equal(
        "Condition failed: Guardian:Redis is there without a host; set REDIS_HOST or Guardian:Redis:Host.",
        Assert.Single(Read([("Guardian:Redis:Port", "7000")]).Errors));

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static (RedisOptions? Options, IReadOnlyList<string> Errors) Read(
        (string Key, string Value)[] settings, params (string Name, string Value)[] environment)
    {
        IConfigurationRoot configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(s => new KeyValuePair<string, string?>(s.Key, s.Value))).Build();
        List<string> errors = [];
        RedisOptions? options = RedisOptionsReader.Read(
            configuration.GetSection("Guardian"),
            name => environment.FirstOrDefault(e => e.Name == name).Value,
            errors);
        return (options, errors);
    }
}
