namespace Guardian.Storage.Tests.Postgres;

public sealed class PostgresHistoryStoreTests(PostgresHost host) : PostgresHistorySuite(host);
