using Microsoft.AspNetCore.Connections;

namespace Guardian.Silo.Hosting;

/// <summary>Tells a start that was refused, with words for the person who started it, from one that broke.</summary>
internal static class StartFailure
{
    /// <summary>Finds the words of a refusal.</summary>
    /// <returns>One line; null when the failure is ours and the whole exception is wanted.</returns>
    public static string? Explain(Exception failure)
    {
        for (Exception? problem = failure; problem is not null; problem = problem.InnerException)
        {
            if (problem.Message.StartsWith("Condition failed:", StringComparison.Ordinal)) return problem.Message;
            if (problem is AddressInUseException)
                return $"Condition failed: {problem.Message} Stop the process that has it, or choose another port.";
            if (problem is AggregateException { InnerExceptions.Count: > 1 } several)
                return several.InnerExceptions.Select(Explain).FirstOrDefault(words => words is not null);
        }

        return null;
    }
}
