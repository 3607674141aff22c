using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Guardian.Contracts;
using Guardian.Storage.History;

namespace Guardian.Storage.Audit;

/// <summary>Where a page of the log ended, and the bounds of what may be asked.</summary>
/// <param name="At">The last entry's time, Unix nanoseconds.</param>
/// <param name="Number">Its number.</param>
/// <param name="Writer">Its writer.</param>
internal sealed record AuditCursor(long At, long Number, string Writer)
{
    private const int MostCharacters = 256;

    /// <summary>Checks a query and reads its cursor.</summary>
    /// <exception cref="ArgumentException">A bound or the cursor is not valid.</exception>
    internal static AuditCursor? Read(AuditQuery query)
    {
        if (query.Limit is < 1 or > AuditQuery.MaximumLimit)
            throw Fault($"limit is {query.Limit}; it takes 1 to {AuditQuery.MaximumLimit}.");
        if (query.From.HasValue && query.To.HasValue && query.To <= query.From)
            throw Fault($"to is {query.To}; it must be after from ({query.From}).");
        if (query.Cursor is null) return null;
        if (query.Cursor.Length > MostCharacters || !Base64Url.IsValid(query.Cursor)) throw Unknown();
        string[] parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(query.Cursor)).Split('|', 3);
        return parts.Length == 3
            && long.TryParse(parts[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long at)
            && long.TryParse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            ? new AuditCursor(at, number, parts[2])
            : throw Unknown();
    }

    /// <summary>Makes a page of up to one entry more than were asked for.</summary>
    internal static AuditPage PageOf(List<AuditEntry> rows, AuditQuery query)
    {
        if (rows.Count <= query.Limit) return new AuditPage([.. rows], null);
        rows.RemoveRange(query.Limit, rows.Count - query.Limit);
        AuditEntry last = rows[^1];
        string text = string.Create(
            CultureInfo.InvariantCulture, $"{last.At.UnixNanoseconds}|{last.Number}|{last.Writer}");
        return new AuditPage([.. rows], Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text)));
    }

    private static ArgumentException Unknown() => Fault(
        "cursor is not one of this log. Give back the cursor of the page before, or none for the first page.");

    private static ArgumentException Fault(string text) => HistoryRules.Fault("query", text);
}
