using Guardian.Detection.Options;

namespace Guardian.Detection.Tests.Options;

public sealed class OptionPathsTests
{
    private sealed class Everything
    {
        public int Whole { get; set; } = 1;

        public long Large { get; set; } = 2;

        public double Number { get; set; } = 0.5;

        public bool Flag { get; set; }

        public string Text { get; set; } = "t";

        public TimeSpan Time { get; set; } = TimeSpan.FromSeconds(1);

        public TimeSpan? Maybe { get; set; } = TimeSpan.FromSeconds(2);

        public Level Choice { get; set; }

        public string[] Words { get; set; } = ["a", "b"];

        public double[] Numbers { get; set; } = [0.1, 1];

        public int[] Wholes { get; set; } = [1, 2];

        public List<string> Items { get; } = ["x"];

        public Dictionary<string, Everything> Groups { get; } = [];

        public Dictionary<string, int> Counts { get; } = [];

        public int Computed => Whole + 1;
    }

    [Theory]
    [InlineData("Whole", "-7", "-7")]
    [InlineData("whole", "8", "8")]
    [InlineData("Large", "5000000000", "5000000000")]
    [InlineData("Number", "1e-3", "0.001")]
    [InlineData("Flag", "TRUE", "True")]
    [InlineData("Text", "any text", "any text")]
    [InlineData("Time", "200ms", "00:00:00.2000000")]
    [InlineData("Time", "1.5s", "00:00:01.5000000")]
    [InlineData("Time", "2min", "00:02:00")]
    [InlineData("Time", "24h", "1.00:00:00")]
    [InlineData("Time", "00:00:05", "00:00:05")]
    [InlineData("Maybe", "3s", "00:00:03")]
    [InlineData("Maybe", "", "")]
    [InlineData("Choice", "breach", "Breach")]
    [InlineData("Words", "c, d,,e", "c,d,e")]
    [InlineData("Words", "", "")]
    [InlineData("Numbers", "0.25, 1", "0.25,1")]
    [InlineData("Wholes", "3,4,5", "3,4,5")]
    [InlineData("Items", "y, z", "y,z")]
    [InlineData("Groups:g:Whole", "9", "9")]
    [InlineData("Groups:g:Groups:h:Time", "1h", "01:00:00")]
    [InlineData("Counts:c", "4", "4")]
    public void Set_EachKind_IsListedAsWritten(string path, string text, string listed)
    {
        Everything options = new();
        Assert.Null(OptionPaths.Set(options, path, text));
        Assert.Equal(listed, Value(options, path));
    }

    [Fact]
    public void Set_SecondSettingOfAGroup_KeepsTheFirst()
    {
        Everything options = new();
        Assert.Null(OptionPaths.Set(options, "Groups:g:Whole", "9"));
        Assert.Null(OptionPaths.Set(options, "Groups:g:Text", "u"));
        Assert.Equal((9, "u"), (options.Groups["g"].Whole, options.Groups["g"].Text));
    }

    [Theory]
    [InlineData("Whole", "x", "must be a whole number")]
    [InlineData("Whole", "", "must be a whole number")]
    [InlineData("Large", "1.5", "must be a whole number")]
    [InlineData("Number", "x", "must be a number")]
    [InlineData("Flag", "yes", "must be true or false")]
    [InlineData("Time", "5", "must be a duration such as 200ms, 5s, 2min, 24h or 00:00:05")]
    [InlineData("Time", "1e12h", "must be a duration such as 200ms, 5s, 2min, 24h or 00:00:05")]
    [InlineData("Maybe", "soon", "must be a duration such as 200ms, 5s, 2min, 24h or 00:00:05")]
    [InlineData("Choice", "Bad", "must be one of Unknown, Healthy, Warning, Breach")]
    [InlineData("Choice", "7", "must be one of Unknown, Healthy, Warning, Breach")]
    [InlineData("Numbers", "1,x", "must be a comma-separated list of numbers")]
    [InlineData("Wholes", "1.5", "must be a comma-separated list of numbers")]
    [InlineData("Groups", "x", "is a group of settings; name one of them")]
    [InlineData("Groups:g", "x", "is a group of settings; name one of them")]
    public void Set_UnreadableValue_SaysWhatItMustBe(string path, string text, string rule) =>
        Assert.Equal(new OptionError(path, text, rule), OptionPaths.Set(new Everything(), path, text));

