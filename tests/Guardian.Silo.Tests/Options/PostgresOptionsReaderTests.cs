using Guardian.Silo.Options;
using Guardian.Storage.Postgres;
using Microsoft.Extensions.Configuration;

namespace Guardian.Silo.Tests.Options;

public sealed class PostgresOptionsReaderTests : IDisposable
{
    private const string Rule = "it must be postgresql://user:password@host:port/database, "
        + "or words such as Host=…;Database=….";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("guardian-postgres-options-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("postgresql://ann:se%20cret@db.local:5433/guard", "db.local:5433/guard")]
    [InlineData("postgres://db.local/guard", "db.local:5432/guard")]
    [InlineData("postgresql://ann@[::1]:5433/guard?sslmode=verify-full", "[::1]:5433/guard")]
    [InlineData("Host=db.local;Port=5433;Database=guard;Username=ann;Password=secret", "db.local:5433/guard")]
    public void Read_UriOrWords_ToldWithoutThePassword(string uri, string endPoint)
    {
        (PostgresOptions? options, IReadOnlyList<string> errors) = Read([], ("TIMESCALEDB_URI", uri));
        Assert.Empty(errors);
        Assert.Equal((endPoint, "guardian"), (options!.EndPoint, options.Schema));
    }

    [Theory]
    [InlineData("hidden")]
    [InlineData("postgresql://ann:hidden@db.local:port/guard")]
    [InlineData("postgresql://ann:hidden@db.local")]
    [InlineData("mysql://ann:hidden@db.local/guard")]
    [InlineData("Host=db.local;Passwrd=hidden;Database=guard")]
    [InlineData("postgresql://ann:hidden@db.local/guard?colour=red")]
    public void Read_UriThatDoesNotParse_RefusedWithoutItsValue(string uri)
    {
        (PostgresOptions? options, IReadOnlyList<string> errors) = Read([], ("TIMESCALEDB_URI", uri));
        Assert.Null(options);
        Assert.Equal($"Condition failed: TIMESCALEDB_URI can't be read; {Rule}", Assert.Single(errors));
    }

    [Fact]
    public void Read_EnvironmentFileAndSection_TheEnvironmentWins()
    {
        string file = Path.Combine(_folder.FullName, "uri");
        File.WriteAllText(file, "postgresql://three/guard\n");
        (string, string)[] section = [("Guardian:Postgres:Uri", "postgresql://one/guard")];
        Assert.Equal("one:5432/guard", Read(section).Options!.EndPoint);
        Assert.Equal("three:5432/guard", Read(section, ("TIMESCALEDB_URI_FILE", file)).Options!.EndPoint);
        Assert.Equal(
            "two:5432/guard",
            Read(section, ("TIMESCALEDB_URI", "postgresql://two/guard"), ("TIMESCALEDB_URI_FILE", file))
                .Options!.EndPoint);
    }

    [Fact]
    public void Read_EverythingWrong_SaysAllAtOnce()
    {
        IReadOnlyList<string> errors = Read(
            [("Guardian:Postgres:Colour", "red"), ("Guardian:Postgres:Schema", "Guard; drop"),
                ("Guardian:Postgres:UseCopy", "yes")],
            ("TIMESCALEDB_URI", "postgresql://db.local/guard")).Errors;
        Assert.Equal(
            [
                "Condition failed: Guardian:Postgres:Colour is not known; "
                    + "the keys of Guardian:Postgres are Uri, UriFile, OwnerUri, OwnerUriFile, Schema, Retention, "
                    + "RollupRetention, CompressAfter, UseCopy.",
                "Condition failed: Guardian:Postgres:UseCopy is 'yes'; it must be true or false.",
                "Condition failed: Guardian:Postgres:Schema is 'Guard; drop'; "
                    + "it must be 1 to 63 small letters, digits and '_', no digit first.",
            ],
            errors);
    }

    [Fact]
    public void Read_SectionWithoutServer_Refused() => Assert.Equal(
        "Condition failed: Guardian:Postgres is there without a server; set TIMESCALEDB_URI or Guardian:Postgres:Uri.",
        Assert.Single(Read([("Guardian:Postgres:Schema", "guard")]).Errors));

    private static (PostgresOptions? Options, IReadOnlyList<string> Errors) Read(
        (string Key, string Value)[] settings, params (string Name, string Value)[] environment)
    {
        IConfigurationRoot configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(s => new KeyValuePair<string, string?>(s.Key, s.Value))).Build();
        List<string> errors = [];
        PostgresOptions? options = PostgresOptionsReader.Read(
            configuration.GetSection("Guardian"),
            name => environment.FirstOrDefault(e => e.Name == name).Value,
            errors);
        return (options, errors);
    }
}
