using NHibernate.Caches.Granular.Values;

namespace NHibernate.Caches.Granular.Tests.Values.Catalogs;

public sealed class PostgreSqlCatalogFunctionTests : CatalogFixture
{
    protected override string Script =>
        """
        create schema other;
        create table t(id int);
        create function pure(int) returns int language sql immutable as 'select $1';
        create function reading() returns bigint language sql stable as 'select count(*) from t';
        create function writing() returns int language plpgsql as $$ begin insert into t values (1); return 1; end $$;
        create function overloaded(int) returns int language sql immutable as 'select $1';
        create function overloaded(text) returns int language plpgsql as $$ begin return 1; end $$;
        create function other.pure(int) returns int language plpgsql as $$ begin return 1; end $$;
        create function other.floor(int) returns int language plpgsql as $$ begin return 1; end $$;
        create function public.ceil(text) returns int language plpgsql as $$ begin return 1; end $$;
        create aggregate product(int) (sfunc = int4mul, stype = int);
        create function adding(int, int) returns int language plpgsql as $$ begin return $1 + $2; end $$;
        create aggregate noting(int) (sfunc = adding, stype = int);
        create procedure doing() language sql as 'insert into t values (1)';
        create extension if not exists citext;
        create extension if not exists "uuid-ossp";
        """;

    [TestCase("lower")]
    [TestCase("length")]
    [TestCase("abs")]
    [TestCase("count")]
    [TestCase("sum")]
    [TestCase("min")]
    [TestCase("max")]
    [TestCase("avg")]
    [TestCase("string_agg")]
    [TestCase("array_agg")]
    [TestCase("concat")]
    [TestCase("format")]
    [TestCase("coalesce")]
    [TestCase("nullif")]
    [TestCase("greatest")]
    [TestCase("substring")]
    [TestCase("replace")]
    [TestCase("floor")]
    [TestCase("pure")]
    [TestCase("product")]
    public void What_its_arguments_alone_decide_is_immutable(string name) => Assert.That(Schema.Function(null, name), Is.EqualTo(FunctionKind.Immutable));

    [TestCase("now")]
    [TestCase("clock_timestamp")]
    [TestCase("current_timestamp")]
    [TestCase("current_date")]
    [TestCase("localtime")]
    [TestCase("current_user")]
    [TestCase("current_setting")]
    [TestCase("random")]
    [TestCase("gen_random_uuid")]
    [TestCase("uuid_generate_v4")]
    [TestCase("nextval")]
    [TestCase("currval")]
    [TestCase("setval")]
    [TestCase("lastval")]
    [TestCase("to_char")]
    [TestCase("date_part")]
    [TestCase("date_trunc")]
    [TestCase("json_agg")]
    [TestCase("pg_backend_pid")]
    public void What_time_chance_or_session_decide_is_unstable(string name) => Assert.That(Schema.Function(null, name), Is.EqualTo(FunctionKind.Unstable));

    [Test]
    public void A_stable_function_of_the_users_reads_what_we_do_not_see() =>
        Assert.That(Schema.Function(null, "reading"), Is.EqualTo(FunctionKind.ReadsUnknown));

    [TestCase("writing")]
    [TestCase("noting")]
    [TestCase("doing")]
    [TestCase("missing")]
    [TestCase("set_config")]
    public void A_volatile_or_unknown_function_may_change_anything(string name) => Assert.That(Schema.Function(null, name), Is.EqualTo(FunctionKind.Volatile));

    [Test]
    public void The_worst_overload_counts_as_far_as_the_name_may_mean_it()
    {
        Assert.That(Schema.Function(null, "overloaded"), Is.EqualTo(FunctionKind.Volatile));
        Assert.That(Schema.Function(null, "ceil"), Is.EqualTo(FunctionKind.Volatile), "an overload of the user's on the search path");
        Assert.That(Schema.Function("pg_catalog", "ceil"), Is.EqualTo(FunctionKind.Immutable));
        Assert.That(Schema.Function("other", "pure"), Is.EqualTo(FunctionKind.Volatile));
        Assert.That(Schema.Function("other", "lower"), Is.EqualTo(FunctionKind.Volatile), "not there");
    }
}
