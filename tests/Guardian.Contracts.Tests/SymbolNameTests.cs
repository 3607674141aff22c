using CsCheck;

namespace Guardian.Contracts.Tests;

public sealed class SymbolNameTests
{
    private static readonly Gen<string> Symbols =
        Gen.OneOf(Gen.Char['a', 'z'], Gen.Char['0', '9'], Gen.Const('/'), Gen.Const('é'), Gen.Const('中')).Array[1, 64]
            .Select(characters => new string(characters));

    private static readonly Gen<string> Sessions =
        Gen.OneOf(Gen.Char['a', 'z'], Gen.Char['0', '9'], Gen.Const('.'), Gen.Const('_')).Array[1, 32]
            .Select(characters => new string(characters));

    [Fact]
    public void TryParse_ItsOwnKey_GivesTheSameName() => Gen.Select(Symbols, Sessions).Sample((symbol, session) =>
        SymbolName.TryParse($"{symbol}@{session}", out SymbolName name, out _)
        && name == new SymbolName(symbol, session)
        && SymbolName.TryParse(name.Key, out SymbolName again, out _)
        && again == name);

    [Theory]
    [InlineData("BTCUSDT", "BTCUSDT", "live", "BTCUSDT")]
    [InlineData("BTCUSDT@live", "BTCUSDT", "live", "BTCUSDT")]
    [InlineData("BTCUSDT.usdm@replay", "BTCUSDT.usdm", "replay", "BTCUSDT.usdm@replay")]
    public void TryParse_Keys_GiveSymbolSessionAndKey(string key, string symbol, string session, string canonical)
    {
        Assert.True(SymbolName.TryParse(key, out SymbolName name, out string error));
        Assert.Equal((symbol, session, canonical, string.Empty), (name.Symbol, name.Session, name.Key, error));
        Assert.Equal(canonical, name.ToString());
        Assert.Equal(session == "live", name.IsLive);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public void TryParse_SymbolWithinItsLength_IsTaken(int length) =>
        Assert.True(SymbolName.TryParse(new string('A', length), out _, out _));

    [Theory]
    [InlineData(1)]
    [InlineData(32)]
    public void TryParse_SessionWithinItsLength_IsTaken(int length) =>
        Assert.True(SymbolName.TryParse("A@" + new string('s', length), out _, out _));

    [Fact]
    public void TryParse_SymbolOf65_IsRefused() =>
        Refused(new string('A', 65), "Condition failed: symbol has 65 characters; it takes 1 to 64.");

    [Fact]
    public void TryParse_SessionOf33_IsRefused() =>
        Refused("A@" + new string('s', 33), "Condition failed: session has 33 characters; it takes 1 to 32.");

    [Theory]
    [InlineData(null, "Condition failed: symbol is empty; it takes 1 to 64 characters.")]
    [InlineData("", "Condition failed: symbol is empty; it takes 1 to 64 characters.")]
    [InlineData("@replay", "Condition failed: symbol has 0 characters; it takes 1 to 64.")]
    [InlineData("A@", "Condition failed: session has 0 characters; it takes 1 to 32.")]
    [InlineData("A@b@c", "Condition failed: session has the character U+0040; letters, digits, '-', '_' and '.' only.")]
    [InlineData("A@é", "Condition failed: session has the character U+00E9; letters, digits, '-', '_' and '.' only.")]
    public void TryParse_Malformed_SaysFieldValueAndLimit(string? key, string message) => Refused(key, message);

    [Theory]
    [InlineData('\0', "0000")]
    [InlineData('\n', "000A")]
    [InlineData('\u001b', "001B")]
    [InlineData('\u007f', "007F")]
    [InlineData('\u0085', "0085")]
    [InlineData(' ', "0020")]
    [InlineData('\u2028', "2028")]
    public void TryParse_ControlOrBlank_IsNamedByItsCode(char character, string code) => Refused(
        $"BTC{character}USDT",
        $"Condition failed: symbol has the character U+{code}; no blanks, control characters or surrogates.");

    [Fact]
    public void TryParse_Surrogate_IsNamedByItsCode() => Refused(
        "BTC\ud83d\ude00",
        "Condition failed: symbol has the character U+D83D; no blanks, control characters or surrogates.");

    [Fact]
    public void TryParse_AnyText_EitherTakesItOrSaysWhy() => Gen.String.Sample(text =>
        SymbolName.TryParse(text, out _, out string error)
            ? error.Length == 0
            : error.StartsWith("Condition failed: ", StringComparison.Ordinal));

    private static void Refused(string? key, string message)
    {
        Assert.False(SymbolName.TryParse(key, out SymbolName name, out string error));
        Assert.Equal(default, name);
        Assert.Equal(message, error);
    }
}
