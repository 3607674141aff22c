using System.Globalization;
using Guardian.Silo.Api;
using Guardian.Silo.Clustering;
using Guardian.Silo.Dashboard;
using Guardian.Silo.Demo;
using Guardian.Silo.Health;
using Guardian.Silo.Hosting;
using Guardian.Silo.Options;
using Guardian.Silo.Telemetry;
using Guardian.Storage;
using Orleans.Configuration;
using Orleans.Dashboard;

namespace Guardian.Silo;

/// <summary>The process: Orleans silo, HTTP interface, page, health. Reads in the order of the data.</summary>
internal static class Program
{
    /// <summary>Exit code of wrong use or configuration.</summary>
    public const int WrongUse = 2;

    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(15);

    private static async Task<int> Main(string[] args)
    {
        SiloArguments arguments = SiloArguments.Parse(args);
        if (arguments.Errors.Count > 0) return Refuse(arguments.Errors);
        if (arguments.Help)
        {
            await Console.Out.WriteLineAsync(SiloArguments.HelpText);
            return 0;
        }

        try
        {
            // 1. Options: everything that is wrong is said at once, before anything is opened.
            IConfigurationRoot configuration =
                SiloConfiguration.Load(AppContext.BaseDirectory, Environment.CurrentDirectory);
            SiloOptionsResult read = SiloOptionsReader.Read(configuration, Environment.GetEnvironmentVariable);
            if (read.Errors.Count > 0) return Refuse(read.Errors);
            if (arguments.Health) return await HealthCommand.RunAsync(read.Options, Console.Out);
            if (PortCheck.Find(read.Options) is { Count: > 0 } taken) return Refuse(taken);
            CrashPoint.Arm(Environment.GetEnvironmentVariable);

            await using WebApplication app = Build(configuration, read.Options, arguments);
            await app.Services.OpenStoresAsync();
            await app.StartAsync();
            await Console.Out.WriteLineAsync(Greeting(app, read.Options));
            await app.WaitForShutdownAsync();
            return 0;
        }
        catch (Exception failure) when (StartFailure.Explain(failure) is { } words)
        {
            return Refuse([words]);
        }
    }

    /// <summary>Puts the process together; nothing is opened before it is started.</summary>
    internal static WebApplication Build(
        IConfiguration configuration, GuardianSiloOptions options, SiloArguments arguments)
    {
        WebApplicationBuilder builder = CreateBuilder(configuration, options);

        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(options);

        // 2. Stores: journal, checkpoints, history. 3. Silo: guardians, portfolio, aggregator, alerts, on loopback.
        builder.Host.UseOrleans((_, silo) =>
        {
            silo.AddClustering(options);
            silo.Configure<GrainCollectionOptions>(collection =>
            {
                collection.CollectionAge = options.CollectionAge;
                collection.CollectionQuantum = TimeSpan.FromTicks(
                    Math.Min(TimeSpan.FromMinutes(1).Ticks, options.CollectionAge.Ticks / 2));
            });
            silo.AddGuardian(options);
            silo.AddDashboard();
        });

        // 4. API, 5. page, 6. dashboard: what they need; they are mapped below, in this order.
        builder.Services.AddGuardianApi();
        builder.Services.AddGuardianMetrics();

        // 7. Demo: a seeded market, only when asked for.
        if (arguments.Demo)
        {
            int seed = arguments.Seed ?? Random.Shared.Next();
            builder.Services.AddSingleton(new DemoScenario(seed));
            builder.Services.AddHostedService<DemoMarket>();
        }

        WebApplication app = builder.Build();
        Map(app);
        return app;
    }

    private static void Map(WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages();

        // 4. API: checks, observations, history, holds, alerts, events; health beside it.
        app.MapGuardianApi();
        app.MapHealth();
        app.MapPrometheusScrapingEndpoint("/metrics").ExcludeFromDescription();

        // 5. Page: the live table of symbols, alerts and holds.
        app.MapPage();

        // 6. Dashboard: Orleans' own view of the silo.
        app.MapOrleansDashboard("/orleans").ExcludeFromDescription();
    }

    private static WebApplicationBuilder CreateBuilder(IConfiguration configuration, GuardianSiloOptions options)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = Environments.Production,
        });
        ((IConfigurationBuilder)builder.Configuration).Sources.Clear();
        builder.Configuration.AddConfiguration(configuration);
        builder.WebHost.UseUrls([.. options.Urls.Select(a => a.Url)]);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = ApiLimits.BodyBytes;
            kestrel.Limits.MaxConcurrentConnections = ApiLimits.Connections;
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
        });
        return builder;
    }

    private static string Greeting(WebApplication app, GuardianSiloOptions options)
    {
        string url = app.Urls.First().TrimEnd('/');
        return string.Create(CultureInfo.InvariantCulture, $"""
            Guardian is up.
              page       {url}/
              API        {url}/docs
              Orleans    {url}/orleans
              clients    127.0.0.1:{options.GatewayPort}
              data       {Path.GetFullPath(options.DataFolder)}
            Stop it with Ctrl+C.
            """);
    }

    private static int Refuse(IReadOnlyList<string> errors)
    {
        foreach (string error in errors) Console.Error.WriteLine(error);
        return WrongUse;
    }
}
