using Guardian.Detection.Drift;

namespace Guardian.Detection.Errors;

/// <summary>Error settings as the guardrail runs them. Immutable, hence thread-safe.</summary>
/// <remarks>Made from validated <see cref="ErrorOptions"/>, which document each setting.</remarks>
public sealed record ErrorPolicy
{
    private ErrorPolicy(ErrorOptions options)
    {
        Mode = options.Mode;
        WindowSeconds = (int)(options.Window.Ticks / TimeSpan.TicksPerSecond);
        MinOutcomes = options.MinOutcomes;
        Warning = options.Warning;
        Breach = options.Breach;
        InRow = options.InRow;
        RowMemory = SessionTime.Nanoseconds(options.RowMemory);
        ConfirmEvaluations = options.ConfirmEvaluations;
        ConfirmFor = SessionTime.Nanoseconds(options.ConfirmFor);
    }

    /// <summary>Gets the settings as they are by default.</summary>
    public static ErrorPolicy Default { get; } = From(new ErrorOptions());

    /// <summary>Gets what a breach may do.</summary>
    public GuardrailMode Mode { get; }

    /// <summary>Gets the length of the window in slots of one second.</summary>
    public int WindowSeconds { get; }

    /// <summary>Gets how many outcomes the window must hold before its ratio is judged.</summary>
    public int MinOutcomes { get; }

    /// <summary>Gets the ratio at which it warns.</summary>
    public double Warning { get; }

    /// <summary>Gets the ratio that is a breach.</summary>
    public double Breach { get; }

    /// <summary>Gets how many failures in a row are a breach at once.</summary>
    public int InRow { get; }

    /// <summary>Gets how long a row waits for its next failure, in nanoseconds.</summary>
    public long RowMemory { get; }

    /// <summary>Gets how many evaluations in a row confirm a breach of the ratio.</summary>
    public int ConfirmEvaluations { get; }

    /// <summary>Gets for how long the ratio must hold before its breach is confirmed, in nanoseconds.</summary>
    public long ConfirmFor { get; }

    /// <summary>Makes a policy from options.</summary>
    /// <exception cref="ArgumentException">The options are not valid; the message says all that is wrong.</exception>
    public static ErrorPolicy From(ErrorOptions options)
    {
        IReadOnlyList<Options.OptionError> errors = options.Validate();
        return errors.Count == 0
            ? new ErrorPolicy(options)
            : throw new ArgumentException("Condition failed: " + string.Join("; ", errors), nameof(options));
    }
}
