using Guardian.Detection.Encoding;

namespace Guardian.Detection.Tests;

/// <summary>Says why bytes are no state.</summary>
internal static class Refusal
{
    internal delegate void Reading(ref StateReader reader);

    /// <summary>Reads a state; gives the message of its refusal, null where it is taken.</summary>
    internal static string? Of(byte[] state, Reading read)
    {
        try
        {
            var reader = new StateReader(state);
            read(ref reader);
            return null;
        }
        catch (StateFormatException refused)
        {
            return refused.Message;
        }
    }
}
