using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Guardian.Contracts;

/// <summary>One life of a guardian: rises at each activation and fences out its predecessors. Immutable.</summary>
/// <param name="Number">The claimed number, ≥ 1; 0 stands for "none".</param>
/// <param name="Generation">The silo's generation, which orders two claims of the same number.</param>
[GenerateSerializer, Immutable, Alias("guardian.epoch")]
[JsonConverter(typeof(EpochJsonConverter))]
public readonly record struct Epoch([property: Id(0)] long Number, [property: Id(1)] int Generation)
    : IComparable<Epoch>
{
    /// <inheritdoc/>
    public int CompareTo(Epoch other)
    {
        int byNumber = Number.CompareTo(other.Number);
        return byNumber != 0 ? byNumber : Generation.CompareTo(other.Generation);
    }

    /// <summary>Reads the form <c>number.generation</c>.</summary>
    /// <returns>Whether it could be read.</returns>
    public static bool TryParse(string? text, out Epoch value)
    {
        value = default;
        string[]? parts = text?.Split('.');
        if (parts is not { Length: 2 }
            || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int generation))
            return false;
        value = new Epoch(number, generation);
        return true;
    }

    /// <summary>Writes the form <c>number.generation</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number}.{Generation}");

    /// <summary>Compares two epochs.</summary>
    public static bool operator <(Epoch left, Epoch right) => left.CompareTo(right) < 0;

    /// <summary>Compares two epochs.</summary>
    public static bool operator >(Epoch left, Epoch right) => left.CompareTo(right) > 0;

    /// <summary>Compares two epochs.</summary>
    public static bool operator <=(Epoch left, Epoch right) => left.CompareTo(right) <= 0;

    /// <summary>Compares two epochs.</summary>
    public static bool operator >=(Epoch left, Epoch right) => left.CompareTo(right) >= 0;
}

/// <summary>Writes an <see cref="Epoch"/> as the string <c>number.generation</c>.</summary>
public sealed class EpochJsonConverter : JsonConverter<Epoch>
{
    /// <inheritdoc/>
    public override Epoch Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string? text = reader.GetString();
        return Epoch.TryParse(text, out Epoch value)
            ? value
            : throw new JsonException($"Condition failed: an epoch is number.generation, not '{text}'.");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Epoch value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
