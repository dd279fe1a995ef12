using NHibernate.Caches.Granular.Oracle.Rows;

namespace NHibernate.Caches.Granular.Oracle.Workers;

/// <summary>
/// What a reader saw: the revisions and memberships of single rows, and sums whose bounds follow from the rows. Used again for the
/// next reading. Not thread-safe: belongs to one worker.
/// </summary>
internal sealed class Sight(RowTable rows)
{
    private readonly List<(int Row, long Rev)> _seen = [];
    private readonly List<int> _absent = [];

    public RowTable Rows => rows;

    /// <summary>Rows and the revision each had.</summary>
    public List<(int Row, long Rev)> Seen => _seen;

    /// <summary>Rows that a complete look-up by key did not find.</summary>
    public List<int> Absent => _absent;

    /// <summary>What <see cref="Members"/> and <see cref="Total"/> are about; null when a reading has neither.</summary>
    public Condition? Asked { get; private set; }

    /// <summary>One bit per item that satisfies the condition, by identifier; null when that was not read.</summary>
    public ulong? Members { get; private set; }

    /// <summary>A count of items, or the sum of their revisions.</summary>
    public (long Value, bool IsSum)? Total { get; private set; }

    /// <summary>The tags of one item, one bit each.</summary>
    public (int Item, int Mask)? Tags { get; private set; }

    public void Clear()
    {
        _seen.Clear();
        _absent.Clear();
        (Asked, Members, Total, Tags) = (null, null, null, null);
    }

    public void See<T>(int id, long rev) => _seen.Add((rows.Of<T>(id), rev));

    public void Miss<T>(int id) => _absent.Add(rows.Of<T>(id));

    public void Ask(Condition condition) => (Asked, Members) = (condition, 0);

    public void Belongs(int item) => Members |= 1UL << item;

    public void Count(Condition condition, long value) => (Asked, Total) = (condition, (value, false));

    public void Sum(Condition condition, long value) => (Asked, Total) = (condition, (value, true));

    public void HasTags(int item, int mask) => Tags = (rows.Of<Item>(item), mask);

    /// <summary>Whether two readings of one question saw the same, in whatever order.</summary>
    public bool IsSame(Sight other)
    {
        if (Members != other.Members || Total != other.Total || Tags != other.Tags || _seen.Count != other._seen.Count || _absent.Count != other._absent.Count)
            return false;
        Order();
        other.Order();
        return _seen.SequenceEqual(other._seen) && _absent.SequenceEqual(other._absent);
    }

    /// <summary>
    /// Whether the rows that both saw differ by nothing but what somebody could have kept from this one: none is of a later revision than the other
    /// saw it in, and the earlier ones are from after these.
    /// </summary>
    public bool MayMiss(Sight other, long[] revisions) =>
        _seen.TrueForAll(seen => other._seen.TrueForAll(same => same.Row != seen.Row || same.Rev == seen.Rev || (same.Rev > seen.Rev && seen.Rev >= revisions[seen.Row])));

    public override string ToString()
    {
        var parts = _seen.Order().Select(seen => $"{rows.NameOf(seen.Row)}@{seen.Rev}").Concat(_absent.Order().Select(row => $"no {rows.NameOf(row)}"));
        if (Members is { } members)
            parts = parts.Append($"members [{string.Join(", ", Enumerable.Range(0, 64).Where(item => (members >> item & 1) != 0))}]");
        if (Tags is { } tags)
            parts = parts.Append($"{rows.NameOf(tags.Item)} has tags {tags.Mask}");
        if (Total is { } total)
            parts = parts.Append($"total {total.Value}");
        return string.Join(", ", parts);
    }

    private void Order()
    {
        _seen.Sort();
        _absent.Sort();
    }
}

/// <summary>What an item is asked for: being on a shelf, or having a tag. Thread-safe: immutable.</summary>
internal readonly record struct Condition(int Shelf, int Tag)
{
    public static Condition OnShelf(int shelf) => new(shelf, 0);

    public static Condition HasTag(int tag) => new(0, tag);

    /// <summary>Null: the writer of the state cannot tell.</summary>
    public bool? IsTrueOf(RowState state)
    {
        if (!state.Exists)
            return false;
        if (Tag == 0)
            return state.Shelf == Shelf;
        return state.Tags == RowState.UnknownTags ? null : (state.Tags >> Tag & 1) != 0;
    }
}
