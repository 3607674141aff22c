using Microsoft.AspNetCore.Http.Features;

namespace Guardian.Silo.Api.Events;

/// <summary>Maps <c>GET /events</c>: server-sent events of verdicts, alerts and tier health.</summary>
internal static class EventEndpoints
{
    /// <summary>Time after which a silent connection gets a comment.</summary>
    public static readonly TimeSpan CommentPeriod = TimeSpan.FromSeconds(15);

    /// <summary>Maps the area.</summary>
    public static void MapEvents(this IEndpointRouteBuilder api) =>
        api.MapGet("/events", Stream)
            .WithTags("Events")
            .WithSummary("Tells changes of verdicts, alerts and tiers as they come; resumes with Last-Event-ID.")
            .Produces<string>(StatusCodes.Status200OK, "text/event-stream");

    private static async Task Stream(
        string? session, HttpContext context, EventHub hub, TimeProvider time, IHostApplicationLifetime lifetime)
    {
        (EventFeed feed, Listener listener) =
            hub.Join(QueryText.Session(session), context.Request.Headers["Last-Event-ID"].FirstOrDefault());
        using (listener)
        using (CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(
            context.RequestAborted, lifetime.ApplicationStopping))
        {
            HttpResponse response = context.Response;
            response.ContentType = "text/event-stream";
            response.Headers.CacheControl = "no-store";
            response.Headers["X-Accel-Buffering"] = "no";
            context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            try
            {
                await response.WriteAsync(SseFrame.Comment, stop.Token);
                foreach (FeedEvent item in listener.First)
                    await response.WriteAsync(SseFrame.Write(feed.Name, item), stop.Token);
                await response.Body.FlushAsync(stop.Token);
                await Follow(feed, listener, response, time, stop.Token);
            }
            catch (OperationCanceledException)
            {
                // The listener left, or the silo stops.
            }
        }
    }

    private static async Task Follow(
        EventFeed feed, Listener listener, HttpResponse response, TimeProvider time, CancellationToken stop)
    {
        Task<bool> more = listener.Later.WaitToReadAsync(stop).AsTask();
        using PeriodicTimer timer = new(CommentPeriod, time);
        Task<bool> tick = timer.WaitForNextTickAsync(stop).AsTask();
        while (true)
        {
            if (await Task.WhenAny(more, tick) == tick)
            {
                await tick;
                await response.WriteAsync(SseFrame.Comment, stop);
                tick = timer.WaitForNextTickAsync(stop).AsTask();
            }
            else
            {
                if (!await more) return;
                while (listener.Later.TryRead(out FeedEvent? item))
                    await response.WriteAsync(SseFrame.Write(feed.Name, item), stop);
                more = listener.Later.WaitToReadAsync(stop).AsTask();
            }

            await response.Body.FlushAsync(stop);
        }
    }
}
