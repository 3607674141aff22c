using System.Reflection;
using System.Text;

namespace Guardian.Contracts.Tests;

/// <summary>Writes down what every message looks like on the wire: alias, ids, names, types and enum values.</summary>
internal static class MessageShape
{
    /// <summary>Gets every message, by name.</summary>
    public static IReadOnlyList<Type> Messages { get; } =
        [.. typeof(Verdict).Assembly.GetTypes()
            .Where(type => type.GetCustomAttribute<GenerateSerializerAttribute>() is not null)
            .OrderBy(type => type.FullName, StringComparer.Ordinal)];

    /// <summary>Gets every enum, by name.</summary>
    public static IReadOnlyList<Type> Enums { get; } =
        [.. typeof(Verdict).Assembly.GetTypes()
            .Where(type => type.IsEnum && type.IsPublic)
            .OrderBy(type => type.FullName, StringComparer.Ordinal)];

    /// <summary>Gets the properties that cross the wire, by id.</summary>
    public static IEnumerable<(uint Id, PropertyInfo Property)> Members(Type message) =>
        from property in message.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        let id = property.GetCustomAttribute<IdAttribute>()
        where id is not null
        orderby id.Id
        select (id.Id, property);

    /// <summary>Writes the whole book of shapes.</summary>
    public static string[] Write()
    {
        List<string> lines = [];
        foreach (Type message in Messages)
        {
            string alias = message.GetCustomAttribute<AliasAttribute>()?.Alias ?? "none";
            lines.AddRange(Members(message).Select(member =>
                $"{alias} {member.Id} {member.Property.Name}: {NameOf(member.Property.PropertyType)}"));
        }

        foreach (Type type in Enums)
        {
            lines.AddRange(Enum.GetNames(type).Select(name =>
                $"enum {type.Name} {Enum.Format(type, Enum.Parse(type, name), "d")} {name}: "
                + NameOf(type.GetEnumUnderlyingType())));
        }

        return [.. lines];
    }

    private static string NameOf(Type type)
    {
        if (type.IsArray) return NameOf(type.GetElementType()!) + "[]";
        if (Nullable.GetUnderlyingType(type) is { } inner) return NameOf(inner) + "?";
        if (!type.IsGenericType) return type.Name;
        StringBuilder name = new(type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]);
        return name.Append('<').AppendJoin(", ", type.GetGenericArguments().Select(NameOf)).Append('>').ToString();
    }
}
