namespace Guardian.Detection.Options;

/// <summary>One thing wrong in the options: where, what it is and which rule it breaks.</summary>
/// <param name="Path">Where, colon-separated, such as <c>Latency:ClearBelow</c>.</param>
/// <param name="Value">The value as written.</param>
/// <param name="Rule">The rule in words with its bounds, such as <c>must be below Latency:Limit (100 ms)</c>.</param>
public readonly record struct OptionError(string Path, string Value, string Rule)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Path} = {Value}: {Rule}";
}
