using Guardian.Contracts;

namespace Guardian.Storage.Halts;

/// <summary>Merges what two places know of one hold; any order of merging gives the same.</summary>
public static class HaltMerge
{
    /// <summary>Merges two entries of one id: the earliest entry with the earliest release.</summary>
    public static Hold Merge(Hold left, Hold right)
    {
        Hold entry = ByEntry(left, right) <= 0 ? left : right;
        Hold? release = Release(left, right);
        return entry with
        {
            ReleasedAt = release?.ReleasedAt ?? Timestamp.None,
            ReleasedBy = release?.ReleasedBy,
            ReleaseReason = release?.ReleaseReason,
        };
    }

    private static int ByEntry(Hold left, Hold right)
    {
        int order = Moment(left.Since).CompareTo(Moment(right.Since));
        if (order == 0) order = left.Kind.CompareTo(right.Kind);
        if (order == 0) order = left.Episode.CompareTo(right.Episode);
        if (order == 0) order = left.Scope.CompareTo(right.Scope);
        if (order == 0) order = string.CompareOrdinal(left.Key, right.Key);
        if (order == 0) order = string.CompareOrdinal(left.Session, right.Session);
        // The stricter of two states: a hold is never weakened by merging.
        if (order == 0) order = right.State.CompareTo(left.State);
        if (order == 0) order = string.CompareOrdinal(left.Actor, right.Actor);
        return order != 0 ? order : string.CompareOrdinal(left.Reason, right.Reason);
    }

    private static Hold? Release(Hold left, Hold right)
    {
        if (left.IsOpen || right.IsOpen) return left.IsOpen ? (right.IsOpen ? null : right) : left;
        int order = left.ReleasedAt.CompareTo(right.ReleasedAt);
        if (order == 0) order = string.CompareOrdinal(left.ReleasedBy, right.ReleasedBy);
        if (order == 0) order = string.CompareOrdinal(left.ReleaseReason, right.ReleaseReason);
        return order <= 0 ? left : right;
    }

    private static long Moment(Timestamp value) => value.HasValue ? value.UnixNanoseconds : long.MaxValue;
}
