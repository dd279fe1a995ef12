namespace NHibernate.Caches.Granular.Tests.Values.Catalogs;

public sealed class PostgreSqlCatalogViewTests : CatalogFixture
{
    protected override string Script =>
        """
        create table a(id int primary key, title text, at timestamp);
        create table b(id int primary key, a int references a on delete cascade);
        create table c(id int primary key);
        create table p(id int, day date) partition by range (day);
        create table p_2020 partition of p for values from ('2020-01-01') to ('2021-01-01');
        create view of_a as select id, title from a where lower(title) = 'x';
        create view of_view as select v.id, (select count(*) from b where b.a = v.id) as n from of_a v;
        create view with_subqueries as with r as (select id from a) select * from r where exists (select 1 from c where c.id = r.id) union select id from b;
        create view of_partition as select * from p_2020;
        create view formatted as select concat(id, title) as t, id || title as u, string_agg(title, ',') over () as v, length(title) as l from a;
        create materialized view stored as select id from a;
        create view of_stored as select * from stored;

        create view of_today as select * from a where at < current_date;
        create view of_now as select * from a where at < now();
        create view of_me as select *, current_user as me from a;
        create view sampled as select * from a tablesample bernoulli (50);
        create view of_catalog as select relname from pg_class;
        create view over_today as select id from of_today;
        create function reads() returns bigint language sql stable as 'select count(*) from c';
        create view reading as select id, reads() from a;
        create function writes() returns int language plpgsql volatile as $$ begin insert into c values (1); return 1; end $$;
        create view writing as select id, writes() from a;
        create view over_writing as select id from writing;
        create function pure(int) returns int language sql immutable as 'select $1 + 1';
        create view calling as select pure(id) from a;

        create view instead as select id from a;
        create function noted() returns trigger language plpgsql as $$ begin return new; end $$;
        create trigger t instead of insert on instead for each row execute function noted();
        create table secured(id int primary key);
        alter table secured enable row level security;
        create view of_secured as select * from secured;
        create temporary view session_view as select * from a;
        """;

    [TestCase("of_a", "public.a")]
    [TestCase("of_view", "public.a public.b")]
    [TestCase("with_subqueries", "public.a public.b public.c")]
    [TestCase("of_partition", "public.p")]
    [TestCase("of_stored", "public.stored")]
    [TestCase("formatted", "public.a")]
    [TestCase("calling", "public.a")]
    public void A_view_is_the_tables_it_reads_transitively(string view, string tables)
    {
        Assert.That(Table(view).ViewOf!.Value.Select(t => t.Name), Is.EqualTo(tables.Split(' ')));
        Assert.That(Table(view).IsExternal, Is.False);
        Assert.That(Table(view).RowShape, Is.Null);
    }

    [Test]
    public void A_materialized_view_is_a_table_of_its_own()
    {
        Assert.That(Table("stored").ViewOf, Is.Null);
        Assert.That(Table("stored").IsExternal, Is.False);
    }

    [TestCase("of_today")]
    [TestCase("of_now")]
    [TestCase("of_me")]
    [TestCase("sampled")]
    [TestCase("of_catalog")]
    [TestCase("over_today")]
    [TestCase("reading")]
    [TestCase("writing")]
    [TestCase("session_view")]
    public void A_view_of_time_chance_session_or_the_unknown_is_external(string view) => Assert.That(Table(view).IsExternal, Is.True);

    [Test]
    public void Reading_a_view_that_calls_a_writing_function_may_modify()
    {
        Assert.That(new[] { "writing", "over_writing" }.Select(v => Table(v).ReadingMayModify), Is.All.True);
        Assert.That(new[] { "reading", "of_now", "of_a" }.Select(v => Table(v).ReadingMayModify), Is.All.False);
    }

    [Test]
    public void Changes_through_a_view_cascade_as_those_of_its_tables()
    {
        Assert.That(Table("of_a").HasSideEffects, Is.True);
        Assert.That(Table("of_a").AffectsUnknownTables, Is.False);
        Assert.That(Table("of_a").Cascades.Select(t => t.Name), Is.EqualTo(new[] { "public.b" }));
        Assert.That(Table("instead").AffectsUnknownTables, Is.True);
    }

    [Test]
    public void Row_security_of_a_table_is_that_of_its_views() => Assert.That(Table("of_secured").HasRowSecurity, Is.True);
}
