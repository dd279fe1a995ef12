namespace NHibernate.Caches.Granular.Tests.Analysis;

/// <summary>
/// Random queries and changes over three alike tables (<c>p</c>, <c>q</c>, <c>r</c>), with few values so that much of it matters.
/// What it says may fail in the database; what does not fail is deterministic. Not thread-safe.
/// </summary>
internal sealed class RandomStatements(Random random)
{
    public static readonly ImmutableArray<string> Tables = ["p", "q", "r"];

    private static readonly ImmutableArray<string> s_integers = ["id", "a", "b"];

    private int _aliases;

    public const string Script =
        """
        create table p (id int primary key, a int, b int, f bool, s text);
        create table q (id int primary key, a int, b int, f bool, s varchar(10), g int generated always as (coalesce(a, 0) + 1) stored);
        create table r (id int primary key, a int, b bigint default 2, f bool, s char(3));
        create table child (id int primary key, p_id int references p (id) on delete set null on update cascade, a int);
        create view v as select id, a, b, f, s from p where f;
        """;

    /// <summary>Rows for one table.</summary>
    public string Rows(string table)
    {
        var ids = Enumerable.Range(0, 6).OrderBy(_ => random.Next()).Take(random.Next(2, 5));
        return $"insert into {table} (id, a, b, f, s) values {string.Join(", ", ids.Select(id => $"({id}, {Value()}, {Value()}, {Flag()}, {Text()})"))}";
    }

    /// <summary>A query; those of entities return ids in the columns named <c>id</c>, and hydrate the rest.</summary>
    public string Query(out bool isOfEntities)
    {
        _aliases = 0;
        isOfEntities = false;
        switch (random.Next(10))
        {
            case 0:
                return $"{Arm("id", "a")} {SetOperator()} {Arm("b", "a")}";
            case 1:
                return $"with w as ({Arm("id", "a")}) select w.id, x.a from w {JoinWord()} join {Table()} x on x.id = w.{Pick("id", "a")} where {Condition(["x"], 1)}";
            case 2:
                isOfEntities = true;
                var from = From(out var sources);
                return $"select {(Chance(4) ? "distinct " : "")}{string.Join(", ", sources.Select(alias => $"{alias}.id, {alias}.a, {alias}.b, {alias}.s"))} from {from} where {Condition(sources, 2)}";
            case 3:
                return Grouped();
            case 4:
                return $"select d.id, d.a from ({Arm("id", "a")} {Pick("union all", "union", "except")} {Arm("id", "a")}) d where d.{Pick("id", "a")} = {Number()}";
            default:
                return Plain();
        }
    }

    public string Change()
    {
        _aliases = 0;
        var table = Table();
        return random.Next(30) switch
        {
            // Most changes are of one row whose values are all known: they move least, and so prove most.
            >= 24 => $"insert into {table} (id, a, b, f, s) values ({random.Next(6)}, {Value()}, {Value()}, {Flag()}, {Text()})",
            >= 18 => $"delete from {table} where id = {random.Next(6)}",
            >= 12 => $"update {table} set {Setting()} where id = {random.Next(6)}",
            0 => $"insert into {table} (id, a, f) values ({random.Next(6)}, {Value()}, {Flag()})",
            1 => $"insert into {table} (id, a, b, s) values ({random.Next(6)}, {Value()}, {Value()}, {Text()}), ({random.Next(8, 10)}, {Value()}, default, null)",
            2 => $"insert into {table} (id, a, b) select id + 5, b, a from {Table()} where {Condition([], 0)}",
            3 => $"insert into {table} (id, a) values ({random.Next(8)}, {Value()}) on conflict (id) do {Pick("nothing", "update set a = excluded.a")}",
            4 => $"delete from {table} x where {Condition(["x"], 1)}",
            5 => $"delete from {table} x using {Table()} y where x.{Integer()} = y.{Integer()} and {Condition(["x", "y"], 1)}",
            6 => $"update {table} x set {Setting()} from {Table()} y where x.{Integer()} = y.{Integer()} and {Condition(["x", "y"], 1)}",
            7 => $"update {table} set id = {random.Next(6)} where id = {random.Next(6)}",
            8 => $"update {table} set {Setting()} where id = {Number()} and {Pick("a", "b")} = {Number()}",
            9 => $"delete from {table} where id = {Number()} and f",
            10 => $"update p set id = id + {random.Next(2) * 10} where id = {Number()}",
            _ => $"update {table} x set {Setting()} where {Condition(["x"], 1)}",
        };
    }

