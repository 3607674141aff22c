namespace Guardian.Conventions.Tests;

public sealed class CSharpTextTests
{
    [Theory]
    [InlineData("a // Task\nb", "a        \nb")]
    [InlineData("a /* Task\nx */ b", "a        \n     b")]
    [InlineData("f(\"Task\")", "f(\"    \")")]
    [InlineData("f(\"a\\\"b\") + Task", "f(\"    \") + Task")]
    [InlineData("f(@\"a\\\") + Task", "f(@\"  \") + Task")]
    [InlineData("f(@\"a\"\"b\") + Task", "f(@\"    \") + Task")]
    [InlineData("f(\"\"\"a\"b\"\"\") + Task", "f(\"       \") + Task")]
    [InlineData("c == '\"' || Task", "c == ' ' || Task")]
    [InlineData("// open", "       ")]
    [InlineData("/* open", "       ")]
    public void WithoutCommentsAndStrings_AnyToken_BlanksItsContentOnly(string text, string code) =>
        Assert.Equal(code, CSharpText.WithoutCommentsAndStrings(text));
}