    [Theory]
    [InlineData("Missing", "Missing")]
    [InlineData("Groups:g:Missing", "Missing")]
    public void Set_UnknownName_NamesThoseThatAreKnown(string path, string name) => Assert.Equal(
        new OptionError(
            path, "1",
            $"'{name}' is not a setting; known here: Choice, Counts, Flag, Groups, Items, Large, Maybe, Number, "
            + "Numbers, Text, Time, Whole, Wholes, Words"),
        OptionPaths.Set(new Everything(), path, "1"));

    [Fact]
    public void Set_BeyondALeaf_NamesTheFirstNameTooMany() => Assert.StartsWith(
        "'More' is not a setting; known here: ",
        OptionPaths.Set(new Everything(), "Whole:More:Still", "1")!.Value.Rule, StringComparison.Ordinal);

    [Fact]
    public void List_Everything_IsSortedAndCanBeSet()
    {
        Everything options = new();
        options.Groups["b"] = new Everything();
        options.Groups["a"] = new Everything();
        options.Counts["c"] = 3;
        List<string> paths = [.. OptionPaths.List(options).Select(p => p.Key)];
        Assert.Equal(paths.Order(StringComparer.Ordinal), paths, StringComparer.Ordinal);
        Assert.Equal(37, paths.Count);
        Assert.DoesNotContain("Computed", paths, StringComparer.Ordinal);
        Everything copy = new();
        foreach ((string path, string text) in OptionPaths.List(options))
            Assert.Null(OptionPaths.Set(copy, path, text));
        Assert.Equal(OptionPaths.List(options), OptionPaths.List(copy));
    }

    [Fact]
    public void Make_UnknownProfilePathAndBadValue_SaysAllThree()
    {
        GuardianOptions.Make(
            "fast", [new("Clock:Missing", "1"), new("Clock:WanderSamples", "1")],
            out IReadOnlyList<OptionError> errors);
        Assert.Equal(
            [
                "Profile = fast: is not a profile; known are default, feed, orders, bars",
                "Clock:Missing = 1: 'Missing' is not a setting; known here: ClockTolerance, Mode, WanderLimit, "
                    + "WanderSamples",
                "Clock:WanderSamples = 1: must be 2 to 100000",
            ],
            errors.Select(e => e.ToString()), StringComparer.Ordinal);
    }

    [Fact]
    public void TryMake_WrongOverride_IsNoPolicy() => Assert.Null(GuardianPolicy.TryMake(
        Profiles.Default, [new("Clock:WanderSamples", "1")], out _));

    [Fact]
    public void TryMake_SameOverridesInAnyOrder_AreSortedWithOneHash()
    {
        KeyValuePair<string, string> one = new("Clock:WanderSamples", "30");
        KeyValuePair<string, string> two = new("Errors:InRow", "7");
        GuardianPolicy forth = GuardianPolicy.TryMake(Profiles.Default, [one, two], out _)!;
        GuardianPolicy back = GuardianPolicy.TryMake(Profiles.Default, [two, one], out _)!;
        Assert.Equal([one, two], forth.Overrides);
        Assert.Equal([one, two], back.Overrides);
        Assert.Equal(forth.Hash, back.Hash);
        GuardianPolicy other = GuardianPolicy.TryMake(Profiles.Default, [one], out _)!;
        Assert.NotEqual(other.Hash, forth.Hash, StringComparer.Ordinal);
        Assert.NotEqual(GuardianPolicy.Default.Hash, forth.Hash, StringComparer.Ordinal);
        Assert.Matches("^[0-9a-f]{16}$", forth.Hash);
    }

    private static string Value(Everything options, string path) => OptionPaths.List(options)
        .Single(p => string.Equals(p.Key, path, StringComparison.OrdinalIgnoreCase)).Value;
}
