using System.CommandLine;
using System.Globalization;
using Guardian.Cli.Output;
using Guardian.Client;
using Guardian.Contracts;
using Guardian.Storage;
using Guardian.Storage.History;
using Guardian.Storage.Local;
using Guardian.Storage.Verifying;
using Spectre.Console;

namespace Guardian.Cli.Commands;

/// <summary><c>guardian verify</c>: whether everything is as it was written and the same in every tier.</summary>
internal static class VerifyCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    private static readonly Option<string?> Data = GlobalOptions.Data(
        "Verify this data folder or backup on this machine, without a silo.");

    private static readonly Option<string?> Url = GlobalOptions.Url();

    private static readonly Option<bool> Repair = new("--repair")
    {
        Description = "Put the journal's events in place of what the history lacks or has otherwise.",
    };

    private static readonly Option<bool> Deep = new("--deep")
    {
        Description = "Also check the databases' indexes against their tables; takes longer.",
    };

    public static Command Make(CliHost host)
    {
        Command command = new("verify", """
            Checks the seal of every stored row and the chain of human actions, and compares the journal with the
            history by symbol, epoch and minute. Asks the silo at --url, or reads --data by itself: a stopped silo's
            folder, a running one's, or a backup. Exit code 1 when anything differs.

            Examples:
              guardian verify
              guardian verify --data /backup/guardian-20260131 --deep
              guardian verify --data guardian-data --repair
            """)
        {
            Data, Url, Repair, Deep,
        };
        return command.Does(host, async invocation =>
        {
            VerifyReport report =
                invocation.Has(Data) ? await OfFolderAsync(invocation) : await OfSiloAsync(invocation);
            if (invocation.Json) invocation.WriteJson(report);
            else Tell(invocation, report);
            return report.Equal ? ExitCode.Done : ExitCode.No;
        });
    }

    private static async Task<VerifyReport> OfFolderAsync(Invocation invocation)
    {
        string folder = invocation.FolderOf(Data);
        var verifier = new StoreVerifier(invocation.Host.Time);
        if (!invocation.Get(Repair)) return verifier.Verify(folder, invocation.Get(Deep));
        using DataFolderLock taken = DataFolderLock.Take(folder);
        using var history = new SqliteHistoryStore(new StorageOptions { DataFolder = folder });
        history.Open(invocation.Host.Time);
        return await verifier.RepairAsync(history, folder, invocation.Get(Deep), invocation.Stop);
    }

    private static async Task<VerifyReport> OfSiloAsync(Invocation invocation)
    {
        Uri silo = invocation.UrlOf(Url);
        string deep = invocation.Get(Deep) ? "true" : "false";
        Uri place = new(silo, $"/api/v1/durability/verify?deep={deep}");
        using HttpClient http = new() { Timeout = Patience };
        try
        {
            using HttpResponseMessage answer = invocation.Get(Repair)
                ? await http.PostAsync(place, content: null, invocation.Stop)
                : await http.GetAsync(place, invocation.Stop);
            string text = await answer.Content.ReadAsStringAsync(invocation.Stop);
            return answer.IsSuccessStatusCode
                ? GuardianJson.Read<VerifyReport>(text)
                : throw new StorageUnavailableException($"{place} answers {(int)answer.StatusCode}: {text}");
        }
        catch (HttpRequestException e)
        {
            throw new GuardianUnreachableException(
                $"No silo answers at {silo} ({e.Message}). Give --url, or --data FOLDER to verify without a silo.", e);
        }
    }

    private static void Tell(Invocation invocation, VerifyReport report)
    {
        if (report.Differences.Length > 0) invocation.Draw(TableOf(report.Differences));
        foreach (string note in report.Notes) invocation.WriteLine($"note: {note}");
        if (report.Repaired > 0) invocation.WriteLine($"{report.Repaired} events were put right.");
        string answer = report.Equal ? "everything is equal" : $"{report.Count} differences";
        invocation.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.JournalRows} journal rows ({report.JournalEvents} events), {report.Checkpoints} checkpoints, "
            + $"{report.Rows} small rows, {report.HistoryEvents} events of history, {report.Minutes} minutes compared, "
            + $"{report.Audit.Entries} human actions: {answer}."));
    }

    private static Table TableOf(VerifyDifference[] differences)
    {
        Table table = Invocation.TableOf("check", "tier", "symbol", "epoch", "minute", "expected", "found", "problem");
        foreach (VerifyDifference difference in differences)
        {
            table.AddRow(
                Views.Cell(difference.Check),
                Views.Cell(difference.Tier),
                Views.Cell(difference.Symbol),
                Views.Cell(difference.Epoch == default ? string.Empty : difference.Epoch.ToString()),
                Views.Cell(Views.Time(difference.Minute)),
                Views.Number(difference.Expected),
                Views.Number(difference.Found),
                Views.Cell(difference.Problem));
        }

        return table;
    }
}
