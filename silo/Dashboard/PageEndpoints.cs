using System.Reflection;

namespace Guardian.Silo.Dashboard;

/// <summary>Maps <c>/</c>: one plain live page out of this assembly; nothing comes from elsewhere.</summary>
internal static class PageEndpoints
{
    // Scripts, styles and data from this origin only: a name that came from outside can't bring code along.
    private const string ContentPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
        + "form-action 'none'; frame-ancestors 'none'";

    /// <summary>Maps page, style and script.</summary>
    public static void MapPage(this WebApplication app)
    {
        Map(app, "/", "page.html", "text/html; charset=utf-8");
        Map(app, "/page.css", "page.css", "text/css; charset=utf-8");
        Map(app, "/page.js", "page.js", "text/javascript; charset=utf-8");
    }

    private static void Map(WebApplication app, string path, string resource, string type)
    {
        byte[] bytes = Read(resource);
        app.MapGet(path, (HttpResponse response) =>
        {
            response.Headers.ContentSecurityPolicy = ContentPolicy;
            response.Headers.XContentTypeOptions = "nosniff";
            response.Headers["Referrer-Policy"] = "no-referrer";
            response.Headers.CacheControl = "no-cache";
            return TypedResults.Bytes(bytes, type);
        }).ExcludeFromDescription();
    }

    private static byte[] Read(string resource)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"Invariant: resource {resource} is not in the assembly.");
        using MemoryStream copy = new();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