    private string Plain()
    {
        var from = From(out var sources);
        var isPair = Chance(2);
        var items = isPair ? $"{Item(sources)} as x, {Item(sources)} as y" : $"{Item(sources)} as x";
        var sql = $"select {(Chance(4) ? "distinct " : "")}{items} from {from} where {Condition(sources, 2)}";
        // Ordered by all it returns: which of two equal rows is cut off does not show.
        return Chance(6) ? $"select * from ({sql} order by 1{(isPair ? ", 2" : "")} limit {random.Next(3)}) l" : sql;
    }

    private string Grouped()
    {
        var from = From(out var sources);
        var group = Column(sources);
        return $"select {group}, count(*), max({Column(sources)}), count(*) filter (where {Condition(sources, 0)}) from {from} where {Condition(sources, 1)} "
            + (Chance(3) ? $"group by rollup ({group})" : $"group by {group}")
            + (Chance(3) ? $" having count(*) > {random.Next(3)}" : "");
    }

    private string Arm(string first, string second)
    {
        var from = From(out var sources);
        var alias = sources[random.Next(sources.Length)];
        return $"select {alias}.{first}, {alias}.{second} from {from} where {Condition(sources, 1)}";
    }

    private string Item(string[] sources) => random.Next(8) switch
    {
        0 => "1",
        1 => Subquery(sources, max: true),
        2 => $"exists {Subquery(sources, max: false)}",
        3 => $"count(*) over (partition by {Column(sources)})",
        4 => $"case when {Condition(sources, 0)} then 1 else 0 end",
        _ => Column(sources),
    };

    private string From(out string[] sources)
    {
        var aliases = new List<string>();
        var sql = Source(aliases);
        for (var i = random.Next(3); i > 0; i--)
        {
            if (Chance(5))
                sql += $" cross join {Source(aliases)}";
            else
            {
                var lateral = Chance(6);
                var known = aliases.ToArray();
                var kind = lateral ? Pick("inner", "left") : JoinWord();
                var right = lateral ? LateralSource(aliases, known) : Chance(6) ? Pair(aliases) : Source(aliases);
                var equality = $"{known[random.Next(known.Length)]}.{Integer()} = {aliases[^1]}.{Integer()}";
                sql = $"({sql} {kind} join {right} on {(Chance(6) && kind != "full" ? "true" : equality)}{(kind != "full" && Chance(2) ? $" and {Condition([.. aliases], 1)}" : "")})";
            }
        }
        sources = [.. aliases];
        return sql;
    }

    private string Source(List<string> aliases)
    {
        var alias = Alias();
        var source = random.Next(14) switch
        {
            3 => $"(select y.id, y.a, row_number() over (order by y.id) as b, y.f, y.s from {Table()} y where {Condition(["y"], 0)})",
            4 => $"(select distinct on (y.a) y.id, y.a, y.b, y.f, y.s from {Table()} y order by y.a, y.id)",
            5 => $"(select y.id, y.a, y.b, y.f, y.s from {Table()} y where {Condition(["y"], 0)} order by y.id limit 2)",
            6 => $"(select max(y.id) as id, y.a, max(y.b) as b, bool_and(y.f) as f, max(y.s) as s from {Table()} y group by y.a)",
            0 => $"(select y.id, y.a, y.b, y.f, y.s from {Table()} y where {Condition(["y"], 1)})",
            1 => $"(select distinct y.id, y.a, y.b, y.f, 'x' as s from {Table()} y {JoinWord()} join {Table()} z on z.id = y.a where {Condition(["y", "z"], 0)})",
            2 => "v",
            _ => Table(),
        };
        aliases.Add(alias);
        return $"{source} {alias}";
    }

    private string Pair(List<string> aliases)
    {
        var (left, right) = (Alias(), Alias());
        aliases.AddRange([left, right]);
        return $"({Table()} {left} {Pick("inner", "left")} join {Table()} {right} on {left}.{Integer()} = {right}.{Integer()} and {Condition([left, right], 0)})";
    }

