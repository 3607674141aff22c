using Guardian.Contracts;
using Guardian.Storage.GrainStorage;
using Guardian.Storage.Postgres;
using Guardian.Testing;
using Guardian.Testing.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans;

namespace Guardian.Storage.Tests.Postgres;

public sealed class PostgresGrainStorageTests(PostgresHost host) : PostgresGrainStorageSuite(host)
{
    [Fact]
    public async Task CallAsync_ServerNeverThere_FailsAtOnceInWordsAlone()
    {
        await using PostgresDatabase nowhere = Database("Host=127.0.0.1;Port=1;Database=none");
        await using GrainStorageDoor door = Door(nowhere);
        door.Start();
        StorageUnavailableException error = await Assert.ThrowsAsync<StorageUnavailableException>(
            () => door.ReadStateAsync("guardian", A, new GrainState<GuardianLimits>()));
        Assert.Matches(
            @"^Condition failed: grain storage in postgresql can't be used \(.+\)\. It is tried again by itself\.$",
            error.Message);
        Assert.Null(error.InnerException);
        Assert.False(door.Health().Healthy);
    }

    [Fact]
    public async Task CallAsync_ServerStoppedFrozenAndBack_SaysSoAndWorksAgain()
    {
        Assert.SkipWhen(PostgresServer.Missing is not null, PostgresServer.Missing ?? string.Empty);
        await using PostgresServer server = await PostgresServer.MakeAsync(Make.Soon());
        await using PostgresDatabase source = Database(server.ConnectionString("postgres"));
        await using GrainStorageDoor door = Door(source);
        door.Start();
        await server.StartAgainAsync(Make.Soon());
        await OpenAsync(door);
        var state = new GrainState<GuardianLimits> { State = new GuardianLimits { Profile = "feed" } };
        await door.WriteStateAsync("guardian", A, state);
        await server.StopImmediateAsync(Make.Soon());
        await AwayAsync(door);
        await server.StartAgainAsync(Make.Soon());
        await OpenAsync(door);
        await door.WriteStateAsync("guardian", A, state);
        await server.PauseAsync(Make.Soon());
        await AwayAsync(door);
        await server.ResumeAsync(Make.Soon());
        await OpenAsync(door);
        var read = new GrainState<GuardianLimits>();
        await door.ReadStateAsync("guardian", A, read);
        Assert.Equal(("feed", state.ETag), (read.State!.Profile, read.ETag));
        Assert.True(door.Refused > 0);
    }

    private static PostgresDatabase Database(string uri) => new(
        new PostgresOptions
        {
            Uri = uri, ConnectPatience = TimeSpan.FromSeconds(2), StatementPatience = TimeSpan.FromSeconds(1),
        },
        NullLogger<PostgresDatabase>.Instance);

    private static async Task AwayAsync(GrainStorageDoor door)
    {
        await Phase.ReachAsync(
            "the door is shut",
            TimeSpan.FromSeconds(20),
            async () =>
            {
                try
                {
                    await door.ReadStateAsync("guardian", A, new GrainState<GuardianLimits>());
                    return false;
                }
                catch (StorageUnavailableException)
                {
                    return !door.Health().Healthy;
                }
            },
            TestContext.Current.CancellationToken);
    }
}
