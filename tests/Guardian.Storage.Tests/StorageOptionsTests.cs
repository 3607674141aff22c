using System.Globalization;
using System.Reflection;

namespace Guardian.Storage.Tests;

public sealed class StorageOptionsTests
{
    [Fact]
    public void Validate_Defaults_NothingWrong() => Assert.Empty(new StorageOptions().Validate());

    [Theory]
    [InlineData(nameof(StorageOptions.BacklogEntries), "10", "9")]
    [InlineData(nameof(StorageOptions.BacklogEntries), "10000000", "10000001")]
    [InlineData(nameof(StorageOptions.BacklogBytes), "65536", "65535")]
    [InlineData(nameof(StorageOptions.BacklogBytes), "17179869184", "17179869185")]
    [InlineData(nameof(StorageOptions.JournalBytes), "1048576", "1048575")]
    [InlineData(nameof(StorageOptions.JournalBytes), "1099511627776", "1099511627777")]
    [InlineData(nameof(StorageOptions.MaximumEntryBytes), "4096", "4095")]
    [InlineData(nameof(StorageOptions.MaximumEntryBytes), "268435456", "268435457")]
    [InlineData(nameof(StorageOptions.TrimRows), "1", "0")]
    [InlineData(nameof(StorageOptions.TrimRows), "100000", "100001")]
    [InlineData(nameof(StorageOptions.WriterBatch), "1", "0")]
    [InlineData(nameof(StorageOptions.WriterBatch), "10000", "10001")]
    [InlineData(nameof(StorageOptions.PoisonTries), "1", "0")]
    [InlineData(nameof(StorageOptions.PoisonTries), "100", "101")]
    [InlineData(nameof(StorageOptions.OpenCheckBytes), "0", "-1")]
    [InlineData(nameof(StorageOptions.OpenCheckBytes), "1099511627776", "1099511627777")]
    [InlineData(nameof(StorageOptions.CommitInterval), "00:00:00", "-00:00:00.0000001")]
    [InlineData(nameof(StorageOptions.CommitInterval), "00:00:01", "00:00:01.0000001")]
    [InlineData(nameof(StorageOptions.TrimInterval), "00:00:00.01", "00:00:00.0099999")]
    [InlineData(nameof(StorageOptions.TrimInterval), "01:00:00", "01:00:00.0000001")]
    [InlineData(nameof(StorageOptions.RetryFirst), "00:00:00.001", "00:00:00.0009999")]
    [InlineData(nameof(StorageOptions.RetryLongest), "00:00:00.05", "00:00:00.0499999")]
    [InlineData(nameof(StorageOptions.RetryLongest), "00:05:00", "00:05:00.0000001")]
    public void Validate_OnAndBeyondTheBound_OnlyBeyondIsWrong(string path, string on, string beyond)
    {
        Assert.Empty(With(path, on).Validate());
        Assert.Equal(path, Assert.Single(With(path, beyond).Validate()).Path);
    }

    [Fact]
    public void Validate_SeveralWrong_AllAreNamedAtOnce()
    {
        var options = new StorageOptions { DataFolder = " ", TrimRows = 0, RetryLongest = TimeSpan.FromHours(1) };
        Assert.Equal(
            [
                "DataFolder = ' ': must name a folder",
                "TrimRows = 0: must be 1 to 100000",
                "RetryLongest = 01:00:00: must be 00:00:00.0500000 to 00:05:00",
            ],
            options.Validate().Select(error => error.ToString()),
            StringComparer.Ordinal);
    }

    [Fact]
    public void Failed_AgainAndAgain_DoublesUpToTheLongestAndStartsAnewAfterSuccess()
    {
        var backOff = new BackOff(TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(300));
        Assert.Equal([50d, 100, 200, 300, 300], Enumerable.Range(0, 5).Select(_ => backOff.Failed().TotalMilliseconds));
        Assert.Equal(5, backOff.Failures);
        backOff.Succeeded();
        Assert.Equal(50, backOff.Failed().TotalMilliseconds);
        for (int i = 0; i < 10_000; i++) Assert.InRange(backOff.Failed().TotalMilliseconds, 0, 300);
    }

    private static StorageOptions With(string path, string value)
    {
        var options = new StorageOptions();
        PropertyInfo property = typeof(StorageOptions).GetProperty(path)!;
        property.SetValue(options, property.PropertyType == typeof(TimeSpan)
            ? TimeSpan.Parse(value, CultureInfo.InvariantCulture)
            : Convert.ChangeType(long.Parse(value, CultureInfo.InvariantCulture), property.PropertyType, null));
        return options;
    }
}
