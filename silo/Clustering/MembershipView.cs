using System.Globalization;

namespace Guardian.Silo.Clustering;

/// <summary>What this silo knows of the membership table: rows by silo, and the version. Not thread-safe.</summary>
internal sealed class MembershipView
{
    private readonly Dictionary<SiloAddress, MembershipEntry> _rows = [];
    private string _etag = "0";

    /// <summary>Gets the version; 0 before anything is known.</summary>
    public int Version { get; private set; }

    /// <summary>Gets the number of rows.</summary>
    public int Count => _rows.Count;

    /// <summary>Puts a row, as of a version.</summary>
    public void Put(MembershipEntry entry, int version)
    {
        _rows[entry.SiloAddress] = entry;
        (Version, _etag) = (version, version.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Notes that a silo lives.</summary>
    public void Alive(MembershipEntry entry)
    {
        if (_rows.GetValueOrDefault(entry.SiloAddress) is { } known) known.IAmAliveTime = entry.IAmAliveTime;
    }

    /// <summary>Drops dead silos that were last alive before a time.</summary>
    public void Forget(DateTimeOffset before)
    {
        MembershipEntry[] old =
        [
            .. _rows.Values.Where(e => e.Status == SiloStatus.Dead
                && Later(e.IAmAliveTime, e.StartTime) < before.UtcDateTime),
        ];
        foreach (MembershipEntry entry in old) _rows.Remove(entry.SiloAddress);
    }

    /// <summary>Takes a table that was read in place of what is known.</summary>
    public void Take(MembershipTableData table)
    {
        _rows.Clear();
        foreach ((MembershipEntry entry, _) in table.Members) _rows[entry.SiloAddress] = entry;
        (Version, _etag) = (table.Version.Version, table.Version.VersionEtag);
    }

    /// <summary>Gets whether the table lacks something that is known here: it came back empty or older.</summary>
    public bool IsAheadOf(MembershipTableData table) => table.Version.Version < Version;

    /// <summary>Finds a row that is to be written to the table; null when it has all that is known here.</summary>
    /// <remarks>A death is final, so it is kept from wherever it is known; else the further status is.</remarks>
    public MembershipEntry? NextToWrite(MembershipTableData table)
    {
        foreach (MembershipEntry entry in _rows.Values)
        {
            if (table.TryGet(entry.SiloAddress) is not { } known || entry.Status > known.Item1.Status) return entry;
        }

        return null;
    }

    /// <summary>Gives it as Orleans reads it; rows are copies.</summary>
    public MembershipTableData ToTable() => new(
        [.. _rows.Values.Select(row => Tuple.Create(Copy(row), _etag))], new TableVersion(Version, _etag));

    private static DateTime Later(DateTime one, DateTime other) => one > other ? one : other;

    private static MembershipEntry Copy(MembershipEntry row) => new()
    {
        SiloAddress = row.SiloAddress,
        Status = row.Status,
        SuspectTimes = row.SuspectTimes is null ? [] : [.. row.SuspectTimes],
        ProxyPort = row.ProxyPort,
        HostName = row.HostName,
        SiloName = row.SiloName,
        RoleName = row.RoleName,
        UpdateZone = row.UpdateZone,
        FaultZone = row.FaultZone,
        StartTime = row.StartTime,
        IAmAliveTime = row.IAmAliveTime,
    };
}
