namespace NHibernate.Caches.Granular.Values.Catalogs;

/// <summary>
/// The questions to PostgreSQL's catalog, from version 12. They are sent as one command, in the order of
/// <see cref="All"/>; numbers are cast to the types that a plain data reader has.
/// </summary>
internal static class CatalogQueries
{
    /// <summary>
    /// Functions of pg_catalog that are marked stable, but whose results depend on their arguments alone as far as a query can
    /// use them: <c>length</c> and the quoting ones have a stable overload beside the common immutable one (bytes with the name of
    /// an encoding; any element), the others (of which two are the operator <c>||</c>) put the text form of any type together, as a
    /// cast to text does.
    /// </summary>
    private const string FormallyStable = "'length', 'quote_literal', 'quote_nullable', 'concat', 'concat_ws', 'format', 'array_to_string', 'anytextcat', 'textanycat'";

    /// <summary>Volatile functions of these extensions make identifiers and random bytes, and change nothing.</summary>
    private const string HarmlessExtensions = "'uuid-ossp', 'pgcrypto'";

    // An aggregate is what its parts are: all of them are marked immutable themselves. The kinds are those of FunctionKind. (Joined
    // and not looked up one by one: a cost estimate that makes the server compile the query costs more than the query.)
    private const string Functions =
        $"""
        functions as materialized (
            select p.oid, n.nspname, p.proname,
                case
                    when v.volatility = 'i' then 0
                    when n.nspname = 'pg_catalog' then case when p.proname = 'set_config' then 3 when p.proname in ({FormallyStable}) then 0 else 1 end
                    when v.volatility = 's' then 2
                    when p.oid in (select d.objid from pg_depend d join pg_extension e on e.oid = d.refobjid
                        where d.classid = 'pg_proc'::regclass and d.refclassid = 'pg_extension'::regclass
                        and d.deptype = 'e' and e.extname in ({HarmlessExtensions})) then 1
                    else 3
                end as kind
            from pg_proc p
            join pg_namespace n on n.oid = p.pronamespace
            left join (
                select a.aggfnoid::oid as oid, max(f.provolatile::text collate "C") as volatility
                from pg_aggregate a join pg_proc f on f.oid = any (
                    array[a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn]::oid[])
                group by 1) a on a.oid = p.oid
            cross join lateral (select coalesce(a.volatility, p.provolatile::text) as volatility) v
        )
        """;

    // What a view does is in its stored query tree: the catalog's dependencies leave out everything that the system pins. In the
    // tree's text a blank within a name is escaped, so that no name looks like one of these fields.
    private const string Views =
        """
        views as materialized (
            select r.ev_class as oid, r.ev_action::text as tree
            from pg_rewrite r join pg_class c on c.oid = r.ev_class join pg_namespace n on n.oid = c.relnamespace
            where c.relkind = 'v' and r.rulename = '_RETURN' and n.nspname not in ('pg_catalog', 'information_schema')
        )
        """;

    // Row 1, at most: what decides about text.
    private const string Database = "select current_setting('server_encoding')";

    private const string Relations =
        """
        select c.oid::int8, n.nspname::text, c.relname::text, c.relkind::text, c.relpersistence::text, c.relrowsecurity, pg_table_is_visible(c.oid),
            exists (select from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal and t.tgenabled <> 'D')
            or exists (select from pg_rewrite r where r.ev_class = c.oid and r.rulename <> '_RETURN' and r.ev_enabled <> 'D')
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and n.nspname !~ '^pg_toast'
        """;

    // A generated column has an entry among the defaults too, which is as well: an insert leaves it at a value we do not know.
    private const string Columns =
        """
        select a.attrelid::int8, a.attname::text, a.atttypid::int8, a.atttypmod::int4, coalesce(l.collisdeterministic, true),
            a.attgenerated::text <> '', a.atthasdef or a.attidentity::text <> ''
        from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
        left join pg_collation l on l.oid = a.attcollation
        where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'v', 'm') and n.nspname not in ('pg_catalog', 'information_schema')
            and n.nspname !~ '^pg_toast'
        """;

