using System.Reflection;
using Guardian.Testing;

namespace Guardian.Contracts.Tests;

/// <summary>The lock on what crosses the wire: silos and clients of different age must understand each other.</summary>
public sealed class MessageShapesTests
{
    private const string Regenerate =
        "To add what is new: GUARDIAN_UPDATE_SHAPES=1 dotnet run --project tests/Guardian.Contracts.Tests -c Release";

    private static string Book => Path.Combine(
        Recordings.RepositoryRoot() ?? AppContext.BaseDirectory,
        "tests", "Guardian.Contracts.Tests", "MessageShapes.txt");

    [Fact]
    public void Messages_Shapes_KeepEveryLineOfTheBook()
    {
        string[] removed = [.. ReadBook().Except(MessageShape.Write(), StringComparer.Ordinal)];
        Assert.True(
            removed.Length == 0,
            "Condition failed: an id once given keeps its name and type for ever; leave it in place, unused if need be."
            + $" Gone or changed:\n{string.Join('\n', removed)}");
    }

    [Fact]
    public void Messages_Shapes_AreAllInTheBook()
    {
        string[] added = [.. MessageShape.Write().Except(ReadBook(), StringComparer.Ordinal)];
        if (added.Length > 0 && Environment.GetEnvironmentVariable("GUARDIAN_UPDATE_SHAPES") == "1")
        {
            Messages_Shapes_KeepEveryLineOfTheBook();
            File.WriteAllLines(Book, MessageShape.Write());
            added = [];
        }

        Assert.True(
            added.Length == 0,
            $"Condition failed: not in MessageShapes.txt yet. {Regenerate}\n{string.Join('\n', added)}");
    }

    [Fact]
    public void Messages_Attributes_AreComplete()
    {
        List<string> findings = [];
        foreach (Type message in MessageShape.Messages)
        {
            if (message.GetCustomAttribute<AliasAttribute>() is null) findings.Add($"{message.Name}: no [Alias]");
            if (message.GetCustomAttribute<ImmutableAttribute>() is null)
                findings.Add($"{message.Name}: no [Immutable]");
            findings.AddRange(
                from property in message.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                where property.CanWrite && property.GetCustomAttribute<IdAttribute>() is null
                select $"{message.Name}.{property.Name}: no [Id]");
        }

        Assert.True(findings.Count == 0, string.Join('\n', findings));
    }

    [Fact]
    public void Messages_Ids_CountFromZeroWithoutAGap()
    {
        foreach (Type message in MessageShape.Messages)
        {
            uint[] ids = [.. MessageShape.Members(message).Select(member => member.Id)];
            Assert.Equal(Enumerable.Range(0, ids.Length).Select(id => (uint)id), ids);
        }
    }

    [Fact]
    public void Messages_Aliases_AreUniqueAndBelowGuardian()
    {
        string[] aliases = [.. MessageShape.Messages.Select(type => type.GetCustomAttribute<AliasAttribute>()!.Alias)];
        Assert.Equal(aliases.Length, aliases.Distinct(StringComparer.Ordinal).Count());
        Assert.All(aliases, alias => Assert.Matches("^guardian\\.[a-z]+(-[a-z]+)*$", alias));
    }

    [Fact]
    public void GrainInterfaces_Methods_HaveAnAliasEach()
    {
        List<Type> grains = [.. typeof(IGuardianGrain).Assembly.GetTypes()
            .Where(type => type.IsInterface && typeof(IGrain).IsAssignableFrom(type))];
        Assert.NotEmpty(grains);
        Assert.All(grains, grain =>
        {
            Assert.NotNull(grain.GetCustomAttribute<AliasAttribute>());
            Assert.All(grain.GetMethods(), method => Assert.NotNull(method.GetCustomAttribute<AliasAttribute>()));
        });
    }

    private static string[] ReadBook()
    {
        Assert.SkipUnless(Recordings.RepositoryRoot() is not null, "The repository is not around the test's folder.");
        return File.ReadAllLines(Book);
    }
}
