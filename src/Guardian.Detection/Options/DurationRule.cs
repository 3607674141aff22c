namespace Guardian.Detection.Options;

/// <summary>Checks that several options share: bounds of durations, counts and choices.</summary>
internal static class DurationRule
{
    /// <summary>Reports a duration outside its bounds, which are inclusive.</summary>
    internal static void Check(List<OptionError> errors, string path, TimeSpan value, TimeSpan least, TimeSpan most)
    {
        if (value < least || value > most)
            errors.Add(new OptionError(path, $"{value:c}", $"must be {least:c} to {most:c}"));
    }

    /// <summary>Reports a number outside its bounds, which are inclusive.</summary>
    internal static void Check(List<OptionError> errors, string path, int value, int least, int most)
    {
        if (value < least || value > most)
            errors.Add(new OptionError(path, $"{value}", $"must be {least} to {most}"));
    }

    /// <summary>Reports a mode that is none of the three.</summary>
    internal static void CheckMode(List<OptionError> errors, string path, GuardrailMode mode)
    {
        if (mode > GuardrailMode.Off)
            errors.Add(new OptionError(path, $"{(byte)mode}", "must be Enforce, Shadow or Off"));
    }

    /// <summary>Refuses to build a policy from options that do not validate.</summary>
    /// <param name="errors">What is wrong.</param>
    /// <param name="options">Name of the caller's parameter.</param>
    /// <exception cref="ArgumentException">There is an error.</exception>
    internal static void ThrowIfAny(IReadOnlyList<OptionError> errors, string options)
    {
        if (errors.Count > 0)
            throw new ArgumentException($"Condition failed: {string.Join("; ", errors)}. Correct them.", options);
    }
}
