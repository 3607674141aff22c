namespace Guardian.Storage.Tests.Postgres;

[Collection(TimescaleHost.Collection)]
public sealed class TimescaleHistoryStoreTests(TimescaleHost host) : PostgresHistorySuite(host);

[Collection(TimescaleHost.Collection)]
public sealed class TimescaleHaltPlaceTests(TimescaleHost host) : PostgresHaltSuite(host);

[Collection(TimescaleHost.Collection)]
public sealed class TimescaleGrainStorageTests(TimescaleHost host) : PostgresGrainStorageSuite(host);
