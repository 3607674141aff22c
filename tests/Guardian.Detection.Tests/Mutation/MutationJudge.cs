#if MUTATION
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using Xunit.Sdk;
using Xunit.v3;

namespace Guardian.Detection.Tests.Mutation;

/// <summary>Judges mutants one after the other, all in this process; driven by tests/mutation.py.</summary>
/// <remarks>
/// Every static field is made without a mutant first: a mutant of such an initializer is left to a process of its own.
/// A mutant that hangs for good ends the process, which is started anew.
/// </remarks>
public sealed class MutationJudge
{
    private const double LeastBudget = 10_000;

    private long _began;
    private double _budget;

    private sealed record Case(Type Class, MethodInfo Method, object?[] Arguments)
    {
        internal double Milliseconds { get; set; }

        internal bool IsOf(string area) => Class.FullName!.StartsWith(area, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Judge_EachMutant_TellsWhetherATestFails()
    {
        string jobs = Environment.GetEnvironmentVariable("GUARDIAN_MUTANTS") ?? "";
        if (jobs.Length == 0) return;
        FieldInfo active = typeof(Level).Assembly.GetTypes().Single(t => t.Name == "MutantControl")
            .GetField("ActiveMutant")!;
        active.SetValue(null, -1);
        foreach (Type type in typeof(Level).Assembly.GetTypes())
            if (!type.ContainsGenericParameters) RuntimeHelpers.RunClassConstructor(type.TypeHandle);
        List<Case> cases = await Cases();
        await Measure(cases, Environment.GetEnvironmentVariable("GUARDIAN_DURATIONS")!);
        ILookup<string, Case> byClass = cases.ToLookup(c => c.Class.FullName!);
        // A first look leaves out the long tests; a thorough one has those of the area, too.
        bool thorough = Environment.GetEnvironmentVariable("GUARDIAN_THOROUGH") == "1";
        (double own, double other) = thorough ? (5_000, 60) : (400, 40);
        await using StreamWriter verdicts = new(jobs + ".verdicts") { AutoFlush = true };
        foreach (string line in await File.ReadAllLinesAsync(jobs))
        {
            // A line: the mutant's number, its area, and the classes that reach it.
            string[] words = line.Split(' ');
            string area = $"Guardian.Detection.Tests.{words[1]}.";
            List<Case> reaching = [.. words.Skip(2).SelectMany(name => byClass[name])
                .Where(c => c.Milliseconds <= (c.IsOf(area) ? own : other))
                .OrderBy(c => c.Milliseconds * (c.IsOf(area) ? 1 : 9))];
            active.SetValue(null, int.Parse(words[0], CultureInfo.InvariantCulture));
            Begin(0);
            Task<string> judged = Task.Factory.StartNew(
                () => Judge(reaching), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            while (!judged.Wait(20) && Stopwatch.GetElapsedTime(_began).TotalMilliseconds < _budget)
            {
            }

            bool ended = judged.IsCompleted;
            active.SetValue(null, -1);
            await verdicts.WriteLineAsync($"{words[0]} {(ended ? judged.Result : "Timeout")}");

            // Without its mutant most loops end after all; where one does not, the process is lost.
            if (!ended && !judged.Wait(3_000)) Environment.Exit(99);
        }
    }

    private static async Task Measure(List<Case> cases, string path)
    {
        if (!File.Exists(path))
        {
            List<string> failing = [];
            foreach (Case sound in cases)
            {
                long began = Stopwatch.GetTimestamp();
                if (Run(sound) is { } broken) failing.Add($"{sound.Class.Name}.{sound.Method.Name}: {broken}");
                sound.Milliseconds = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            }

            Assert.True(failing.Count == 0, string.Join('\n', failing));
            await File.WriteAllLinesAsync(
                path, cases.Select(c => $"{c.Milliseconds:R} {c.Class.Name}.{c.Method.Name}"));
            return;
        }

        string[] known = await File.ReadAllLinesAsync(path);
        Assert.Equal(cases.Count, known.Length);
        for (int i = 0; i < known.Length; i++)
            cases[i].Milliseconds = double.Parse(known[i].Split(' ')[0], CultureInfo.InvariantCulture);
    }

    private string Judge(List<Case> cases)
    {
        foreach (Case each in cases)
        {
            Begin(each.Milliseconds);
            if (Run(each) is not null) return $"Killed {each.Class.Name}.{each.Method.Name}";
        }

        return "Survived";
    }

    private void Begin(double milliseconds)
    {
        Volatile.Write(ref _budget, LeastBudget + (10 * milliseconds));
        Volatile.Write(ref _began, Stopwatch.GetTimestamp());
    }

    private static Exception? Run(Case each)
    {
        try
        {
            object? instance = each.Method.IsStatic ? null : Activator.CreateInstance(each.Class);
            if (each.Method.Invoke(instance, each.Arguments) is Task task) task.GetAwaiter().GetResult();
            return null;
        }
        catch (Exception failure)
        {
            return failure;
        }
    }

    private static async Task<List<Case>> Cases()
    {
        List<Case> cases = [];
        await using DisposalTracker tracker = new();
        foreach (Type type in typeof(MutationJudge).Assembly.GetTypes())
        {
            if (type == typeof(MutationJudge) || !type.IsPublic) continue;
            foreach (MethodInfo method in type.GetMethods())
            {
                if (!method.GetCustomAttributes<FactAttribute>().Any()) continue;
                DataAttribute[] data = [.. method.GetCustomAttributes<DataAttribute>()];
                if (data.Length == 0) cases.Add(new Case(type, method, []));
                foreach (DataAttribute source in data)
                {
                    object?[][] rows = source is MemberDataAttribute member
                        ? FromMember(type, member.MemberName)
                        : [.. (await source.GetData(method, tracker)).Select(row => row.GetData())];
                    Assert.True(rows.Length > 0, $"{type.Name}.{method.Name} has no data");
                    cases.AddRange(rows.Select(row => new Case(type, method, Complete(method, row))));
                }
            }
        }

        return cases;
    }

    private static object?[][] FromMember(Type type, string name)
    {
        object? all = type.GetProperty(name)?.GetValue(null)
            ?? type.GetField(name)?.GetValue(null)
            ?? type.GetMethod(name)?.Invoke(null, []);
        return [.. ((System.Collections.IEnumerable)all!).Cast<object>()
            .Select(row => row is ITheoryDataRow data ? data.GetData() : (object?[])row)];
    }

    private static object?[] Complete(MethodInfo method, object?[] given)
    {
        ParameterInfo[] parameters = method.GetParameters();
        if (parameters.Length > 0 && parameters[^1].IsDefined(typeof(ParamArrayAttribute)))
        {
            Type item = parameters[^1].ParameterType.GetElementType()!;
            object?[] rest = [.. given.Skip(parameters.Length - 1)];
            var many = Array.CreateInstance(item, rest is [Array] ? 0 : rest.Length);
            for (int i = 0; i < many.Length; i++) many.SetValue(Fit(rest[i], item), i);
            if (rest is not [Array]) given = [.. given.Take(parameters.Length - 1), many];
        }

        return [.. parameters.Select((p, i) => i < given.Length ? Fit(given[i], p.ParameterType) : p.DefaultValue)];
    }

    private static object? Fit(object? value, Type type)
    {
        Type plain = Nullable.GetUnderlyingType(type) ?? type;
        return value is IConvertible && !plain.IsEnum && !plain.IsInstanceOfType(value)
            ? Convert.ChangeType(value, plain, CultureInfo.InvariantCulture)
            : value;
    }
}
#endif
