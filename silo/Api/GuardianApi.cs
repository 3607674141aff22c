using Guardian.Contracts;
using Guardian.Silo.Api.Events;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace Guardian.Silo.Api;

/// <summary>Puts the HTTP interface together: JSON, problem details, areas, OpenAPI and its page.</summary>
internal static class GuardianApi
{
    /// <summary>Registers what the interface needs.</summary>
    public static void AddGuardianApi(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(json => GuardianJson.Configure(json.SerializerOptions));
        services.AddProblemDetails(problems => problems.CustomizeProblemDetails = context =>
            context.ProblemDetails.Detail ??= WordsOf(context.HttpContext, context.ProblemDetails.Status));
        services.AddSingleton<EventHub>();
        services.AddOpenApi("v1", openApi =>
        {
            openApi.AddDocumentTransformer((document, _, _) =>
            {
                document.Info.Title = "Guardian";
                document.Info.Version = "v1";
                document.Info.Description = "May this order go out now, and if not, why, and until when?";
                document.Servers = [];
                return Task.CompletedTask;
            });
            openApi.AddSchemaTransformer((schema, context, _) =>
            {
                Type type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
                if (type == typeof(Timestamp))
                    AsText(schema, "date-time", "RFC 3339, UTC, up to nanoseconds; null: none");
                if (type == typeof(Epoch)) AsText(schema, null, "number.generation, such as 3.1");
                return Task.CompletedTask;
            });
        });
    }

    /// <summary>Maps <c>/api/v1</c>, <c>/openapi/v1.json</c> and <c>/docs</c>.</summary>
    public static void MapGuardianApi(this WebApplication app)
    {
        RouteGroupBuilder api = app.MapGroup("/api/v1").AddEndpointFilter<RouteGroupBuilder, RefusalFilter>()
            .ProducesProblem(StatusCodes.Status400BadRequest);
        api.MapCheck();
        api.MapObservations();
        api.MapSymbols();
        api.MapHistory();
        api.MapPortfolio();
        api.MapHolds();
        api.MapAlerts();
        api.MapDurability();
        api.MapAudit();
        api.MapEvents();
        app.MapOpenApi("/openapi/{documentName}.json");
        // Everything the page needs comes from this process: no fonts, telemetry or agent from elsewhere.
        app.MapScalarApiReference("/docs", page => page
            .WithTitle("Guardian API").DisableDefaultFonts().DisableTelemetry().DisableAgent().DisableMcp()
            .HideDeveloperTools().HideClientButton());
    }

    // What routing refuses by itself: it knows the status only.
    private static string? WordsOf(HttpContext context, int? status) => status switch
    {
        StatusCodes.Status404NotFound =>
            $"Condition failed: there is nothing at {context.Request.Path}; /docs lists what there is.",
        StatusCodes.Status405MethodNotAllowed =>
            $"Condition failed: {context.Request.Method} is not taken here; the header Allow lists what is.",
        StatusCodes.Status415UnsupportedMediaType =>
            $"Condition failed: Content-Type is '{Refusal.Cut(context.Request.ContentType ?? string.Empty)}'; "
            + "it takes application/json, and where lines are read application/x-ndjson.",
        StatusCodes.Status500InternalServerError => "Invariant: the silo failed; its log has the rest.",
        _ => null,
    };

    private static void AsText(OpenApiSchema schema, string? format, string description)
    {
        schema.Type = JsonSchemaType.String;
        schema.Format = format;
        schema.Description = description;
        schema.Properties?.Clear();
    }
}
