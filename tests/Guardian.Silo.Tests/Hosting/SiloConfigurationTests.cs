using Guardian.Silo.Hosting;
using Microsoft.Extensions.Configuration;

namespace Guardian.Silo.Tests.Hosting;

public sealed class SiloConfigurationTests : IDisposable
{
    private readonly DirectoryInfo _program = Directory.CreateTempSubdirectory("guardian-program");
    private readonly DirectoryInfo _working = Directory.CreateTempSubdirectory("guardian-working");

    [Fact]
    public void Load_BothFolders_WorkingFolderWins()
    {
        Write(_program, """{"Guardian":{"SiloPort":1,"GatewayPort":2}}""");
        Write(_working, """{"Guardian":{"SiloPort":3},"AllowedHosts":"*"}""");
        IConfigurationRoot configuration = SiloConfiguration.Load(_program.FullName, _working.FullName);
        Assert.Equal("3", configuration["Guardian:SiloPort"]);
        Assert.Equal("2", configuration["Guardian:GatewayPort"]);
        Assert.Equal("localhost;127.0.0.1;[::1]", configuration["AllowedHosts"]);
    }

    [Fact]
    public void Load_BrokenFile_NamesIt()
    {
        Write(_working, "{");
        InvalidDataException problem = Assert.Throws<InvalidDataException>(
            () => SiloConfiguration.Load(_program.FullName, _working.FullName));
        Assert.StartsWith("Condition failed: ", problem.Message, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(_working.FullName, "appsettings.json"), problem.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _program.Delete(recursive: true);
        _working.Delete(recursive: true);
    }

    private static void Write(DirectoryInfo folder, string text) =>
        File.WriteAllText(Path.Combine(folder.FullName, "appsettings.json"), text);
}
