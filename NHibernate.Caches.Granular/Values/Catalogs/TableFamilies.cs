using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Values.Catalogs;

/// <summary>
/// Tables that are one for invalidation: a partitioned table with all its partitions, a parent with all its children. A statement
/// on any of them may read or write rows of the others, so they share one id (their root's) and everything unusual about one is
/// true of all. Not thread-safe: used while a schema is put together.
/// </summary>
internal sealed class TableFamilies
{
    private readonly Dictionary<long, Family> _byMember = [];

    /// <param name="rows">The catalog.</param>
    public TableFamilies(CatalogRows rows)
    {
        var parents = rows.Inheritance.ToLookup(p => p.From, p => p.To);
        var children = rows.Inheritance.ToLookup(p => p.To, p => p.From);
        var relations = rows.Relations.Where(r => r.Kind is not ("v" or "S")).ToDictionary(r => r.Oid);
        foreach (var relation in relations.Values)
        {
            if (_byMember.ContainsKey(relation.Oid))
                continue;
            // A child of two parents joins both families: everything connected is one.
            var members = Reach(relation.Oid, oid => parents[oid].Concat(children[oid])).Where(relations.ContainsKey).Select(oid => relations[oid]).ToArray();
            var family = Describe(members, members.Where(m => !parents[m.Oid].Any()), rows);
            foreach (var member in members)
                _byMember[member.Oid] = family;
        }
        FollowForeignKeys(rows.ForeignKeyActions);
    }

    /// <summary>The family of a table; null for what is none (views, sequences, and what was dropped while the catalog was read).</summary>
    public Family? Of(long table) => _byMember.GetValueOrDefault(table);

    /// <summary>Whether a relation is none of the user's permanent tables, or views over them.</summary>
    public static bool IsExternal(CatalogRows.Relation relation) =>
        relation.Kind is "f" or "S" || relation.Persistence != "p" || relation.Schema is "pg_catalog" or "information_schema";

    private static Family Describe(CatalogRows.Relation[] members, IEnumerable<CatalogRows.Relation> roots, CatalogRows rows)
    {
        // What a foreign table writes may be another table of this very database.
        var hasHiddenWrites = members.Any(m => m.HasTriggersOrRules || m.Kind == "f" || rows.HiddenCalls.Contains(m.Oid));
        var columns = members.SelectMany(m => rows.Columns[m.Oid]).ToArray();
        return new Family(new TableId(roots.Select(r => $"{r.Schema}.{r.Name}").Min(StringComparer.Ordinal)!))
        {
            HasHiddenWrites = hasHiddenWrites,
            AffectsUnknownTables = hasHiddenWrites,
            HasRowSecurity = members.Any(m => m.HasRowSecurity),
            IsExternal = members.Any(IsExternal),
            Generated = columns.Where(c => c.IsGenerated).Select(c => c.Name).ToHashSet(StringComparer.Ordinal),
        };
    }

    private void FollowForeignKeys(List<CatalogRows.Pair> actions)
    {
        var changes = actions.Where(a => _byMember.ContainsKey(a.From) && _byMember.ContainsKey(a.To)).ToLookup(a => _byMember[a.From], a => _byMember[a.To]);
        foreach (var family in _byMember.Values.Distinct().ToArray())
        {
            // The family itself is among them when a chain of actions comes back to it: a tree deletes its own branches.
            var reached = changes[family].SelectMany(first => Reach(first, f => changes[f])).Distinct().ToArray();
            family.Cascades = [.. reached.Select(f => f.Id).OrderBy(id => id.Name, StringComparer.Ordinal)];
            family.AffectsUnknownTables |= reached.Any(f => f.HasHiddenWrites);
        }
    }

    /// <summary>Everything that can be reached, the start included.</summary>
    private static HashSet<T> Reach<T>(T start, Func<T, IEnumerable<T>> next)
    {
        var reached = new HashSet<T> { start };
        var open = new Queue<T>(reached);
        while (open.TryDequeue(out var one))
        {
            foreach (var other in next(one).Where(reached.Add))
                open.Enqueue(other);
        }
        return reached;
    }

    internal sealed class Family(TableId id)
    {
        public TableId Id { get; } = id;

        /// <summary>Triggers, rules, foreign tables, or defaults and checks with functions that may write.</summary>
        public bool HasHiddenWrites { get; init; }

        /// <summary>The same, also of tables that foreign-key actions reach from here.</summary>
        public bool AffectsUnknownTables { get; set; }

        public bool HasRowSecurity { get; init; }

        public bool IsExternal { get; init; }

        /// <summary>Columns that are generated in at least one member.</summary>
        public HashSet<string> Generated { get; init; } = [];

        public ImmutableArray<TableId> Cascades { get; set; } = [];
    }
}
