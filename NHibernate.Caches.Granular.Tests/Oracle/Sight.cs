namespace NHibernate.Caches.Granular.Tests.Oracle;

/// <summary>
/// What a reader saw: the revisions and memberships of single rows, and sums whose bounds follow from the rows. Not thread-safe:
/// belongs to one reading.
/// </summary>
internal sealed class Sight
{
    public Dictionary<RowId, long> Revisions { get; } = [];

    /// <summary>Rows that a complete look-up by key did not find.</summary>
    public HashSet<RowId> Absent { get; } = [];

    /// <summary>Whether each item, seen or not, satisfied the question.</summary>
    public (Func<RowState, bool> Belongs, HashSet<int> Ids)? Members { get; set; }

    /// <summary>A sum over items.</summary>
    public (Func<RowState, long> Part, long Value)? Total { get; set; }

    /// <summary>The tags of one item, one bit each.</summary>
    public (RowId Item, int Mask)? Tags { get; set; }

    public override string ToString()
    {
        var parts = Revisions.OrderBy(pair => pair.Key.ToString(), StringComparer.Ordinal).Select(pair => $"{pair.Key}@{pair.Value}")
            .Concat(Absent.Select(row => $"no {row}"));
        if (Members is { } members)
            parts = parts.Append($"members [{string.Join(", ", members.Ids.Order())}]");
        if (Tags is { } tags)
            parts = parts.Append($"{tags.Item} has tags {tags.Mask}");
        if (Total is { } total)
            parts = parts.Append($"total {total.Value}");
        return string.Join(", ", parts);
    }
}
