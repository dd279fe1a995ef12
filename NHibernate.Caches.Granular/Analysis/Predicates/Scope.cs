namespace NHibernate.Caches.Granular.Analysis.Predicates;

/// <summary>
/// The sources a name may mean, innermost first: those of one SELECT, then those around it; and the common tables in sight.
/// Not thread-safe: one per analysis.
/// </summary>
internal sealed class Scope(Scope? parent)
{
    private readonly List<Source> _sources = [];
    private readonly Dictionary<string, QueryAnalysis?> _commonTables = new(StringComparer.Ordinal);

    public IReadOnlyList<Source> Sources => _sources;

    public void Add(Source source) => _sources.Add(source);

    /// <param name="name">The folded name.</param>
    /// <param name="body">Null for one that is opaque: inside itself, or modifying data.</param>
    public void AddCommonTable(string name, QueryAnalysis? body) => _commonTables[name] = body;

    public bool FindCommonTable(string name, out QueryAnalysis? body)
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
        {
            if (scope._commonTables.TryGetValue(name, out body))
                return true;
        }
        body = null;
        return false;
    }

    /// <summary>What is in sight now; later additions are not seen through it.</summary>
    public Scope Snapshot()
    {
        var snapshot = new Scope(Outer);
        snapshot._sources.AddRange(_sources);
        foreach (var (name, body) in _commonTables)
            snapshot._commonTables[name] = body;
        return snapshot;
    }

    /// <summary>Finds what a column reference means. Has no effect.</summary>
    public Resolution Resolve(ImmutableArray<string> path) => path.Length == 1 ? ResolveName(path[0]) : ResolveQualified(path);

    /// <summary>Every source that can be seen from here.</summary>
    public IEnumerable<Source> Visible()
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
        {
            foreach (var source in scope._sources)
                yield return source;
        }
    }

    private Scope? Outer { get; } = parent;

    /// <summary>An unqualified name: innermost scope first; sources whose columns are not known may have it or not.</summary>
    private Resolution ResolveName(string name)
    {
        var candidates = ImmutableArray.CreateBuilder<Source>();
        for (var scope = this; scope is not null; scope = scope.Outer)
        {
            var certain = scope._sources.Where(source => source.Has(name) == Presence.Certain).ToImmutableArray();
            candidates.AddRange(certain.IsEmpty ? scope._sources.Where(source => source.Has(name) == Presence.Possible) : certain);
            if (!certain.IsEmpty)
                return new Resolution(candidates.ToImmutable(), name, null);
        }
        // A row as a value: its alias.
        var row = Find([name]);
        return new Resolution(candidates.ToImmutable(), name, row) { IsUnknown = candidates.Count == 0 && row is null };
    }

    private Resolution ResolveQualified(ImmutableArray<string> path)
    {
        var source = Find(path.AsSpan(0, path.Length - 1));
        return source is null || source.Has(path[^1]) == Presence.Absent
            ? new Resolution([], path[^1], source) { IsUnknown = true }
            : new Resolution([source], path[^1], null);
    }

    /// <summary>The source that a star's qualifier means; null when there is none.</summary>
    public Source? Find(ReadOnlySpan<string> qualifier)
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
        {
            foreach (var source in scope._sources)
            {
                if (IsNamed(source, qualifier))
                    return source;
            }
        }
        return null;
    }

    private static bool IsNamed(Source source, ReadOnlySpan<string> qualifier)
    {
        if (source.Alias is not null)
            return qualifier.Length == 1 && source.Alias == qualifier[0];
        return source is TableSource table && table.Name == qualifier[^1]
            && (qualifier.Length == 1 || table.Schema is null || table.Schema == string.Join('.', qualifier[..^1]!));
    }
}

/// <summary>What a column reference may mean. Thread-safe: immutable.</summary>
/// <param name="Candidates">The sources that have, or may have, the column; empty when there is none.</param>
/// <param name="Name">The column.</param>
/// <param name="Row">The source whose whole row the name may mean; of an unknown name, the source that lacks it.</param>
internal readonly record struct Resolution(ImmutableArray<Source> Candidates, string Name, Source? Row)
{
    /// <summary>The one column it certainly is; null when there is doubt.</summary>
    public SourceColumn? Column => Candidates.Length == 1 && Row is null ? Candidates[0].Column(Name) : null;

    /// <summary>Nothing of this name is in sight.</summary>
    public bool IsUnknown { get; init; }
}
