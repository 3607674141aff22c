using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Guardian.Contracts.Tests;

/// <summary>Makes messages with every member set to something other than its default, from a seed.</summary>
internal sealed class Sample(int seed)
{
    private readonly Random _random = new(seed);

    /// <summary>Makes a message of a type.</summary>
    public object Of(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner) return Of(inner);
        if (type == typeof(string)) return "s" + _random.Next(1, 1_000_000);
        if (type == typeof(bool)) return true;
        if (type == typeof(double)) return _random.Next(1, 1_000_000) / 8.0;
        if (type == typeof(int)) return _random.Next(1, int.MaxValue);
        if (type == typeof(long)) return _random.NextInt64(1, long.MaxValue);
        if (type == typeof(byte)) return (byte)_random.Next(1, 256);
        if (type == typeof(TimeSpan)) return TimeSpan.FromTicks(_random.Next(1, int.MaxValue));
        if (type == typeof(Timestamp)) return new Timestamp(_random.NextInt64(1, 4_000_000_000_000_000_000));
        if (type.IsEnum) return Enum.GetValues(type).GetValue(_random.Next(1, Enum.GetValues(type).Length))!;
        if (type.IsArray) return ArrayOf(type.GetElementType()!);
        return type.IsGenericType ? DictionaryOf(type) : MessageOf(type);
    }

    private Array ArrayOf(Type element)
    {
        Array array = Array.CreateInstance(element, 2);
        for (int i = 0; i < array.Length; i++) array.SetValue(Of(element), i);
        return array;
    }

    private IDictionary DictionaryOf(Type type)
    {
        IDictionary dictionary = (IDictionary)Activator.CreateInstance(type)!;
        Type[] arguments = type.GetGenericArguments();
        dictionary[Of(arguments[0])] = Of(arguments[1]);
        return dictionary;
    }

    private object MessageOf(Type type)
    {
        object message = RuntimeHelpers.GetUninitializedObject(type);
        foreach ((_, PropertyInfo property) in MessageShape.Members(type))
            property.SetValue(message, Of(property.PropertyType));
        return message;
    }
}
