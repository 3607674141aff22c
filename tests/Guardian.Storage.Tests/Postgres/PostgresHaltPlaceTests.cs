namespace Guardian.Storage.Tests.Postgres;

public sealed class PostgresHaltPlaceTests(PostgresHost host) : PostgresHaltSuite(host);
