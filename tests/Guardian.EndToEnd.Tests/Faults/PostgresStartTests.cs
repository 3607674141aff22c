using System.Text.Json.Nodes;
using Guardian.Testing;
using Guardian.Testing.Processes;
using Guardian.Testing.Servers;

namespace Guardian.EndToEnd.Tests.Faults;

/// <summary>A PostgreSQL that is not there, or not as it should be, when a silo starts.</summary>
[Trait(FaultSuite.Category, FaultSuite.Faults)]
public sealed class PostgresStartTests : PostgresFaultTest
{
    [Fact]
    public async Task Start_PostgresIsDownAndComesLater_TradesAtOnceAndFillsL2Then()
    {
        PostgresServer postgres = await StartServerAsync();
        await postgres.MakeDatabaseAsync(Database, Stop);
        await postgres.StopImmediateAsync(Stop);
        SiloProcess silo = await StartSiloAsync(At(postgres));
        LosslessLoad load = new(silo, "LATE");
        Prober prober = new(silo, "PROBE");
        await prober.AskAsync(TimeSpan.FromSeconds(1), Stop);
        for (int i = 0; i < 6; i++) await load.RoundAsync(Stop);
        string error = await Phase.ReachAsync(
            "it is told", Soon, async () => $"{(await TierAsync(silo))["lastError"]}", told => told.Length > 0, Stop);
        Assert.StartsWith(
            $"Condition failed: PostgreSQL at 127.0.0.1:{postgres.Port}/{Database} can't be used (",
            error,
            StringComparison.Ordinal);
        Assert.True((bool)(await silo.Http.GetAsync("symbols/LATEA", Stop))["provenance"]!["provisional"]!);
        await postgres.StartAgainAsync(Stop);
        await RightAsync(silo, "LATEA", "LATEB");
        await FaultLook.ClaimedAsync(silo, "LATEA", Soon, Stop);
        Assert.True(prober.Errors.Count == 0, string.Join('\n', prober.Errors.Take(5)));
        await silo.Kill9Async();
        await silo.StartAsync(Stop);
        await load.VerifyAsync(Stop);
    }

    [Theory]
    [InlineData(
        "create role weak login; revoke all on database guardian from public; "
        + "grant connect on database guardian to weak",
        "weak",
        "refuses (42501: ")]
    [InlineData("create role weak login; revoke all on database guardian from public", "weak", "refuses (42501: ")]
    [InlineData("select 1", "nobody", "refuses (28000: ")]
    public async Task Start_RoleWithoutRights_RefusedAndItIsTold(string sql, string role, string problem)
    {
        PostgresServer postgres = await StartServerAsync();
        await postgres.MakeDatabaseAsync(Database, Stop);
        await postgres.SqlAsync("postgres", sql, Stop);
        Uri address = new(postgres.AddressOf(Database));
        string uri = $"postgresql://{role}:hidden@{address.Host}:{address.Port}/{Database}";
        ProcessResult result = await NewSilo(At(uri)).RunAsync(Stop);
        Assert.Equal(2, result.Code);
        Assert.Contains(
            $"Condition failed: PostgreSQL at 127.0.0.1:{postgres.Port}/{Database} {problem}",
            result.Error,
            StringComparison.Ordinal);
        Assert.EndsWith(
            "Give the role of TIMESCALEDB_URI the right to connect and to make schema guardian, or name the schema's "
                + "owner in Guardian:Postgres:OwnerUri.",
            result.Error.TrimEnd(),
            StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", $"{result}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_SchemaIsNewer_RefusedAndLeftAlone()
    {
        PostgresServer postgres = await StartServerAsync();
        await postgres.MakeDatabaseAsync(Database, Stop);
        SiloProcess first = await StartSiloAsync(At(postgres));
        await new LosslessLoad(first, "OLD").RoundAsync(Stop);
        await RightAsync(first, "OLDA", "OLDB");
        Assert.Equal(0, await first.StopAsync(Stop));
        await postgres.SqlAsync(
            Database,
            "comment on schema guardian is 'for programs that know script 9999 or newer'; "
            + "insert into guardian.schema_versions(scriptname, applied) values('9999-tomorrow.sql', now())",
            Stop);
        string before = await postgres.SqlAsync(Database, "select count(*) from guardian.events", Stop);
        ProcessResult result = await first.RunAsync(Stop);
        Assert.Equal(2, result.Code);
        Assert.Equal(
            $"Condition failed: the schema guardian in PostgreSQL at 127.0.0.1:{postgres.Port}/{Database} is newer "
            + "than this program (it has 9999-tomorrow.sql). Start the newer program again, or name another database "
            + "in TIMESCALEDB_URI.",
            result.Error.TrimEnd());
        Assert.Equal(before, await postgres.SqlAsync(Database, "select count(*) from guardian.events", Stop));
    }
}
