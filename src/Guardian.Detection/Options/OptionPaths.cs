using System.Collections;
using System.Globalization;
using System.Reflection;

namespace Guardian.Detection.Options;

/// <summary>
/// Reads and writes options by path, such as <c>Latency:Limit</c> or <c>Staleness:Stages:depth:Breach</c>.
/// </summary>
/// <remarks>
/// Leaves are numbers, flags, enums, durations, strings and comma-separated lists; dictionaries take any key. Names are
/// matched without regard to case. Deterministic; thread-safe as long as nobody writes the same options meanwhile.
/// </remarks>
public static class OptionPaths
{
    private const char Separator = ':';

    /// <summary>Sets one value.</summary>
    /// <param name="root">The options, changed in place.</param>
    /// <param name="path">Colon-separated path to a leaf.</param>
    /// <param name="text">The value as written.</param>
    /// <returns>Null when it was set; otherwise what is wrong: unknown path or unreadable value.</returns>
    public static OptionError? Set(object root, string path, string text)
    {
        string[] names = path.Split(Separator);
        object owner = root;
        for (int i = 0; i < names.Length; i++)
        {
            bool last = i == names.Length - 1;
            if (owner is IDictionary dictionary)
            {
                Type valueType = owner.GetType().GetGenericArguments()[1];
                if (last) return SetLeaf(path, text, valueType, value => dictionary[names[i]] = value);
                dictionary[names[i]] ??= Activator.CreateInstance(valueType)!;
                owner = dictionary[names[i]]!;
                continue;
            }

            PropertyInfo? property = Find(owner.GetType(), names[i]);
            if (property is null) return Unknown(path, text, owner.GetType(), names[i]);
            if (last)
            {
                object target = owner;
                return SetLeaf(path, text, property.PropertyType, value => Assign(target, property, value));
            }

            if (IsLeaf(property.PropertyType)) return Unknown(path, text, property.PropertyType, names[i + 1]);
            owner = property.GetValue(owner)!;
        }

        return new OptionError(path, text, "is not a setting");
    }

    /// <summary>Lists every leaf with its value in canonical text, sorted by path.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> List(object root)
    {
        var found = new List<KeyValuePair<string, string>>();
        Collect(root, string.Empty, found);
        found.Sort((left, right) => string.CompareOrdinal(left.Key, right.Key));
        return found;
    }

