using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Values;

namespace NHibernate.Caches.Granular.Tests.Analysis;

/// <summary>The fixed catalog of the case files: one line per table. Ids begin with <c>public.</c> unless they say otherwise.</summary>
internal sealed class TestSchema : ISchema
{
    public static readonly TestSchema Instance = new();

    private readonly Dictionary<string, TableInfo> _tables = new(StringComparer.Ordinal);

    private TestSchema()
    {
        Add("cat(id int, title text)");
        Add("post(id int, title text, slug none, cat_id int, visible bool, score int, price none, published date, body text, code char, token uuid)");
        Add("tag(id int, name text)");
        Add("posttag(post_id int, tag_id int, position int)", key: ["post_id", "tag_id"]);
        Add("comment(id int, post_id int, approved bool, body text)");
        Add("node(id int, parent_id int, name text)");
        Add("owner(id int, name text, code int)", t => t with { Cascades = [new TableId("public.pet")], CascadingColumns = ColumnSet.Of(["id", "code"]) });
        Add("pet(id int, owner_id int, name text)");
        // One hierarchy per strategy: one table, joined tables, a table per concrete class.
        Add("creature(id int, class text, name text, wings int)");
        Add("animal(id int, name text)");
        Add("dog(animal_id int, breed text)", key: ["animal_id"]);
        Add("lizard(animal_id int, legs int)", key: ["animal_id"]);
        Add("boat(id int, name text, sails int)");
        Add("car(id int, name text, doors int)");
        Add("line(order_id int, number int, article text)", key: ["order_id", "number"]);
        Add("measured(id int, width int, area int generated, unit text default)");
        Add("big(id long, small_id short, note varchar)");
        Add("audited(id int, name text)", t => t with { HasSideEffects = true });
        Add("wired(id int, name text)", t => t with { HasSideEffects = true, AffectsUnknownTables = true });
        Add("secret(id int, name text)", t => t with { HasSideEffects = true, HasRowSecurity = true });
        Add("remote(id int, name text)", t => t with { IsExternal = true });
        Add("keyless(a int, b int)", key: []);
        Add("visible_post(id int, title text, cat_id int)", t => t with { ViewOf = [new TableId("public.post"), new TableId("public.cat")], HasSideEffects = true }, key: []);
        Add("measurement(id int, day date)");
        _tables["public.measurement_2024"] = _tables["public.measurement"];
        _tables["archive.post"] = _tables["public.post"] with { Id = new TableId("archive.post"), RowShape = null };
        _tables["public.Quoted Name"] = _tables["public.cat"] with { Id = new TableId("public.Quoted Name"), RowShape = null };
        _tables["public.unread"] = new TableInfo(new TableId("public.unread"), ImmutableDictionary.Create<string, ColumnInfo>(StringComparer.Ordinal), []);
    }

    public TableInfo? Find(string? schema, string name) => _tables.GetValueOrDefault($"{schema ?? "public"}.{name}");

    public FunctionKind Function(string? schema, string name) => name switch
    {
        "lower" or "upper" or "length" or "substr" or "count" or "sum" or "min" or "max" or "avg" or "abs" or "mod" or "string_agg" or "row_number"
            or "rank" or "extract" or "generate_series" or "unnest" or "json_build_object" or "array_agg" or "to_tsvector" => FunctionKind.Immutable,
        "now" or "random" or "nextval" or "currval" or "clock_timestamp" => FunctionKind.Unstable,
        "popularity" => FunctionKind.ReadsUnknown,
        _ => FunctionKind.Volatile,
    };

    private void Add(string definition, Func<TableInfo, TableInfo>? change = null, string[]? key = null)
    {
        var open = definition.IndexOf('(', StringComparison.Ordinal);
        var id = new TableId("public." + definition[..open]);
        var columns = definition[(open + 1)..^1].Split(", ").Select(Column).ToImmutableDictionary(column => column.Name, StringComparer.Ordinal);
        var table = new TableInfo(id, columns, [.. key ?? ["id"]])
        {
            RowShape = key is [] ? null : new Shape(id, key ?? ["id"], ColumnSet.All),
        };
        _tables[id.Name] = change is null ? table : change(table);
    }

    private static ColumnInfo Column(string definition)
    {
        var words = definition.Split(' ');
        ValueForm form = words[1] switch
        {
            "int" => IntegerForm.Int32,
            "long" => IntegerForm.Int64,
            "short" => IntegerForm.Int16,
            "bool" => BooleanForm.Instance,
            "date" => DateForm.Instance,
            "uuid" => UuidForm.Instance,
            "text" => new TextForm(),
            "varchar" => new TextForm(5),
            "char" => new BlankPaddedTextForm(4),
            _ => ValueForm.None,
        };
        return new ColumnInfo(words[0], form, IsGenerated: words.Contains("generated"), HasDefault: words.Contains("default"));
    }
}
