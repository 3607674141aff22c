using System.Globalization;
using System.Security.Cryptography;
using Guardian.Detection.Engine;
using Guardian.Detection.Events;

namespace Guardian.Detection.Tests.Engine;

/// <summary>
/// What is stored must give tomorrow what it gave today: fixed inputs give the events and the states that they gave
/// when these lines were written.
/// </summary>
/// <remarks>
/// Where one differs, either the rules have changed, and <see cref="GuardianEngine.Version"/> is to be raised, or the
/// form of a stored state has, and its format is. Then, and only then, the line is replaced by what the test tells.
/// </remarks>
public sealed class StoredFoldTests
{
    private const int Inputs = 3_000;
    private const int StateEvery = 250;

    [Theory]
    [InlineData("default", 1, "8d5c102761d60c0a")]
    [InlineData("default", 2, "cc0c822c06e2bc48")]
    [InlineData("default", 3, "4f528ecf0bb1ba7f")]
    [InlineData("shadow", 7, "9e9b82a91f2043ca")]
    [InlineData("feed", 4, "d9ed895b85de4223")]
    [InlineData("orders", 5, "4c3d4f0cbd979f11")]
    [InlineData("bars", 6, "a50a1a5ea38ce495")]
    public void Apply_FixedInputs_GiveTheEventsAndStatesOfThisVersion(string profile, int seed, string expected)
    {
        (string, string)[] overrides =
            [("Drift:Window", "100"), ("Drift:Step", "10"), ("Drift:LatchingBreaches", "3")];
        var engine = new GuardianEngine(profile is "shadow"
            ? EngineBench.Policy("default", [.. overrides, ("Latency:Mode", "Shadow"), ("Drift:Mode", "Shadow")])
            : EngineBench.Policy(profile, overrides));
        engine.BeginEpoch(1, 1);
        using var seen = new Hashing();
        List<object> inputs = [.. EngineBench.Inputs(seed, Inputs), .. Features(seed)];
        for (int i = 0; i < inputs.Count; i++)
        {
            EngineBench.Apply(engine, inputs[i], seen);
            if (i % 50 == 0) seen.Say($"{engine.Ask($"a{i}", i % 100 == 0, engine.Now, seen)} {engine.NextDeadline}");
            if (i % StateEvery != 0) continue;
            seen.Take(EngineBench.State(engine));
            foreach (Reason reason in engine.Reasons()) seen.Say(Text(reason));
            foreach ((Reading reading, GuardrailMode mode) in engine.Readings()) seen.Say($"{mode} {Text(reading)}");
        }

        Assert.Equal(expected, seen.Told());
    }

    // Calm, then another scale, then calm, so that references freeze, breaches come and clear.
    private static IEnumerable<object> Features(int seed)
    {
        var random = new Random(seed);
        long at = EngineBench.Start + (10_000_000 * EngineBench.Second);
        for (int i = 0; i < 1_500; i++)
        {
            at += EngineBench.Second / 4;
            double shift = i is > 500 and < 800 ? 3 : 0;
            yield return new Observation(ObservationKind.Feature, at, "g", random.NextDouble() + shift);
            yield return new Observation(ObservationKind.Latency, at, "market-data", 5 + random.Next(4));
        }
    }

    private static string Number(double value) => value.ToString("G9", CultureInfo.InvariantCulture);

    private static string Text(in Reading r) => string.Create(
        CultureInfo.InvariantCulture,
        $"{r.Guardrail} {r.Subject} {r.Level} {r.Code} {Number(r.Value)} {Number(r.Limit)} {r.Unit} {r.SampleCount} "
        + $"{r.Since} {r.Confirmed} {Number(r.NoiseLine)} {r.Flags}");

    private static string Text(in Reason r) => string.Create(
        CultureInfo.InvariantCulture,
        $"{r.Code} {r.Guardrail} {r.Subject} {Number(r.Value)} {Number(r.Limit)} {r.Unit} {r.Since} {r.Until} "
        + $"{r.SampleCount} {Number(r.NoiseLine)} {r.Text}");

    /// <summary>Hashes all that a fold gives; numbers to nine digits, which every processor computes alike.</summary>
    private sealed class Hashing : IFoldSink, IDisposable
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public void Dispose() => _hash.Dispose();

        public void Write(long sequence, in Observation observation) => Say($"{sequence} {observation}");

        public void Write(long sequence, GuardianEvent guardianEvent)
        {
            if (guardianEvent is not Transition t)
            {
                Say($"{sequence} {guardianEvent}");
                return;
            }

            Say($"{sequence} {t.At} {t.Guardrail} {t.Subject} {t.From} {t.To} {t.TradingState} {t.Episode} {t.Shadow}");
            foreach (Reason reason in t.Reasons) Say(Text(reason));
        }

        internal void Say(string text) => _hash.AppendData(System.Text.Encoding.UTF8.GetBytes(text + '\n'));

        internal void Take(byte[] state) => _hash.AppendData(state);

        internal string Told() => Convert.ToHexStringLower(_hash.GetHashAndReset())[..16];
    }
}
