using System.Globalization;
using Guardian.Detection.Options;

namespace Guardian.Storage;

/// <summary>The bounds of options, said in one form by every set of them.</summary>
internal static class OptionBounds
{
    /// <summary>Adds an error where a number is out of bounds.</summary>
    internal static void Within(this List<OptionError> errors, string path, long value, long least, long most)
    {
        if (value >= least && value <= most) return;
        string rule = string.Create(CultureInfo.InvariantCulture, $"must be {least} to {most}");
        errors.Add(new OptionError(path, value.ToString(CultureInfo.InvariantCulture), rule));
    }

    /// <summary>Adds an error where a time is out of bounds.</summary>
    internal static void Within(
        this List<OptionError> errors, string path, TimeSpan value, TimeSpan least, TimeSpan most)
    {
        if (value >= least && value <= most) return;
        errors.Add(new OptionError(path, value.ToString("c"), $"must be {least:c} to {most:c}"));
    }
}
