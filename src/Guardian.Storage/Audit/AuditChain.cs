using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Guardian.Contracts;

namespace Guardian.Storage.Audit;

/// <summary>The chain over the log of human actions: pure, so that a copy can be verified anywhere.</summary>
/// <remarks>
/// Each entry's hash is SHA-256 over its canonical bytes, which hold the hash of the entry before. The bytes are a
/// version, then the numbers as little-endian 64 bits, then every text as UTF-8 behind its length. Verification goes
/// from the head backwards: an entry is good when the one after it (or the head) tells of exactly its hash, so that
/// the entry that was changed is named and not its neighbour. Thread-safe.
/// </remarks>
public static class AuditChain
{
    /// <summary>Most problems that are told.</summary>
    public const int MostProblems = 1_000;

    private const byte Version = 1;

    /// <summary>Gets what the first entry of a chain has as the hash before it.</summary>
    public static string Start { get; } = new('0', 64);

    /// <summary>Computes the hash of an entry over everything it says but its own hash.</summary>
    public static string HashOf(AuditEntry entry)
    {
        var bytes = new ArrayBufferWriter<byte>(512);
        bytes.Write([Version]);
        Number(bytes, entry.Number);
        Number(bytes, entry.At.HasValue ? entry.At.UnixNanoseconds : long.MinValue);
        ReadOnlySpan<string> texts =
        [
            entry.Writer, entry.Id, entry.Actor, entry.Action, entry.Target, entry.Session, entry.Reason,
            entry.Details, entry.Result, entry.Previous,
        ];
        foreach (string text in texts)
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(text);
            Number(bytes, utf8.Length);
            bytes.Write(utf8);
        }

        return Convert.ToHexStringLower(SHA256.HashData(bytes.WrittenSpan));
    }

    /// <summary>Verifies every writer's chain.</summary>
    /// <param name="entries">All entries; those of a writer in the order of their chain.</param>
    /// <param name="heads">Where each chain ends, as kept beside the entries.</param>
    public static AuditReport Verify(IEnumerable<AuditEntry> entries, IEnumerable<AuditHead> heads)
    {
        AuditEntry[] all = [.. entries];
        Dictionary<string, AuditHead> ends = heads.ToDictionary(head => head.Writer, StringComparer.Ordinal);
        ILookup<string, AuditEntry> chains = all.ToLookup(entry => entry.Writer, StringComparer.Ordinal);
        var problems = new List<AuditProblem>();
        IEnumerable<string> writers =
            chains.Select(chain => chain.Key).Union(ends.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal);
        foreach (string writer in writers)
            new Walk(writer, [.. chains[writer]], ends.GetValueOrDefault(writer), problems).Run();
        return new AuditReport
        {
            Whole = problems.Count == 0,
            Entries = all.Length,
            Heads = [.. ends.Values.OrderBy(head => head.Writer, StringComparer.Ordinal)],
            Problems = [.. problems.Take(MostProblems)],
        };
    }

    private static void Number(ArrayBufferWriter<byte> bytes, long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(bytes.GetSpan(8), value);
        bytes.Advance(8);
    }

    /// <summary>One writer's chain, from its head backwards.</summary>
    private sealed class Walk(string writer, AuditEntry[] entries, AuditHead? head, List<AuditProblem> problems)
    {
        private readonly List<AuditProblem> _found = [];

        /// <summary>What the entry after the present one says its hash is; null where nobody can tell.</summary>
        private string? _told;

        internal void Run()
        {
            Order();
            ILookup<long, AuditEntry> byNumber = entries.ToLookup(entry => entry.Number);
            long last = entries.Length == 0 ? 0 : entries.Max(entry => entry.Number);
            long end = head?.Count ?? last;
            if (head is null)
                Tell(last, "the head of this chain is missing: whether entries after it were cut can't be told");
            foreach (AuditEntry beyond in entries.Where(entry => entry.Number > end || entry.Number < 1))
                Tell(beyond.Number, "was inserted: the chain has no such number");
            _told = head?.Hash;
            for (long number = end; number >= 1; number--)
            {
                if (_found.Count > MostProblems) break;
                if (byNumber[number].Any()) Judge([.. byNumber[number]]);
                else number = Missing(number, byNumber, end);
            }

            if (_told is not null && end >= 1 && !string.Equals(_told, Start, StringComparison.Ordinal))
                Tell(1, "was altered: something came before it");
            problems.AddRange(_found.OrderBy(problem => problem.Number));
        }

        /// <summary>Names the entry that stands at another place than its number says.</summary>
        private void Order()
        {
            for (int i = 1; i < entries.Length; i++)
            {
                if (entries[i].Number >= entries[i - 1].Number) continue;
                // One of the two was moved: the one without which the others stand in order.
                AuditEntry moved = IsInOrderWithout(i - 1) ? entries[i - 1] : entries[i];
                Tell(moved.Number, "is out of order: it does not stand where its number says");
                return;
            }
        }

        private bool IsInOrderWithout(int left)
        {
            AuditEntry[] others = [.. entries.Where((_, index) => index != left)];
            return !others.Where((entry, i) => i > 0 && entry.Number < others[i - 1].Number).Any();
        }

        private void Judge(AuditEntry[] same)
        {
            AuditEntry genuine = Array.Find(same, IsTold) ?? Array.Find(same, IsItself) ?? same[0];
            foreach (AuditEntry other in same)
            {
                if (!ReferenceEquals(other, genuine))
                    Tell(other.Number, $"was inserted: there are {same.Length} of this number");
            }

            bool good = IsItself(genuine) && (_told is null || IsTold(genuine));
            if (!good)
            {
                string by = genuine.Number == head?.Count ? "the head" : $"entry {genuine.Number + 1}";
                Tell(
                    genuine.Number,
                    IsItself(genuine)
                        ? $"was altered: {by} tells of another entry before it"
                        : "was altered: its hash differs from what it says");
            }

            // What was altered may be the hash before it: then the entry before is judged by itself.
            _told = good ? genuine.Previous : null;
        }

        private long Missing(long number, ILookup<long, AuditEntry> byNumber, long end)
        {
            long first = number;
            while (first > 1 && !byNumber[first - 1].Any()) first--;
            string which = first == number ? string.Empty : $" (and all up to {number})";
            Tell(first, number == end
                ? $"was removed{which}: the end of the chain was cut"
                : $"was removed{which}");
            _told = null;
            return first;
        }

        private bool IsItself(AuditEntry entry) =>
            string.Equals(HashOf(entry), entry.Hash, StringComparison.Ordinal);

        private bool IsTold(AuditEntry entry) =>
            string.Equals(HashOf(entry), _told, StringComparison.Ordinal);

        private void Tell(long number, string problem) => _found.Add(new AuditProblem(writer, number, problem));
    }
}
