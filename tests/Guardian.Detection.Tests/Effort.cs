namespace Guardian.Detection.Tests;

/// <summary>How many random histories a property test tries.</summary>
internal static class Effort
{
#if MUTATION
    // A mutation run repeats the tests for each of thousands of mutants: a tenth of the seeds find what is broken.
    internal static int Seeds(int full) => Math.Max(full / 10, 4);
#else
    internal static int Seeds(int full) => full;
#endif
}
