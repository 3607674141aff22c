using System.Text;

namespace Guardian.Conventions.Tests;

/// <summary>Just enough of C#'s lexical grammar to tell code from comments and strings.</summary>
internal static class CSharpText
{
    /// <summary>Blanks comments and the content of strings and characters; lines and quotes stay.</summary>
    public static string WithoutCommentsAndStrings(string text)
    {
        StringBuilder code = new(text.Length);
        int at = 0;
        while (at < text.Length)
        {
            int end = EndOfToken(text, at);
            if (end == at)
            {
                code.Append(text[at++]);
                continue;
            }

            bool quoted = text[at] is '"' or '\'';
            for (int i = at; i < end; i++)
                code.Append(text[i] == '\n' || (quoted && (i == at || i == end - 1)) ? text[i] : ' ');
            at = end;
        }

        return code.ToString();
    }

    private static int EndOfToken(string text, int at) => text[at] switch
    {
        '/' when At(text, at, "//") => IndexOr(text, "\n", at, text.Length),
        '/' when At(text, at, "/*") => IndexOr(text, "*/", at + 2, text.Length - 2) + 2,
        '"' when At(text, at, "\"\"\"") => EndOfRaw(text, at),
        '"' => EndOfQuoted(text, at, verbatim: at > 0 && (text[at - 1] == '@' || (at > 1 && text[at - 2] == '@'))),
        '\'' => EndOfQuoted(text, at, verbatim: false),
        _ => at,
    };

    private static int EndOfRaw(string text, int at)
    {
        int quotes = 0;
        while (at + quotes < text.Length && text[at + quotes] == '"') quotes++;
        return IndexOr(text, new string('"', quotes), at + quotes, text.Length - quotes) + quotes;
    }

    private static int EndOfQuoted(string text, int at, bool verbatim)
    {
        char quote = text[at];
        for (int i = at + 1; i < text.Length; i++)
        {
            if (!verbatim && text[i] == '\\') i++;
            else if (verbatim && text[i] == quote && i + 1 < text.Length && text[i + 1] == quote) i++;
            else if (text[i] == quote || (!verbatim && text[i] == '\n')) return i + 1;
        }

        return text.Length;
    }

    private static bool At(string text, int at, string what) =>
        string.CompareOrdinal(text, at, what, 0, what.Length) == 0;

    private static int IndexOr(string text, string what, int from, int otherwise)
    {
        int found = from > text.Length ? -1 : text.IndexOf(what, from, StringComparison.Ordinal);
        return found < 0 ? otherwise : found;
    }
}
