using Guardian.Storage.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Guardian.Storage.Tests.Postgres;

/// <summary>Silos of two versions on one schema, while they are replaced one by one.</summary>
public sealed class PostgresDatabaseTests(PostgresHost host)
{
    private const string Newer =
        "insert into guardian.schema_versions(scriptname, applied) values('9999-x.sql', now())";

    [Theory]
    [InlineData("0205", true)]
    [InlineData("9999", false)]
    public async Task PrepareAsync_SchemaIsNewer_UsedWhereItSaysSo(string oldest, bool used)
    {
        string uri = await host.DatabaseAsync();
        await PrepareAsync(uri);
        await ExecuteAsync(uri, Newer);
        await ExecuteAsync(uri, $"comment on schema guardian is 'for programs that know script {oldest} or newer'");
        if (used)
        {
            await PrepareAsync(uri);
            return;
        }

        var refused = await Assert.ThrowsAsync<PostgresRefusedException>(() => PrepareAsync(uri));
        Assert.Contains("is newer than this program (it has 9999-x.sql)", refused.Message, StringComparison.Ordinal);
    }

    // What an older program made says nothing; a newer one that says nothing is not known to be good.
    [Fact]
    public async Task PrepareAsync_SchemaIsNewerAndSaysNothing_Refused()
    {
        string uri = await host.DatabaseAsync();
        await PrepareAsync(uri);
        await ExecuteAsync(uri, Newer);
        await ExecuteAsync(uri, "comment on schema guardian is null");
        await Assert.ThrowsAsync<PostgresRefusedException>(() => PrepareAsync(uri));
    }

    private static async Task PrepareAsync(string uri)
    {
        await using var database = new PostgresDatabase(
            new PostgresOptions { Uri = uri }, NullLogger<PostgresDatabase>.Instance);
        await database.PrepareAsync(Make.Soon());
    }

    private static async Task ExecuteAsync(string uri, string sql)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(uri);
        await using NpgsqlCommand command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Make.Soon());
    }
}
