using System.CommandLine;
using System.Globalization;
using Guardian.Cli.Recordings;
using Guardian.Contracts;

namespace Guardian.Cli.Commands;

/// <summary><c>guardian rebaseline</c>: a new drift reference for a feature.</summary>
internal static class RebaselineCommand
{
    /// <summary>Most values that are read; a guardian takes fewer and says how many.</summary>
    public const int MaximumValues = 1_000_000;

    private static readonly Argument<string> Symbol = new("symbol") { Description = "The symbol." };

    private static readonly Option<string> Feature = new("--feature")
    {
        Description = "The feature, as it is observed.", HelpName = "name", Required = true,
    };

    private static readonly Option<string?> File = new("--file")
    {
        Description = "The reference: a value a line, in order of arrival; - is standard input. Without it the "
            + "feature is learned anew from its next values.",
        HelpName = "values.csv|-",
    };

    public static Command Make(CliHost host)
    {
        Option<string> session = GlobalOptions.Session(SymbolName.Live);
        Option<string> reason = GlobalOptions.Reason();
        Option<string?> actor = GlobalOptions.Actor();
        Command command = new("rebaseline", """
            Gives a feature a new drift reference, which is recorded with who and why. The level is Unknown until a
            window that begins now is full. An open episode stays with the breaker. A reference that can't be used
            (too few finite values, too many) is refused and changes nothing: exit code 2.
            A first line that is no number is taken for a header; of several columns the last one counts.

            Examples:
              guardian rebaseline BTCUSDT --feature score --reason "model 7 is live"
              guardian rebaseline BTCUSDT --feature score --file values.csv --reason "training set of model 7"
            """)
        {
            Symbol, Feature, File, reason, actor, session,
        };
        return command.Does(host, invocation =>
        {
            string key = invocation.KeyOf(invocation.Get(Symbol)!, session);
            RebaselineRequest request = new()
            {
                Feature = FeatureOf(invocation),
                Values = invocation.Get(File) is { } file ? ValuesOf(file, LinesOf(invocation, file)) : null,
                Actor = invocation.ActorOf(actor),
                Reason = invocation.ReasonOf(reason),
            };
            return invocation.WithClientAsync(
                async client => invocation.Report(await client.RebaselineAsync(key, request)));
        });
    }

    private static string FeatureOf(Invocation invocation)
    {
        string feature = invocation.Get(Feature)!;
        return feature.Length is >= 1 and <= 64 ? feature : throw new UsageException(
            $"Condition failed: --feature has {feature.Length} characters; it takes 1 to 64.");
    }

    private static IEnumerable<string> LinesOf(Invocation invocation, string file)
    {
        if (file == "-") return FromInput(invocation.Host.In);
        try
        {
            using StreamReader reader = RecordingFile.OpenText(file);
            return [.. FromInput(reader).Take(MaximumValues + 2)];
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new UsageException($"Condition failed: '{file}' can't be read ({e.Message}); check the path.", e);
        }
    }

    private static IEnumerable<string> FromInput(TextReader input)
    {
        while (input.ReadLine() is { } line) yield return line;
    }

    private static double[] ValuesOf(string file, IEnumerable<string> lines)
    {
        List<double> values = [];
        long number = 0;
        foreach (string line in lines)
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            string cell = line[(line.LastIndexOf(',') + 1)..].Trim();
            if (double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out double value))
                values.Add(value);
            else if (number > 1)
                throw new UsageException(
                    $"Condition failed: line {number} of '{file}' is '{cell}'; it takes a number, NaN or Infinity.");
            if (values.Count > MaximumValues)
                throw new UsageException(
                    $"Condition failed: '{file}' has more than {MaximumValues} values; send a sample of it.");
        }

        return [.. values];
    }
}