    private const string Types =
        "select oid::int8, typtype::text, typbasetype::int8, typtypmod::int4, typdefault is not null from pg_type where typtype in ('d', 'e')";

    // Equality operators and implicit casts that users made for built-in types change what a comparison means. (Those of extension
    // types, citext's among them, are about types that have no form anyway.)
    private const string RedefinedTypes =
        """
        select oprleft::int8 from pg_operator where oprname in ('=', '<>') and oprnamespace <> 'pg_catalog'::regnamespace
        union select oprright::int8 from pg_operator where oprname in ('=', '<>') and oprnamespace <> 'pg_catalog'::regnamespace
        union select unnest(array[castsource, casttarget])::int8 from pg_cast
            where oid >= 16384 and castsource < 16384 and casttarget < 16384 and castcontext in ('i', 'a')
        """;

    private const string PrimaryKeys =
        """
        select o.conrelid::int8, a.attname::text
        from pg_constraint o cross join lateral unnest(o.conkey) with ordinality k(attnum, position)
        join pg_attribute a on a.attrelid = o.conrelid and a.attnum = k.attnum
        where o.contype = 'p' order by o.conrelid, k.position
        """;

    private const string Inheritance =
        "select i.inhrelid::int8, i.inhparent::int8 from pg_inherits i join pg_class c on c.oid = i.inhrelid where c.relkind in ('r', 'p', 'f')";

    private const string ForeignKeyActions =
        "select confrelid::int8, conrelid::int8 from pg_constraint where contype = 'f' and (confdeltype in ('c', 'n', 'd') or confupdtype in ('c', 'n', 'd'))";

    // Defaults, checks and domains that call a function of the user's own which may write anywhere.
    private const string HiddenCalls =
        $"""
        with recursive {Functions},
        callers as (
            select classid, objid from pg_depend where refclassid = 'pg_proc'::regclass and refobjid in (select oid from functions where kind = 3)
        ),
        domains(oid) as (
            select t.oid from pg_type t where t.typtype = 'd' and (
                t.oid in (select objid from callers where classid = 'pg_type'::regclass)
                or t.oid in (select o.contypid from pg_constraint o join callers c on c.objid = o.oid and c.classid = 'pg_constraint'::regclass))
            union select t.oid from pg_type t join domains d on t.typbasetype = d.oid where t.typtype = 'd'
        )
        select adrelid::int8 from pg_attrdef where oid in (select objid from callers where classid = 'pg_attrdef'::regclass)
        union select conrelid::int8 from pg_constraint where conrelid <> 0 and oid in (select objid from callers where classid = 'pg_constraint'::regclass)
        union select attrelid::int8 from pg_attribute where atttypid in (select oid from domains)
        """;

    private const string ViewReads =
        $$"""
        with {{Views}}
        select distinct v.oid::int8, m[1]::int8 from views v cross join lateral regexp_matches(v.tree, ':relid (\d+)', 'g') m
        where m[1] not in ('0', v.oid::text)
        """;

    private const string ViewCalls =
        $$"""
        with {{Functions}}, {{Views}}
        select v.oid::int8, max(f.kind)::int4 from views v
        cross join lateral regexp_matches(v.tree, ':(funcid|aggfnoid|winfnoid|opno) (\d+)', 'g') m
        join functions f on f.oid = case m[1] when 'opno' then (select oprcode::oid from pg_operator where oid = m[2]::oid) else m[2]::oid end
        group by v.oid
        union all select oid::int8, 1 from views where tree ~ '\{(SQLVALUEFUNCTION|TABLESAMPLECLAUSE)\M'
        """;

    private const string FunctionKinds =
        $"""
        with {Functions}
        select nspname::text, proname::text, max(kind)::int4, nspname = any(current_schemas(true)) from functions group by nspname, proname
        """;

    public static readonly string All = string.Join(
        ";\n",
        Database, Relations, Columns, Types, RedefinedTypes, PrimaryKeys, Inheritance, ForeignKeyActions, HiddenCalls, ViewReads, ViewCalls, FunctionKinds);
}
