using Guardian.Client;
using Guardian.Contracts;

namespace Guardian.Cli.Diagnosing;

/// <summary>One thing that was looked at.</summary>
/// <param name="What">What was looked at.</param>
/// <param name="Healthy">Whether it is well.</param>
/// <param name="Found">What was found.</param>
/// <param name="Advice">What to do; null when nothing is to be done.</param>
internal sealed record Finding(string What, bool Healthy, string Found, string? Advice = null);

/// <summary>Looks at everything between this machine and a silo. Single use.</summary>
internal sealed class Doctor(Invocation invocation, Uri http, string dataFolder)
{
    private static readonly TimeSpan MostSkew = TimeSpan.FromSeconds(2);

    private readonly List<Finding> _findings = [];

    /// <summary>Gets whether no silo could be reached.</summary>
    public bool Unreachable { get; private set; }

    /// <summary>Looks at everything, one after the other; nothing found stops it.</summary>
    public async Task<IReadOnlyList<Finding>> ExamineAsync()
    {
        await ExamineSiloAsync();
        await ExamineHttpAsync();
        _findings.AddRange(new FolderExam(dataFolder, invocation.Host.Time).Examine());
        return _findings;
    }

    private async Task ExamineSiloAsync()
    {
        try
        {
            await using IGuardianConnection connection = await invocation.ConnectAsync();
            Well("gateway", $"a silo takes clients at {invocation.Gateway}");
            PortfolioSummary summary = await connection.Client.GetPortfolioAsync(SymbolName.Live);
            Well("contract", $"understood; {summary.Symbols} live symbols, portfolio {summary.TradingState}");
            ExamineClients(await connection.Client.GetClientsAsync());
            ExamineTiers(await connection.Client.GetDurabilityAsync());
        }
        catch (GuardianUnreachableException e)
        {
            bool connected = _findings.Count > 0;
            Unreachable = !connected;
            Ill(
                connected ? "contract" : "gateway",
                e.Message,
                connected
                    ? "see the silo's log: it takes connections but doesn't answer"
                    : "start a silo or give its --gateway");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Ill("contract", $"{e.GetType().Name}: {e.Message}", "use a command line of the silo's version");
        }
    }

    private void ExamineClients(ClientProgram[] clients)
    {
        ClientProgram[] others = [.. clients.Where(client => client.Problem is not null)];
        foreach (ClientProgram other in others)
            Ill("clients", other.Problem!, $"upgrade it, or the silos; it has version {other.Client.Build}");
        if (others.Length == 0) Well("clients", $"{clients.Length} in the last three minutes, all of this contract");
    }

    private void ExamineTiers(DurabilityReport report)
    {
        foreach (TierHealth tier in report.Tiers)
        {
            string found = $"{tier.Store}, {tier.LagEvents} events and {tier.LagSeconds:0.0} s behind, "
                + $"{tier.Unrecorded} unrecorded";
            if (tier.Healthy) Well($"tier {tier.Tier}", found);
            else Ill(
                $"tier {tier.Tier}", $"{found}: {tier.LastError ?? "no error told"}",
                "see that the store runs and has room");
        }

        ExamineDurability(report);
    }

    private void ExamineDurability(DurabilityReport report)
    {
        string audit = report.Audit.Head is { } head
            ? $"{head.Count} human actions, {report.Audit.Waiting} waiting, {report.Audit.Lost} lost"
            : $"no human action yet, {report.Audit.Waiting} waiting, {report.Audit.Lost} lost";
        if (report.Audit is { Lost: 0, LastError: null }) Well("audit", audit);
        else Ill("audit", $"{audit}: {report.Audit.LastError ?? "too many waited at once"}", "see tier L3");
        if (report.ParkedRows == 0) Well("parked rows", "none");
        else Ill("parked rows", $"{report.ParkedRows}", "'guardian verify' tells which and why");
        if (report.SetAside.Length == 0 && report.Damages.Length == 0) Well("damage", "none since the silo started");
        else Ill(
            "damage", string.Join("; ", [.. report.SetAside, .. report.Damages]),
            "keep the file set aside; look at the disk, and at docs/operating/backup.md for what a restore brings");
        if (!report.LastCheck.HasValue) Well("consistency", "not checked since the silo started");
        else if (report.LastCheckDifferences == 0) Well("consistency", $"equal at {report.LastCheck}");
        else Ill(
            "consistency", $"{report.LastCheckDifferences} differences at {report.LastCheck}",
            "'guardian verify' tells which; --repair puts the history right");
    }

    private async Task ExamineHttpAsync()
    {
        using HttpClient client = new() { Timeout = TimeSpan.FromSeconds(3) };
        try
        {
            Uri ready = new(http, "/health/ready");
            using HttpResponseMessage answer = await client.GetAsync(ready, invocation.Stop);
            if (answer.IsSuccessStatusCode) Well("http", $"{ready} answers {(int)answer.StatusCode}");
            else Ill(
                "http", $"{ready} answers {(int)answer.StatusCode}",
                "the silo is not ready: read the answer's body and its log");
            if (answer.Headers.Date is { } date) ExamineClock(date);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            invocation.Stop.ThrowIfCancellationRequested();
            Ill(
                "http",
                $"nothing answers at {http} ({e.Message})",
                "start the silo, free the port if another program has it, or give --url (ASPNETCORE_URLS is where it "
                    + "listens)");
        }
    }

    private void ExamineClock(DateTimeOffset theirs)
    {
        // The header is cut to whole seconds: half of one is taken as the truth.
        TimeSpan skew = invocation.Host.Time.GetUtcNow() - theirs - TimeSpan.FromMilliseconds(500);
        if (skew.Duration() <= MostSkew) Well("clock", $"within {MostSkew.TotalSeconds:0} s of the silo's");
        else Ill(
            "clock", $"{skew.TotalSeconds:0.0} s from the silo's",
            "set both clocks by NTP (chrony or systemd-timesyncd)");
    }

    private void Well(string what, string found) => _findings.Add(new Finding(what, Healthy: true, found));

    private void Ill(string what, string found, string advice) =>
        _findings.Add(new Finding(what, Healthy: false, found, advice));
}
