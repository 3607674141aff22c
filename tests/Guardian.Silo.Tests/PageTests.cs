using System.Reflection;
using Guardian.Silo.Options;

namespace Guardian.Silo.Tests;

public sealed class PageTests
{
    private static readonly Assembly Silo = typeof(GuardianSiloOptions).Assembly;

    [Theory]
    [InlineData("page.html")]
    [InlineData("page.css")]
    [InlineData("page.js")]
    public void Page_EachPart_NeedsNothingFromElsewhere(string resource)
    {
        string text = Read(resource);
        Assert.NotEmpty(text);
        Assert.DoesNotContain("//cdn", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("http://", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("https://", text, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("innerHTML")]
    [InlineData("outerHTML")]
    [InlineData("insertAdjacentHTML")]
    [InlineData("document.write")]
    [InlineData("eval(")]
    public void Script_TextFromOutside_NeverBecomesMarkup(string word) =>
        Assert.DoesNotContain(word, Read("page.js"), StringComparison.Ordinal);

    private static string Read(string resource)
    {
        using StreamReader reader = new(Silo.GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }
}
