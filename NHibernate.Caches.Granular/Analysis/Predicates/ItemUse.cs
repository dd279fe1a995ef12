namespace NHibernate.Caches.Granular.Analysis.Predicates;

/// <summary>Which items of a query's select list its surroundings depend on. Grows until the query is completed. Not thread-safe: one per analysis.</summary>
internal sealed class ItemUse
{
    private readonly HashSet<int> _used = [];

    private ItemUse(bool isAll, bool isHydrating) => (IsAll, IsHydrating) = (isAll, isHydrating);

    /// <summary>Every item counts.</summary>
    public bool IsAll { get; private set; }

    /// <summary>The items only hydrate entities whose ids are among them: the ids count, the rest does not.</summary>
    public bool IsHydrating { get; }

    /// <summary>EXISTS asks for rows, not for what is in them.</summary>
    public bool IsNone => !IsAll && !IsHydrating && _used.Count == 0;

    public static ItemUse All() => new(true, false);

    public static ItemUse None() => new(false, false);

    public static ItemUse Hydrating() => new(false, true);

    public void Add(int index) => _used.Add(index);

    public void AddAll() => IsAll = true;

    public bool Includes(int index) => IsAll || _used.Contains(index);

    /// <summary>Takes over what another depends on.</summary>
    public void Add(ItemUse other)
    {
        IsAll |= other.IsAll;
        _used.UnionWith(other._used);
    }
}
