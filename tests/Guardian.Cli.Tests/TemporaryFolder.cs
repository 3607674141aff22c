using System.IO.Compression;
using System.Text;

namespace Guardian.Cli.Tests;

/// <summary>A folder that is gone after the test.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("guardian-cli-").FullName;

    public string File(string name, string text)
    {
        string path = System.IO.Path.Combine(Path, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }

    public string Gzip(string name, string text, int cutOff = 0)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip =
            new(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(Encoding.UTF8.GetBytes(text));
        string path = System.IO.Path.Combine(Path, name);
        System.IO.File.WriteAllBytes(path, packed.ToArray()[..^cutOff]);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
