using System.Buffers.Binary;
using System.IO.Compression;

namespace Guardian.Cli.Recordings;

/// <summary>Finds gzip files that are cut off: the platform's stream just ends there, without an error.</summary>
internal static class GzipCheck
{
    private static readonly byte[] Magic = [0x1f, 0x8b, 0x08];

    /// <summary>Whether a file begins as gzip does.</summary>
    public static bool IsGzip(Stream file)
    {
        int first = file.ReadByte();
        int second = file.ReadByte();
        file.Position = 0;
        return first == Magic[0] && second == Magic[1];
    }

    /// <summary>Unpacks a file to its end and compares its length with the one that stands in its last four
    /// bytes.</summary>
    /// <remarks>
    /// Files of several members tell only the last one's length; they pass when it is not above the whole one's.
    /// </remarks>
    /// <exception cref="InvalidDataException">The file is damaged or cut off.</exception>
    public static void Check(string path)
    {
        using FileStream file = File.OpenRead(path);
        if (!IsGzip(file)) return;
        if (file.Length < 18) throw new InvalidDataException("it is shorter than the shortest gzip");
        byte[] buffer = new byte[65_536];
        long unpacked = 0;
        using (GZipStream gzip = new(file, CompressionMode.Decompress, leaveOpen: true))
        {
            for (int read; (read = gzip.Read(buffer)) > 0;) unpacked += read;
        }

        file.Position = file.Length - 4;
        file.ReadExactly(buffer, 0, 4);
        uint told = BinaryPrimitives.ReadUInt32LittleEndian(buffer);
        if (told == unchecked((uint)unpacked)) return;
        if (told < unpacked && HasSeveralMembers(file, buffer)) return;
        throw new InvalidDataException($"it unpacks to {unpacked} bytes, but should to {told}");
    }

    private static bool HasSeveralMembers(FileStream file, byte[] buffer)
    {
        file.Position = 1;
        int kept = 0;
        for (int read; (read = file.Read(buffer, kept, buffer.Length - kept)) > 0;)
        {
            int length = kept + read;
            if (buffer.AsSpan(0, length).IndexOf(Magic) >= 0) return true;
            kept = Math.Min(2, length);
            buffer.AsSpan(length - kept, kept).CopyTo(buffer);
        }

        return false;
    }
}
