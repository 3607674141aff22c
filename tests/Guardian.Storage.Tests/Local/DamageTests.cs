using System.Globalization;
using Guardian.Contracts;
using Guardian.Storage.Checkpoints;
using Guardian.Storage.Halts;
using Guardian.Storage.Journal;
using Guardian.Storage.Local;
using Guardian.Storage.Roster;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace Guardian.Storage.Tests.Local;

/// <summary>
/// Seeded damages to every file of L3 as kill −9 leaves it: each is harmless or named, and the file opens all the same.
/// </summary>
[Trait("Category", "Faults")]
public sealed class DamageTests
{
    /// <summary>How many damages a kind gets; the full suite of faults takes many more.</summary>
    private static int Rounds => IsFull ? 400 : 25;

    private static bool IsFull =>
        string.Equals(Environment.GetEnvironmentVariable("GUARDIAN_FAULTS"), "full", StringComparison.Ordinal);

    [Theory]
    [InlineData("flip", "")]
    [InlineData("flip", "-wal")]
    [InlineData("flip", "-shm")]
    [InlineData("cut", "")]
    [InlineData("cut", "-wal")]
    [InlineData("cut", "-shm")]
    [InlineData("zero", "")]
    [InlineData("zero", "-wal")]
    [InlineData("swap", "")]
    [InlineData("swap", "-wal")]
    public async Task Open_Damaged_HarmlessOrNamedAndStarted(string kind, string part)
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("GUARDIAN_SEED"), out int given)
            ? given
            : Random.Shared.Next();
        Random random = new(seed);
        using Killed good = await Killed.MakeAsync(checkpointed: part.Length == 0);
        (int harmless, int named) = (0, 0);
        for (int round = 0; round < Rounds; round++)
        {
            (string what, bool same, string? name) = await TryAsync(good, kind, part, random);
            Assert.True(same || name is not null, $"seed {seed}, round {round}: {what}: neither whole nor named");
            if (name is null) harmless++;
            else named++;
        }

        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"seed {seed}: {kind} of guardian-l3.db{part}: {Rounds} damages, {named} named, {harmless} harmless"));
        // What the log holds is written over the file at the next start, so a few damages may all be harmless.
        Assert.True(named > 0 || part == "-shm" || Rounds < 100, "no damage did harm: the test is blunt");
    }

    [Theory]
    [InlineData("")]
    [InlineData("-wal")]
    public async Task Open_PartMissing_NamedAndStarted(string part)
    {
        using Killed bad = await Killed.MakeAsync(checkpointed: false);
        File.Delete(bad.Path + part);
        (bool same, string? name) = await bad.ReadAsync();
        Assert.False(same);
        Assert.Contains(bad.Path, name, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_SharedMemoryMissing_Harmless()
    {
        using Killed bad = await Killed.MakeAsync(checkpointed: false);
        File.Delete(bad.Path + "-shm");
        Assert.Equal((true, null), await bad.ReadAsync());
    }

    [Fact]
    public async Task Open_LogOfAnotherFile_NamedAndStarted()
    {
        using Killed bad = await Killed.MakeAsync(checkpointed: false);
        using Killed other = await Killed.MakeAsync(checkpointed: false);
        File.Copy(other.Path + "-wal", bad.Path + "-wal", overwrite: true);
        File.Delete(bad.Path + "-shm");
        (bool same, string? name) = await bad.ReadAsync();
        Assert.True(same || name is not null);
        Assert.NotNull(name);
    }

    // By such an index a tail is read short, and each row that is read is whole.
    [Fact]
    public async Task Open_IndexDisagreesWithItsTable_NamedAndStarted()
    {
        using Killed bad = await Killed.MakeAsync(checkpointed: true);
        byte[] bytes = await File.ReadAllBytesAsync(bad.Path, Make.Soon());
        int page = (int)(bad.RootOf("journal_by_symbol") - 1) * 4_096;
        // A record of a text of one letter and two numbers of one byte: its header, and the symbol.
        int entry = bytes.AsSpan(page, 4_096).IndexOf("\u0004\u000F\u0001\u0001B"u8);
        Assert.True(entry > 0, "no entry of B in the index");
        bytes[page + entry + 4] = (byte)'Z';
        await File.WriteAllBytesAsync(bad.Path, bytes, Make.Soon());
        (_, string? name) = await bad.ReadAsync();
        Assert.Contains("journal_by_symbol", name, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Find_CheckpointsSwappedBetweenSymbols_BothRefusedByName()
    {
        using Killed bad = await Killed.MakeAsync(checkpointed: true);
        bad.Execute(
            "update checkpoints set symbol = 'x' where symbol = 'A'; update checkpoints set symbol = 'A' "
            + "where symbol = 'B'; update checkpoints set symbol = 'B' where symbol = 'x'");
        (bool same, string? name) = await bad.ReadAsync();
        Assert.False(same);
        Assert.Equal("Invariant: checkpoint 1.7/9 of A is refused: its checksum differs.", name);
    }

    private static async Task<(string What, bool Same, string? Named)> TryAsync(
        Killed good, string kind, string part, Random random)
    {
        using Killed bad = good.Copy();
        string what = Damage(bad.Path + part, kind, random);
        (bool same, string? named) = await bad.ReadAsync();
        return (what, same, named);
    }

    private static string Damage(string path, string kind, Random random)
    {
        byte[] bytes = File.ReadAllBytes(path);
        int place = random.Next(bytes.Length);
        string what = $"{kind} at {place} of {Path.GetFileName(path)}";
        switch (kind)
        {
            case "flip":
                bytes[place] ^= (byte)(1 << random.Next(8));
                break;
            case "cut":
                bytes = bytes[..place];
                break;
            case "zero":
                bytes.AsSpan(place, Math.Min(random.Next(1, 5_000), bytes.Length - place)).Clear();
                break;
            default:
                // Two blocks change places, as a confused controller does it.
                int size = random.Next(2) == 0 ? 512 : 4_096;
                int one = random.Next(bytes.Length / size) * size;
                int two = random.Next(bytes.Length / size) * size;
                byte[] kept = bytes[one..(one + size)];
                bytes.AsSpan(two, size).CopyTo(bytes.AsSpan(one));
                kept.CopyTo(bytes.AsSpan(two));
                what = $"blocks of {size} bytes at {one} and {two} swapped";
                break;
        }

        File.WriteAllBytes(path, bytes);
        return what;
    }

    /// <summary>A folder as a killed process leaves it.</summary>
    private sealed class Killed : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("guardian-killed-");
        private string _content = string.Empty;

        public string Path => System.IO.Path.Combine(_folder.FullName, "guardian-l3.db");

        /// <summary>Makes one; with everything in the main file, or with most of it in the log.</summary>
        public static async Task<Killed> MakeAsync(bool checkpointed)
        {
            await using Rig rig = Rig.Opened(options => options.TrimInterval = TimeSpan.FromHours(1));
            for (int i = 0; i < 20; i++)
            {
                Assert.True(rig.Journal.TryAppend(Make.Entry("A", 1 + (i * 3)), null));
                Assert.True(rig.Journal.TryAppend(Make.Entry("B", 1 + (i * 3)), null));
                await rig.Journal.FlushAsync(Make.Soon());
            }

            var checkpoints = new SqliteCheckpointStore(rig.File);
            foreach (string symbol in (string[])["A", "B"])
            {
                for (int i = 1; i <= 3; i++)
                {
                    byte[] payload = [.. Enumerable.Range(0, 600).Select(n => unchecked((byte)(n + i)))];
                    await checkpoints.SaveAsync(new Checkpoint(symbol, new Epoch(1, 7), i * 3, 0, payload));
                }
            }

            var halts = new SqliteHaltStore(rig.File);
            for (int i = 0; i < 4; i++) await halts.PutAsync(Make.Hold($"h{i}"));
            var roster = new SqliteRosterStore(rig.File);
            await roster.PutAsync(new RosterEntry { Symbol = "A" });
            await roster.NextProducerEpochAsync("live", "feed");
            rig.Journal.MoveCursor("L2", 7);
            await rig.Journal.FlushAsync(Make.Soon());
            if (checkpointed)
            {
                await rig.File.WriteAsync(
                    database => database.Session.Execute("select 1"), 0);
                await rig.CloseAsync();
            }

            Killed killed = new();
            foreach (string file in Directory.GetFiles(rig.Folder, "guardian-l3*"))
                File.Copy(file, System.IO.Path.Combine(killed._folder.FullName, System.IO.Path.GetFileName(file)));
            using Killed copy = killed.Copy();
            (killed._content, string? problem) = await copy.ContentAsync();
            Assert.Null(problem);
            return killed;
        }

        public Killed Copy()
        {
            Killed copy = new() { _content = _content };
            foreach (FileInfo file in _folder.GetFiles())
                file.CopyTo(System.IO.Path.Combine(copy._folder.FullName, file.Name));
            return copy;
        }

        public void Execute(string sql)
        {
            using SqliteConnection connection = new($"Data Source={Path};Pooling=False");
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // The statement is the test's own.
            command.CommandText = sql;
#pragma warning restore CA2100
            command.ExecuteNonQuery();
        }

        /// <summary>Gets the number of the first page of an index.</summary>
        public long RootOf(string index)
        {
            using SqliteConnection connection = new($"Data Source={Path};Mode=ReadOnly;Pooling=False");
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "select rootpage from sqlite_schema where name = $name";
            command.Parameters.AddWithValue("$name", index);
            return (long)command.ExecuteScalar()!;
        }

        /// <summary>Opens it as a silo does and reads everything; it must open.</summary>
        public async Task<(bool Same, string? Named)> ReadAsync()
        {
            (string content, string? named) = await ContentAsync();
            return (string.Equals(content, _content, StringComparison.Ordinal), named);
        }

        public void Dispose() => _folder.Delete(recursive: true);

        private async Task<(string Content, string? Named)> ContentAsync()
        {
            StorageOptions options = new() { DataFolder = _folder.FullName, TrimInterval = TimeSpan.FromHours(1) };
            await using LocalFile file = new(options, TimeProvider.System, NullLogger<LocalFile>.Instance);
            var content = new List<string>();
            try
            {
                file.Open();
            }
            catch (DataFolderException newer) when (newer.Message.Contains(" has format ", StringComparison.Ordinal))
            {
                return ("refused", newer.Message);
            }

            string? thrown = null;
            foreach (Func<string> read in Readings(file))
            {
                try
                {
                    content.Add(read());
                }
                catch (Exception e) when (e is DamagedRecordException or StorageUnavailableException)
                {
                    thrown ??= e.Message;
                }
            }

            content.Add($"{await new SqliteRosterStore(file).NextProducerEpochAsync("live", "feed")}");
            return (string.Join('\n', content), file.Loss ?? file.Damages.FirstOrDefault() ?? thrown);
        }

        private static IEnumerable<Func<string>> Readings(LocalFile file)
        {
            var journal = new SqliteJournal(file);
            var checkpoints = new SqliteCheckpointStore(file);
            yield return () => string.Join(',', journal.ReadAfter(0, 1_000).Select(Line));
            yield return () => string.Join(',', journal.ReadTail("A", default, 0).Select(Line));
            yield return () => string.Join(',', journal.ReadTail("B", default, 0).Select(Line));
            yield return () => $"{checkpoints.Find("A").Newest?.Sequence}";
            yield return () => $"{checkpoints.Find("B").Newest?.Sequence}";
            yield return () => string.Join(',', new SqliteHaltStore(file).Load().Select(h => h.Id));
            yield return () => string.Join(',', new SqliteRosterStore(file).Load().Select(r => r.Symbol));
            yield return () => $"{journal.GetCursor("L2")} {journal.DurablePosition}";
        }

        private static string Line(JournalRow row) =>
            $"{row.Position}:{row.Entry.Symbol}/{row.Entry.FirstSequence}+{row.Entry.Count}";
    }
}
