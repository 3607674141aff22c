using Guardian.Testing;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Guardian.Silo.Tests;

/// <summary>Reads files of the repository as YAML, merge keys resolved.</summary>
internal static class Yaml
{
    private static readonly YamlScalarNode Merge = new("<<");

    /// <summary>Gets the path of a file of the repository.</summary>
    internal static string PathOf(string file) => Path.Combine(Recordings.RepositoryRoot()!, file);

    /// <summary>Reads every document of a file.</summary>
    internal static IReadOnlyList<YamlMappingNode> Read(string file)
    {
        YamlStream stream = [];
        using StreamReader reader = new(PathOf(file));
        stream.Load(new Parser(reader));
        return [.. stream.Documents.Select(d => (YamlMappingNode)Resolve(d.RootNode))];
    }

    /// <summary>Finds a node by keys; null where there is none.</summary>
    internal static YamlNode? At(this YamlNode node, params ReadOnlySpan<string> path)
    {
        YamlNode? here = node;
        foreach (string key in path)
        {
            here = here is YamlMappingNode map && map.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? next)
                ? next
                : null;
        }

        return here;
    }

    /// <summary>Reads a mapping of texts.</summary>
    internal static Dictionary<string, string> Texts(this YamlNode? node) =>
        node is YamlMappingNode map ? map.Children.ToDictionary(c => $"{c.Key}", c => $"{c.Value}") : [];

    /// <summary>Reads the members of a sequence.</summary>
    internal static IEnumerable<YamlNode> Items(this YamlNode? node) =>
        node is YamlSequenceNode sequence ? sequence.Children : [];

    private static YamlNode Resolve(YamlNode node)
    {
        if (node is YamlSequenceNode sequence) return new YamlSequenceNode(sequence.Select(Resolve));
        if (node is not YamlMappingNode map) return node;
        YamlMappingNode resolved = [];
        if (map.Children.TryGetValue(Merge, out YamlNode? merged))
        {
            foreach ((YamlNode key, YamlNode value) in ((YamlMappingNode)Resolve(merged)).Children)
                resolved.Children[key] = value;
        }

        foreach ((YamlNode key, YamlNode value) in map.Children.Where(c => !c.Key.Equals(Merge)))
            resolved.Children[key] = Resolve(value);
        return resolved;
    }
}
