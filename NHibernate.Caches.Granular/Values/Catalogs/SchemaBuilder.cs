using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Values.Catalogs;

/// <summary>Puts the catalog's rows together to what <see cref="PostgreSqlSchema"/> answers. Not thread-safe: used once.</summary>
internal sealed class SchemaBuilder
{
    private static readonly ImmutableDictionary<string, ColumnInfo> s_noColumns = ImmutableDictionary.Create<string, ColumnInfo>(StringComparer.Ordinal);

    private readonly CatalogRows _rows;
    private readonly TypeForms _forms;
    private readonly TableFamilies _families;
    private readonly Dictionary<long, CatalogRows.Relation> _relations;
    private readonly Dictionary<long, TableInfo> _views = [];

    public SchemaBuilder(CatalogRows rows)
    {
        _rows = rows;
        _forms = new TypeForms(rows);
        _families = new TableFamilies(rows);
        _relations = rows.Relations.ToDictionary(r => r.Oid);
    }

    public PostgreSqlSchema Build()
    {
        var tables = new Dictionary<(string, string), TableInfo>();
        var visible = new Dictionary<string, TableInfo>(StringComparer.Ordinal);
        foreach (var relation in _rows.Relations)
        {
            var info = Describe(relation);
            tables[(relation.Schema, relation.Name)] = info;
            if (relation.IsVisible)
                visible.TryAdd(relation.Name, info);
        }
        // In the session that made it a temporary table hides the permanent one, and whose session will ask is not known.
        foreach (var relation in _rows.Relations.Where(r => r.Persistence == "t"))
        {
            visible[relation.Name] = Describe(relation);
            tables[("pg_temp", relation.Name)] = Describe(relation);
        }
        return new PostgreSqlSchema(tables, visible, _rows.Functions);
    }

    private TableInfo Describe(CatalogRows.Relation relation)
    {
        if (relation.Kind == "v" && !TableFamilies.IsExternal(relation))
            return DescribeView(relation);
        return _families.Of(relation.Oid) is { } family ? DescribeTable(relation, family) : Unknown(relation);
    }

    private TableInfo DescribeTable(CatalogRows.Relation relation, TableFamilies.Family family)
    {
        var columns = ColumnsOf(relation, family.Generated);
        var key = _rows.PrimaryKeys[relation.Oid].ToImmutableArray();
        var isComparable = !key.IsEmpty && key.All(name => columns.TryGetValue(name, out var column) && column.Form != ValueForm.None);
        return new TableInfo(family.Id, columns, key)
        {
            HasSideEffects = family.HasHiddenWrites || family.HasRowSecurity,
            AffectsUnknownTables = family.AffectsUnknownTables,
            Cascades = family.Cascades,
            HasRowSecurity = family.HasRowSecurity,
            IsExternal = family.IsExternal,
            IsPart = IdOf(relation) != family.Id,
            RowShape = isComparable ? new Shape(family.Id, key, ColumnSet.All) : null,
        };
    }

    private TableInfo DescribeView(CatalogRows.Relation view)
    {
        if (_views.TryGetValue(view.Oid, out var known))
            return known;
        // A view cannot read itself; should the catalog have changed while it was read, the loop ends here, at a view that is not cached.
        var id = IdOf(view);
        _views[view.Oid] = Unknown(view);

        var read = _rows.ViewReads[view.Oid].Select(oid => _relations.TryGetValue(oid, out var relation) ? Describe(relation) : null).ToArray();
        var tables = read.OfType<TableInfo>().ToArray();
        var calls = _rows.ViewCalls[view.Oid].DefaultIfEmpty(FunctionKind.Immutable).Max();
        return _views[view.Oid] = new TableInfo(id, ColumnsOf(view, []), [])
        {
            ViewOf = [.. tables.SelectMany(t => t.ViewOf ?? [t.Id]).Distinct().OrderBy(t => t.Name, StringComparer.Ordinal)],
            HasSideEffects = true,
            AffectsUnknownTables = view.HasTriggersOrRules || tables.Length < read.Length || tables.Any(t => t.AffectsUnknownTables),
            Cascades = [.. tables.SelectMany(t => t.Cascades).Distinct().OrderBy(t => t.Name, StringComparer.Ordinal)],
            HasRowSecurity = tables.Any(t => t.HasRowSecurity),
            IsExternal = calls != FunctionKind.Immutable || tables.Length < read.Length || tables.Any(t => t.IsExternal),
            ReadingMayModify = calls == FunctionKind.Volatile || tables.Any(t => t.ReadingMayModify),
        };
    }

    // A temporary view may lead to any table.
    private static TableInfo Unknown(CatalogRows.Relation relation) =>
        new(IdOf(relation), s_noColumns, []) { IsExternal = true, HasSideEffects = true, AffectsUnknownTables = true };

    private static TableId IdOf(CatalogRows.Relation relation) => new($"{relation.Schema}.{relation.Name}");

    private ImmutableDictionary<string, ColumnInfo> ColumnsOf(CatalogRows.Relation relation, HashSet<string> generated) =>
        _rows.Columns[relation.Oid].Select(_forms.Describe).ToImmutableDictionary(
            c => c.Name, c => c with { IsGenerated = c.IsGenerated || generated.Contains(c.Name) }, StringComparer.Ordinal);
}
