using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Guardian.Contracts;

/// <summary>A moment in UTC, in nanoseconds since 1970-01-01; written as RFC 3339 with up to nine decimals.</summary>
/// <remarks>Recordings carry nanoseconds, which <see cref="DateTimeOffset"/> (100 ns) would round. Immutable.</remarks>
/// <param name="UnixNanoseconds">Nanoseconds since the Unix epoch; 0 means "none".</param>
[GenerateSerializer, Immutable, Alias("guardian.timestamp")]
[JsonConverter(typeof(TimestampJsonConverter))]
public readonly record struct Timestamp([property: Id(0)] long UnixNanoseconds) : IComparable<Timestamp>
{
    private const long NanosecondsPerSecond = 1_000_000_000;
    private const int WholeLength = 19;
    private static readonly string[] Forms = ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:sszzz"];

    /// <summary>Gets the value that stands for "none".</summary>
    public static Timestamp None => default;

    /// <summary>Gets whether a moment is given at all.</summary>
    [JsonIgnore]
    public bool HasValue => UnixNanoseconds != 0;

    /// <summary>Makes a moment from a date with offset.</summary>
    public static Timestamp From(DateTimeOffset value) =>
        new(checked((value.UtcTicks - DateTime.UnixEpoch.Ticks) * 100));

    /// <summary>Makes the nearest date, cut to 100 ns.</summary>
    public DateTimeOffset ToDateTimeOffset() => DateTimeOffset.UnixEpoch.AddTicks(UnixNanoseconds / 100);

    /// <summary>Reads RFC 3339 with an offset or <c>Z</c> and up to nine decimals of a second.</summary>
    /// <param name="text">The text.</param>
    /// <param name="value">The moment, when it could be read.</param>
    /// <returns>Whether it could be read.</returns>
    public static bool TryParse(string? text, out Timestamp value)
    {
        value = default;
        if (string.IsNullOrEmpty(text)) return false;
        ReadOnlySpan<char> rest = text;
        long nanoseconds = 0;
        int dot = rest.IndexOf('.');
        string whole = rest.ToString();
        if (dot >= 0)
        {
            if (dot != WholeLength) return false;
            int end = dot + 1;
            while (end < rest.Length && char.IsAsciiDigit(rest[end])) end++;
            int digits = end - dot - 1;
            if (digits is 0 or > 9) return false;
            nanoseconds = long.Parse(rest[(dot + 1)..end], CultureInfo.InvariantCulture);
            for (int i = digits; i < 9; i++) nanoseconds *= 10;
            whole = string.Concat(rest[..dot], rest[end..]);
        }

        // Exact forms only: a lenient parse would read "12:00" as today and so depend on the clock.
        if (!DateTimeOffset.TryParseExact(
            whole, Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset seconds))
            return false;
        if (seconds.Year is < 1678 or > 2261) return false;
        value = new Timestamp((seconds.ToUnixTimeSeconds() * NanosecondsPerSecond) + nanoseconds);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(Timestamp other) => UnixNanoseconds.CompareTo(other.UnixNanoseconds);

    /// <summary>Writes RFC 3339 in UTC with as many decimals as the moment has, none for whole seconds.</summary>
    public override string ToString()
    {
        long seconds = Math.DivRem(UnixNanoseconds, NanosecondsPerSecond, out long rest);
        if (rest < 0)
        {
            seconds--;
            rest += NanosecondsPerSecond;
        }

        string whole = DateTimeOffset.FromUnixTimeSeconds(seconds)
            .ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);
        string decimals = rest.ToString("D9", CultureInfo.InvariantCulture).TrimEnd('0');
        return decimals.Length == 0 ? whole + "Z" : $"{whole}.{decimals}Z";
    }

    /// <summary>Compares two moments.</summary>
    public static bool operator <(Timestamp left, Timestamp right) => left.CompareTo(right) < 0;

    /// <summary>Compares two moments.</summary>
    public static bool operator >(Timestamp left, Timestamp right) => left.CompareTo(right) > 0;

    /// <summary>Compares two moments.</summary>
    public static bool operator <=(Timestamp left, Timestamp right) => left.CompareTo(right) <= 0;

    /// <summary>Compares two moments.</summary>
    public static bool operator >=(Timestamp left, Timestamp right) => left.CompareTo(right) >= 0;
}

/// <summary>Writes a <see cref="Timestamp"/> as an RFC 3339 string, "none" as null.</summary>
public sealed class TimestampJsonConverter : JsonConverter<Timestamp>
{
    /// <inheritdoc/>
    public override bool HandleNull => true;

    /// <inheritdoc/>
    public override Timestamp Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Null) return Timestamp.None;
        string? text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        return Timestamp.TryParse(text, out Timestamp value)
            ? value
            : throw new JsonException(
                $"Condition failed: a time is RFC 3339 such as 2026-01-31T12:00:00.5Z, not '{text}'.");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Timestamp value, JsonSerializerOptions options)
    {
        if (value.HasValue) writer.WriteStringValue(value.ToString());
        else writer.WriteNullValue();
    }
}