    private string LateralSource(List<string> aliases, string[] known)
    {
        var alias = Alias();
        aliases.Add(alias);
        var tail = Pick("", "", " order by 1, 2, 3 limit 1");
        return $"lateral (select y.id, y.a, y.b, y.f, y.s from {Table()} y where y.{Integer()} = {known[^1]}.{Integer()} and {Condition(["y"], 0)}{tail}) {alias}";
    }

    private string Condition(string[] sources, int depth)
    {
        if (sources.Length == 0)
            return $"{Pick("id", "a")} = {Number()}";
        return random.Next(depth > 0 ? 26 : 16) switch
        {
            0 or 1 or 2 or 3 => $"{Column(sources)} = {Number()}",
            4 => $"{Column(sources)} in ({Number()}, {Value()})",
            5 => $"{Column(sources)} is {Pick("null", "null", "not null")}",
            6 => $"{Pick("", "not ")}{sources[random.Next(sources.Length)]}.f",
            7 => $"{Column(sources)} {Pick("<>", "<", ">=")} {Number()}",
            8 => $"{Column(sources)} = {Column(sources)}",
            9 => $"coalesce({Column(sources)}, 1) = {Number()}",
            10 => $"({Column(sources)}, {Column(sources)}) in (({Number()}, {Number()}), ({Number()}, {Number()}))",
            11 => $"{sources[random.Next(sources.Length)]}.s = {Text()}",
            12 => $"{Column(sources)} is {Pick("", "not ")}distinct from {Value()}",
            13 => $"{Column(sources)} not in ({Number()}, {Number()})",
            14 => Pick("1=1", "1=0", "true", $"{Column(sources)} = null", $"{Column(sources)} + 1 = {Number()}", $"not ({Column(sources)} = {Number()})"),
            15 => $"{Number()} {Pick("=", "in")} ({Column(sources)})",
            16 or 17 or 18 => $"{Nested(sources, depth)} and {Nested(sources, depth)}",
            19 or 20 => $"({Nested(sources, depth)} or {Nested(sources, depth)})",
            21 => $"not ({Nested(sources, depth)})",
            22 => $"({Nested(sources, depth)}) is {Pick("true", "not true", "false", "not false", "unknown")}",
            23 => $"{Pick("", "not ")}exists {Subquery(sources, max: false)}",
            24 => $"{Column(sources)} {Pick("", "not ")}in {Subquery(sources, max: false)}",
            _ => $"{Column(sources)} {Pick("=", ">")} {Subquery(sources, max: true)}",
        };
    }

    private string Nested(string[] sources, int depth) => Condition(sources, depth - 1);

    /// <summary>One column, correlated or not; with a maximum one row.</summary>
    private string Subquery(string[] sources, bool max)
    {
        var from = From(out var inner);
        var item = max ? $"max({Column(inner)})" : Column(inner);
        var correlation = Chance(4) ? "true" : $"{Column(inner)} = {Column(sources)}";
        var tail = !max && Chance(8) ? $" union select y.id from {Table()} y where {Condition(["y"], 0)}" : "";
        return $"(select {item} from {from} where {correlation} and {Condition([.. inner, .. Chance(3) ? sources : []], 0)}{tail})";
    }

    private string Setting() => random.Next(6) switch
    {
        0 => $"a = {Value()}, b = {Value()}",
        1 => $"b = b + 1",
        2 => $"f = {Flag()}, a = {Value()}",
        3 => $"s = {Text()}",
        4 => "(a, b) = (b, a)",
        _ => $"a = {Value()}",
    };

    private string Column(string[] sources) => $"{sources[random.Next(sources.Length)]}.{Integer()}";

    private string Integer() => s_integers[random.Next(s_integers.Length)];

    private string Table() => Tables[random.Next(Tables.Length)];

    private string Alias() => $"t{++_aliases}";

    private string JoinWord() => Pick("inner", "inner", "left", "left", "right", "full", "full");

    private string SetOperator() => Pick("union", "union all", "except", "except all", "intersect");

    private string Number() => random.Next(4).ToString(CultureInfo.InvariantCulture);

    private string Value() => Chance(4) ? "null" : Number();

    private string Flag() => Pick("true", "false", "null");

    private string Text() => Pick("'x'", "'y'", "null");

    private bool Chance(int oneIn) => random.Next(oneIn) == 0;

    private string Pick(params ReadOnlySpan<string> choices) => choices[random.Next(choices.Length)];
}
