using System.Globalization;
using Guardian.Contracts;

namespace Guardian.Cli.Recordings;

/// <summary>Reads an order log: symbol is the file's stem, stage <c>order-ack</c>.</summary>
/// <remarks>
/// A round trip is the first CREATED, CANCELED or EXECUTED minus the first PENDING_CREATE, PENDING_CANCEL or
/// PENDING_EXECUTE of the same order, kind by kind, and is observed at the answer's time. The age of the oldest
/// unanswered request is observed at every row, and each second of recorded time from its first on, so that a slow
/// order is seen before it is answered.
/// </remarks>
internal sealed class OrderLogReader(RecordingFile file, RecordingReport report)
{
    /// <summary>The columns it needs.</summary>
    public static readonly IReadOnlyList<string> Columns = ["Timestamp", "Order_ID", "Status"];

    /// <summary>The stage of every order log.</summary>
    public const string Stage = "order-ack";

    /// <summary>Most requests that may be unanswered at a time.</summary>
    public const int MaximumPending = 100_000;

    /// <summary>Most seconds without a row in which ages are still told every second (a day).</summary>
    public const int MaximumTicks = 86_400;

    private const string PendingPrefix = "PENDING_";
    private const long NanosecondsPerMillisecond = 1_000_000;

    private readonly Dictionary<(string Order, string Kind), long> _sent = [];
    private readonly SortedSet<(long At, string Order, string Kind)> _oldest = [];
    private readonly int _time = Column(file, "Timestamp");
    private readonly int _order = Column(file, "Order_ID");
    private readonly int _status = Column(file, "Status");
    private long _now;

    /// <summary>Reads the items; bad rows go to the report.</summary>
    /// <exception cref="UsageException">The file's stem is no symbol.</exception>
    public IEnumerable<RecordedItem> Read()
    {
        string symbol = file.Stem;
        if (!SymbolName.TryParse(symbol, out SymbolName name, out string error) || !name.IsLive)
            throw new UsageException($"'{file.Path}': the file's stem is the symbol. {error} Rename the file.");
        foreach ((long number, string line) in file.Lines())
        {
            if (number == 1 || line.Length == 0) continue;
            report.Row();
            if (!TryParse(line, out long at, out string order, out string status, out string? wrong))
            {
                report.Bad(number, wrong!);
                continue;
            }

            foreach (Observation observation in Apply(at, order, status))
                yield return new RecordedItem(symbol, observation);
            report.Saw(Moment(_now));
        }
    }

    private static int Column(RecordingFile file, string name) =>
        Array.FindIndex(file.Header, h => h.Equals(name, StringComparison.OrdinalIgnoreCase));

    private IEnumerable<Observation> Apply(long at, string order, string status)
    {
        foreach (Observation tick in Ticks(at)) yield return tick;
        _now = at;
        if (status.StartsWith(PendingPrefix, StringComparison.Ordinal))
        {
            string kind = status[PendingPrefix.Length..];
            if (_sent.TryAdd((order, kind), at)) _oldest.Add((at, order, kind));
        }
        else
        {
            string kind = KindOf(status);
            if (_sent.Remove((order, kind), out long sent))
            {
                _oldest.Remove((sent, order, kind));
                yield return Observation.Latency(Stage, TimeSpan.FromMilliseconds(at - sent), Moment(at));
            }
        }

        yield return Age(at);
    }

    /// <summary>Tells the age of the oldest request each second between the last row and the next one.</summary>
    private IEnumerable<Observation> Ticks(long next)
    {
        if (_oldest.Count == 0) yield break;
        long sent = _oldest.Min.At;
        long second = Math.Max(1, ((_now - sent) / 1_000) + 1);
        for (int i = 0; i < MaximumTicks && sent + (second * 1_000) < next; i++, second++)
            yield return Age(sent + (second * 1_000));
    }

    private Observation Age(long at)
    {
        long age = _oldest.Count == 0 ? 0 : Math.Max(0, at - _oldest.Min.At);
        return Observation.Pending(Stage, TimeSpan.FromMilliseconds(age), Moment(at));
    }

    private bool TryParse(string line, out long at, out string order, out string status, out string? wrong)
    {
        string[] cells = line.Split(',');
        (at, order, status, wrong) = (0, string.Empty, string.Empty, null);
        if (cells.Length < file.Header.Length)
        {
            wrong = $"it has {cells.Length} of {file.Header.Length} columns";
            return false;
        }

        (order, status) = (cells[_order].Trim(), cells[_status].Trim());
        if (!long.TryParse(cells[_time], NumberStyles.None, CultureInfo.InvariantCulture, out at)
            || at == 0 || at > long.MaxValue / NanosecondsPerMillisecond)
            wrong = $"Timestamp is '{cells[_time]}'; it takes milliseconds since 1970";
        else if (at < _now)
            wrong = $"Timestamp {at} is before that of the row above, {_now}; the rows stand in order of time";
        else if (order.Length == 0)
            wrong = "Order_ID is empty";
        else if (KindOf(status).Length == 0 && !IsPending(status))
            wrong = $"Status is '{status}'; it takes PENDING_CREATE, CREATED, PENDING_CANCEL, CANCELED, "
                + "PENDING_EXECUTE, EXECUTED";
        else if (_sent.Count >= MaximumPending && IsPending(status))
            wrong = $"{MaximumPending} requests are unanswered already";
        return wrong is null;
    }

    private static bool IsPending(string status) => status is "PENDING_CREATE" or "PENDING_CANCEL" or "PENDING_EXECUTE";

    private static string KindOf(string status) => status switch
    {
        "CREATED" => "CREATE",
        "CANCELED" => "CANCEL",
        "EXECUTED" => "EXECUTE",
        _ => string.Empty,
    };

    private static Timestamp Moment(long milliseconds) => new(milliseconds * NanosecondsPerMillisecond);
}