    private static void Collect(object owner, string prefix, List<KeyValuePair<string, string>> found)
    {
        if (owner is IDictionary dictionary)
        {
            foreach (DictionaryEntry entry in dictionary) CollectOne(entry.Value, prefix + entry.Key, found);
            return;
        }

        foreach (PropertyInfo property in owner.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.GetMethod is null || property.GetIndexParameters().Length > 0) continue;
            if (property.SetMethod is null && IsLeaf(property.PropertyType)
                && property.PropertyType != typeof(List<string>)) continue;
            CollectOne(property.GetValue(owner), prefix + property.Name, found);
        }
    }

    private static void CollectOne(object? value, string path, List<KeyValuePair<string, string>> found)
    {
        if (value is null || IsLeaf(value.GetType())) found.Add(new(path, Format(value)));
        else Collect(value, path + Separator, found);
    }

    private static PropertyInfo? Find(Type type, string name) => type.GetProperty(
        name, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase);

    private static bool IsLeaf(Type type)
    {
        Type bare = Nullable.GetUnderlyingType(type) ?? type;
        return bare.IsPrimitive || bare.IsEnum || bare == typeof(string) || bare == typeof(TimeSpan)
            || bare == typeof(string[]) || bare == typeof(double[]) || bare == typeof(int[])
            || bare == typeof(List<string>);
    }

    private static OptionError Unknown(string path, string text, Type type, string name)
    {
        IEnumerable<string> known = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.SetMethod is not null || !IsLeaf(p.PropertyType) || p.PropertyType == typeof(List<string>))
            .Select(p => p.Name).Order(StringComparer.Ordinal);
        return new OptionError(path, text, $"'{name}' is not a setting; known here: {string.Join(", ", known)}");
    }

    private static OptionError? SetLeaf(string path, string text, Type type, Action<object?> assign)
    {
        if (!IsLeaf(type)) return new OptionError(path, text, "is a group of settings; name one of them");
        Type bare = Nullable.GetUnderlyingType(type) ?? type;
        if (text.Length == 0 && bare != type)
        {
            assign(null);
            return null;
        }

        object? value = Parse(text, bare);
        if (value is null) return new OptionError(path, text, $"must be {Describe(bare)}");
        assign(value);
        return null;
    }

    private static void Assign(object target, PropertyInfo property, object? value)
    {
        if (property.GetValue(target) is List<string> list && value is string[] items)
        {
            list.Clear();
            list.AddRange(items);
        }
        else
        {
            property.SetValue(target, value);
        }
    }

    private static object? Parse(string text, Type type)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        if (type == typeof(string)) return text;
        if (type == typeof(bool)) return bool.TryParse(text, out bool flag) ? flag : null;
        if (type == typeof(int)) return int.TryParse(text, NumberStyles.Integer, culture, out int i) ? i : null;
        if (type == typeof(long)) return long.TryParse(text, NumberStyles.Integer, culture, out long l) ? l : null;
        if (type == typeof(double)) return double.TryParse(text, NumberStyles.Float, culture, out double d) ? d : null;
        if (type == typeof(TimeSpan)) return ParseDuration(text);
        if (type.IsEnum) return Enum.TryParse(type, text, ignoreCase: true, out object? e) && Named(type, e) ? e : null;
        string[] parts = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (type == typeof(string[]) || type == typeof(List<string>)) return parts;
        if (type == typeof(double[])) return ParseAll<double>(parts, typeof(double));
        return type == typeof(int[]) ? ParseAll<int>(parts, typeof(int)) : null;
    }

    private static bool Named(Type type, object? value) => value is not null && Enum.IsDefined(type, value);

    private static T[]? ParseAll<T>(string[] parts, Type type)
    {
        var values = new T[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (Parse(parts[i], type) is not T value) return null;
            values[i] = value;
        }

        return values;
    }

    private static TimeSpan? ParseDuration(string text)
    {
        (string suffix, double milliseconds)[] units = [("ms", 1), ("s", 1_000), ("min", 60_000), ("h", 3_600_000)];
        foreach ((string suffix, double factor) in units)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal)
                && double.TryParse(
                    text[..^suffix.Length], NumberStyles.Float, CultureInfo.InvariantCulture, out double n)
                && Math.Abs(n * factor) < TimeSpan.MaxValue.TotalMilliseconds / 2)
                return TimeSpan.FromTicks((long)Math.Round(n * factor * TimeSpan.TicksPerMillisecond));
        }

        return text.Contains(':', StringComparison.Ordinal)
            && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan value) ? value : null;
    }

    private static string Describe(Type type)
    {
        if (type.IsEnum) return "one of " + string.Join(", ", Enum.GetNames(type));
        if (type == typeof(TimeSpan)) return "a duration such as 200ms, 5s, 2min, 24h or 00:00:05";
        if (type == typeof(bool)) return "true or false";
        if (type == typeof(double)) return "a number";
        if (type == typeof(string[]) || type == typeof(List<string>)) return "a comma-separated list";
        return type.IsArray ? "a comma-separated list of numbers" : "a whole number";
    }

    private static string Format(object? value) => value switch
    {
        null => string.Empty,
        double d => d.ToString("R", CultureInfo.InvariantCulture),
        TimeSpan t => t.ToString("c", CultureInfo.InvariantCulture),
        string[] list => string.Join(',', list),
        List<string> list => string.Join(',', list),
        double[] list => string.Join(',', list.Select(d => d.ToString("R", CultureInfo.InvariantCulture))),
        int[] list => string.Join(',', list.Select(i => i.ToString(CultureInfo.InvariantCulture))),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? string.Empty,
    };
}
