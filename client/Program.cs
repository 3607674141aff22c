namespace Guardian.Cli; internal static class Program { private static void Main() { } }
