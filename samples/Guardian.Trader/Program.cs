using Guardian.Client;
using Guardian.Trader;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

// dotnet run --project samples/Guardian.Trader -c Release -- --gateways 127.0.0.1:30000 --symbols BTCUSDT,ETHUSDT
HostApplicationBuilder builder = Host.CreateApplicationBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
string? redis = builder.Configuration["redis"];
string gateways = builder.Configuration["gateways"] ?? "127.0.0.1:30000";
builder.Services.AddGuardianClient(options =>
{
    if (redis is not null) options.Redis = redis; // Silos are found by the table there,
    else options.Gateways = gateways.Split(','); // or named.
});
builder.Services.AddSingleton(new TraderSettings(
    (builder.Configuration["symbols"] ?? "BTCUSDT").Split(','),
    TimeSpan.FromSeconds(1) / builder.Configuration.GetValue("orders-per-second", defaultValue: 50)));
builder.Services.AddHostedService<TradingLoop>();
await builder.Build().RunAsync();
