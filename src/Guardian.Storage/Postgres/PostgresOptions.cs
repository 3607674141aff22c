using System.Globalization;
using System.Web;
using Guardian.Detection.Options;
using Npgsql;

namespace Guardian.Storage.Postgres;

/// <summary>Where PostgreSQL is and how it is used, as written.</summary>
public sealed class PostgresOptions
{
    /// <summary>Gets or sets how to connect; holds a password: never logged.</summary>
    /// <value><c>postgresql://user:password@host:port/database</c> or words of Npgsql; <c>TIMESCALEDB_URI</c>.</value>
    public string Uri { get; set; } = string.Empty;

    /// <summary>Gets or sets the schema that everything lies in.</summary>
    /// <value>1 to 63 small letters, digits and <c>_</c>, not beginning with a digit; default <c>guardian</c>.</value>
    public string Schema { get; set; } = "guardian";

    /// <summary>Gets or sets how long a connection may take to be made.</summary>
    /// <value>Default 3 s; 1 s to 1 min.</value>
    public TimeSpan ConnectPatience { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Gets or sets how long a statement may take.</summary>
    /// <value>Default 10 s; 1 s to 10 min.</value>
    public TimeSpan StatementPatience { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Gets or sets how the owner of the schema connects, who makes and changes it; never logged. Null: as
    /// <see cref="Uri"/>.
    /// </summary>
    public string? OwnerUri { get; set; }

    /// <summary>Gets or sets how long events are kept, by the day on which they were received.</summary>
    /// <value>Default 7 days; 1 day to 10,000 days.</value>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Gets or sets how long the rollups by minute are kept.</summary>
    /// <value>Default 400 days; 1 day to 10,000 days.</value>
    public TimeSpan RollupRetention { get; set; } = TimeSpan.FromDays(400);

    /// <summary>Gets or sets when chunks of TimescaleDB are compressed, where its licence has that.</summary>
    /// <value>Default 2 days; 1 day to 10,000 days.</value>
    public TimeSpan CompressAfter { get; set; } = TimeSpan.FromDays(2);

    /// <summary>
    /// Gets or sets whether new events are sent by <c>copy</c>, much the cheaper way; false for a server or pooler that
    /// takes none.
    /// </summary>
    /// <value>Default true.</value>
    public bool UseCopy { get; set; } = true;

    /// <summary>Gets host, port and database, for messages; without user and password.</summary>
    public string EndPoint => Read(Uri) is { } read
        ? string.Create(CultureInfo.InvariantCulture, $"{read.Host}:{read.Port}/{read.Database}")
        : "?";

    /// <summary>Checks every option.</summary>
    /// <returns>Everything that is wrong, with path and rule, never with the URI; empty when nothing is.</returns>
    public IReadOnlyList<OptionError> Validate()
    {
        var errors = new List<OptionError>();
        if (Read(Uri) is not { Host.Length: > 0, Database.Length: > 0 })
        {
            errors.Add(new OptionError(
                nameof(Uri),
                "what is set",
                "must be postgresql://user:password@host:port/database, or words such as Host=…;Database=…"));
        }

        if (OwnerUri is not null && Read(OwnerUri) is not { Host.Length: > 0, Database.Length: > 0 })
        {
            errors.Add(new OptionError(
                nameof(OwnerUri),
                "what is set",
                "must be postgresql://user:password@host:port/database, or words such as Host=…;Database=…"));
        }

        bool named = Schema.Length is > 0 and <= 63 && !char.IsAsciiDigit(Schema[0])
            && Schema.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_');
        if (!named)
        {
            errors.Add(new OptionError(
                nameof(Schema), $"'{Schema}'", "must be 1 to 63 small letters, digits and '_', no digit first"));
        }

        TimeSpan second = TimeSpan.FromSeconds(1);
        errors.Within(nameof(ConnectPatience), ConnectPatience, second, TimeSpan.FromMinutes(1));
        errors.Within(nameof(StatementPatience), StatementPatience, second, TimeSpan.FromMinutes(10));
        TimeSpan day = TimeSpan.FromDays(1);
        errors.Within(nameof(Retention), Retention, day, day * 10_000);
        errors.Within(nameof(RollupRetention), RollupRetention, day, day * 10_000);
        errors.Within(nameof(CompressAfter), CompressAfter, day, day * 10_000);
        return errors;
    }

    /// <summary>Says how to connect for one purpose.</summary>
    /// <param name="purpose">Shown by the server as the application's name.</param>
    /// <param name="connections">Most connections at once.</param>
    internal string ConnectionString(string purpose, int connections)
    {
        NpgsqlConnectionStringBuilder builder =
            Read(Uri) ?? throw new InvalidOperationException("Invariant: the options were checked.");
        builder.ApplicationName = $"guardian-{purpose}";
        builder.SearchPath = $"{Schema},public";
        builder.Timeout = (int)Math.Ceiling(ConnectPatience.TotalSeconds);
        // The server gives a statement up by itself. One that is frozen can't, and is left without asking it: the
        // driver asks on the thread at hand, and who waits for a decision would wait for that.
        builder.Options = $"{builder.Options} -c statement_timeout={StatementPatience.TotalMilliseconds:0}".TrimStart();
        builder.CommandTimeout = (int)Math.Ceiling(StatementPatience.TotalSeconds) + 1;
        builder.CancellationTimeout = -1;
        builder.KeepAlive = 5;
        builder.MaxPoolSize = connections;
        builder.IncludeErrorDetail = false;
        return builder.ConnectionString;
    }

    /// <summary>Says how to connect for the migrations, whose runner takes a search path for the name of a schema.
    /// </summary>
    internal string OwnerConnectionString()
    {
        NpgsqlConnectionStringBuilder builder = new(new PostgresOptions
        {
            Uri = OwnerUri ?? Uri, Schema = Schema, ConnectPatience = ConnectPatience,
            StatementPatience = StatementPatience,
        }.ConnectionString("owner", 2));
        builder.SearchPath = null;
        builder.Options = $"{builder.Options} -c search_path={Schema},public";
        return builder.ConnectionString;
    }

    private static NpgsqlConnectionStringBuilder? Read(string text)
    {
        try
        {
            bool isUri = text.StartsWith("postgresql://", StringComparison.Ordinal)
                || text.StartsWith("postgres://", StringComparison.Ordinal);
            return isUri ? ReadUri(new Uri(text)) : new NpgsqlConnectionStringBuilder(text);
        }
        catch (Exception e) when (e is ArgumentException or UriFormatException or FormatException
            or InvalidCastException or KeyNotFoundException)
        {
            return null; // What is wrong is told without the text, which may hold a password.
        }
    }

    private static NpgsqlConnectionStringBuilder ReadUri(Uri uri)
    {
        var builder = new NpgsqlConnectionStringBuilder { Host = uri.Host, Port = uri.Port > 0 ? uri.Port : 5432 };
        string[] user = uri.UserInfo.Split(':', 2);
        if (user[0].Length > 0) builder.Username = System.Uri.UnescapeDataString(user[0]);
        if (user.Length > 1) builder.Password = System.Uri.UnescapeDataString(user[1]);
        builder.Database = System.Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/'));
        System.Collections.Specialized.NameValueCollection query = HttpUtility.ParseQueryString(uri.Query);
        foreach (string? key in query.AllKeys)
        {
            if (key is null) continue;
            // The names of libpq that people write; Npgsql has its own for the same.
            string name = key switch { "sslmode" => "SSL Mode", "application_name" => "Application Name", _ => key };
            builder[name] = query[key]?.Replace("-", string.Empty, StringComparison.Ordinal);
        }

        return builder;
    }
}
