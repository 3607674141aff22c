namespace Guardian.Silo; internal static class Program { private static void Main() { } }
