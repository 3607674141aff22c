using Guardian.Contracts;

namespace Guardian.Silo.Api;

/// <summary>Maps <c>POST /observations</c> and the issuing of producers' epochs.</summary>
internal static class ObservationEndpoints
{
    private const string Unnumbered = "http";

    // A guardian names at most this many refused items in one answer; in smaller parts none is lost.
    private const int ErrorsInAnswer = 100;

    /// <summary>Maps the area.</summary>
    public static void MapObservations(this IEndpointRouteBuilder api)
    {
        api.MapPost("/observations", Observe)
            .WithTags("Observations")
            .WithSummary("Takes a batch of one symbol, an array of items, or NDJSON with one item a line.")
            .Accepts<ObservationBody>("application/json", RequestBody.Ndjson)
            .Produces<ObservationsResult>();
        api.MapPost("/producers/{name}", OpenProducer)
            .WithTags("Observations")
            .WithSummary("Issues the next epoch to a producer; from then on its older ones are refused.")
            .Produces<ProducerEpoch>();
    }

    private static async Task<IResult> Observe(HttpRequest request, IGrainFactory grains)
    {
        if (RequestBody.IsNdjson(request))
            return await Take(grains, ObservationReader.ReadLines(await RequestBody.ReadAllAsync(request)));
        if (!RequestBody.IsJson(request))
            throw RequestBody.WrongType(request, $"application/json or {RequestBody.Ndjson}");
        byte[] body = await RequestBody.ReadAllAsync(request);
        return RequestBody.StartsArray(body)
            ? await Take(grains, ObservationReader.ReadArray(body))
            : await TakeBatch(grains, RequestBody.Parse<ObservationBody>(body));
    }

    private static async Task<IResult> OpenProducer(string name, string? session, IGrainFactory grains)
    {
        string producer = QueryText.Id(name);
        if (producer.Length is 0 or > 64 || producer.Any(char.IsControl))
        {
            throw new RequestRefusedException(
                Refusal.Of("name", producer, "1 to 64 characters, none of them a control character"));
        }

        string world = QueryText.Session(session);
        long epoch = await grains.GetGrain<IPortfolioGrain>(world).OpenProducer(producer);
        return TypedResults.Ok(new ProducerEpoch(producer, world, epoch));
    }

    private static async Task<IResult> TakeBatch(IGrainFactory grains, ObservationBody body)
    {
        string key = QueryText.SymbolOf("symbol", body.Symbol).Key;
        RequestBody.CheckCount("items", body.Items.Length);
        if (body.Producer is null && (body.ProducerEpoch != 0 || body.FirstSequence != 0 || body.Skipped != 0))
            throw new RequestRefusedException(Refusal.Of("producer", null, "a name where a batch is numbered"));
        for (int i = 0; i < body.Items.Length; i++) CheckItem(body.Items[i], i, key);
        ObserveResult result = await grains.GetGrain<IGuardianGrain>(key).Observe(new ObservationBatch
        {
            Producer = body.Producer ?? Unnumbered, ProducerEpoch = body.ProducerEpoch,
            FirstSequence = body.FirstSequence, Skipped = body.Skipped,
            Items = [.. body.Items.Select(i => i.ToObservation())],
        });
        return Answer(result);
    }

    // In a numbered batch an item can't be left out without breaking the numbers: it is refused as a whole.
    private static void CheckItem(ObservationItem? item, int index, string key)
    {
        if (item is null) throw new RequestRefusedException(Refusal.Of($"items[{index}]", "null", "a JSON object"));
        ItemError? wrong = item.Check(index);
        if (item.Symbol is not null && !string.Equals(item.Symbol, key, StringComparison.Ordinal))
            wrong = new ItemError(index, "symbol", item.Symbol, $"the batch's symbol {key}, or left out");
        if (wrong is null) return;
        throw new RequestRefusedException(Refusal.Of($"items[{index}].{wrong.Field}", wrong.Value, wrong.Limit));
    }

    /// <summary>Makes the answer to a batch: the result, or a problem that carries it.</summary>
    internal static IResult Answer(ObserveResult result)
    {
        if (result.Code is ObserveCode.Accepted or ObserveCode.Duplicate) return TypedResults.Ok(result);
        bool invalid = result.Code == ObserveCode.Invalid;
        string detail = result.Message ?? (result.Code == ObserveCode.Gap
            ? $"Condition failed: firstSequence leaves a gap; {result.ExpectedSequence} is expected, or say how many "
                + "were skipped."
            : "Condition failed: producerEpoch is older than one already seen; take a new one from POST /producers.");
        return new Refusal(invalid ? StatusCodes.Status400BadRequest : StatusCodes.Status409Conflict,
            JsonNames.Name(result.Code), detail)
        {
            More = new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["acceptedThrough"] = result.AcceptedThrough,
                ["durableThrough"] = result.DurableThrough,
                ["expectedSequence"] = result.ExpectedSequence,
                ["errors"] = result.Errors,
            },
        }.ToResult();
    }

    private static async Task<IResult> Take(IGrainFactory grains, List<ReadItem> items)
    {
        IGrouping<string, ReadItem>[] groups =
            [.. items.Where(i => i.Symbol is not null).GroupBy(i => i.Symbol!, StringComparer.Ordinal)];
        ItemResult[] results = [.. items.Select(i => i.Error is { } error
            ? new ItemResult(i.Index, i.Symbol, Accepted: false, error.Field, error.Value, error.Limit)
            : new ItemResult(i.Index, i.Symbol, Accepted: true))];
        await Task.WhenAll(groups.Select(g => TakeSymbol(grains.GetGrain<IGuardianGrain>(g.Key), [.. g], results)));
        int accepted = results.Count(r => r.Accepted);
        ObservationsResult result = new(accepted, results.Length - accepted, results);
        if (result.Accepted > 0 || result.Refused == 0) return TypedResults.Ok(result);
        return new Refusal(StatusCodes.Status400BadRequest, "invalid",
            $"Condition failed: none of the {result.Refused} items was taken; items says why, one by one.")
        {
            More = new Dictionary<string, object?>(StringComparer.Ordinal) { ["items"] = result.Items },
        }.ToResult();
    }

    // One after the other, so that a symbol's items keep their order.
    private static async Task TakeSymbol(IGuardianGrain guardian, ReadItem[] items, ItemResult[] results)
    {
        foreach (ReadItem[] part in items.Chunk(ErrorsInAnswer))
        {
            ObserveResult answer = await guardian.Observe(
                new ObservationBatch { Producer = Unnumbered, Items = [.. part.Select(i => i.Observation)] });
            Note(part, answer, results);
        }
    }

    /// <summary>Notes what a guardian refused, at the place of each item.</summary>
    internal static void Note(ReadItem[] part, ObserveResult answer, ItemResult[] results)
    {
        if (answer.Code != ObserveCode.Accepted)
        {
            string why = answer.Message ?? JsonNames.Name(answer.Code);
            foreach (ReadItem item in part)
            {
                results[item.Index] =
                    new ItemResult(item.Index, item.Symbol, Accepted: false, "symbol", item.Symbol, why);
            }
        }

        foreach (ItemError error in answer.Errors)
        {
            ReadItem item = part[error.Index];
            results[item.Index] = new ItemResult(
                item.Index, item.Symbol, Accepted: false, error.Field, error.Value, error.Limit);
        }
    }
}

/// <summary>An epoch that was issued. Immutable.</summary>
/// <param name="Producer">The producer.</param>
/// <param name="Session">The session it is valid in.</param>
/// <param name="Epoch">The epoch.</param>
public sealed record ProducerEpoch(string Producer, string Session, long Epoch);
