using System.Globalization;
using Guardian.Contracts;
using Guardian.Storage.History;

namespace Guardian.Storage.Verifying;

/// <summary>Gathers what a verification finds; keeps the first thousand and counts all.</summary>
internal sealed class Findings
{
    private const int MostKept = 1_000;

    private readonly List<VerifyDifference> _differences = [];
    private readonly List<string> _notes = [];

    internal long Count { get; private set; }

    internal IReadOnlyList<VerifyDifference> Differences => _differences;

    internal IReadOnlyList<string> Notes => _notes;

    internal void Differs(VerifyDifference difference)
    {
        Count++;
        if (_differences.Count < MostKept) _differences.Add(difference);
    }

    internal void Differs(string check, string tier, string problem, string symbol = "") =>
        Differs(new VerifyDifference { Check = check, Tier = tier, Problem = problem, Symbol = symbol });

    internal void Differs(string check, MinuteKey key, MinuteSum expected, MinuteSum found, string other) =>
        Differs(new VerifyDifference
        {
            Check = check,
            Tier = "L2",
            Symbol = key.Symbol,
            Epoch = key.Epoch,
            Minute = new Timestamp(key.Minute * HistorySums.Minute),
            Expected = expected.Count,
            Found = found.Count,
            Problem = Words(expected, found, other),
        });

    internal void Note(string note)
    {
        if (_notes.Count < MostKept) _notes.Add(note);
    }

    private static string Words(MinuteSum expected, MinuteSum found, string other) =>
        string.Create(CultureInfo.InvariantCulture, $"{(expected.Count - found.Count) switch
        {
            > 0 => $"{expected.Count - found.Count} events of {other} are missing",
            < 0 => $"{found.Count - expected.Count} events are not in {other}",
            _ => $"as many events as {other}, but others",
        }}");
}
