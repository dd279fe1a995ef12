using NHibernate.Caches.Granular.Values;
using NHibernate.Caches.Granular.Values.Catalogs;

namespace NHibernate.Caches.Granular.Tests.Values.Catalogs;

public sealed class PostgreSqlCatalogTypeTests : CatalogFixture
{
    protected override string Script =>
        """
        create extension if not exists citext;
        create collation folding (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        create collation german (provider = icu, locale = 'de', deterministic = true);
        create type mood as enum ('sad', 'ok');
        create domain positive as int check (value > 0);
        create domain name3 as varchar(3);
        create domain folded as text collate folding;
        create domain ci as citext;
        create domain fixed as char(3);
        create domain nested as name3 default 'x';
        create type pair as (x int, y int);
        create table forms(
            c_int2 int2, c_int4 int4, c_int8 int8, c_oid oid, c_bool bool, c_uuid uuid, c_date date, c_text text, c_varchar varchar, c_varchar3 varchar(3),
            c_char3 char(3), c_bpchar bpchar, c_mood mood, c_german text collate german, c_c text collate "C", d_positive positive, d_name3 name3, d_fixed fixed, d_nested nested,
            n_folding text collate folding, n_vfolding varchar(9) collate folding, n_cfolding char(9) collate folding, n_folded folded, n_citext citext, n_ci ci,
            n_numeric numeric, n_numeric0 numeric(10, 0), n_real real, n_double float8, n_money money, n_time time, n_timetz timetz, n_timestamp timestamp, n_timestamptz timestamptz,
            n_interval interval, n_json json, n_jsonb jsonb, n_xml xml, n_array int[], n_bytea bytea, n_char "char", n_name name, n_pair pair, n_inet inet, n_range int4range, n_bit bit(3));

        create schema redefined;
        """;

    private static readonly string[] s_withForm =
    [
        "c_int2", "c_int4", "c_int8", "c_oid", "c_bool", "c_uuid", "c_date", "c_text", "c_varchar", "c_varchar3", "c_char3", "c_bpchar", "c_mood", "c_german", "c_c",
        "d_positive", "d_name3", "d_fixed", "d_nested",
    ];

    [Test]
    public void Types_of_plain_equality_have_a_form_and_no_others() =>
        Assert.That(Table("forms").Columns.Values.Where(c => c.Form != ValueForm.None).Select(c => c.Name), Is.EquivalentTo(s_withForm));

    [Test]
    public void Lengths_and_kinds_of_text_are_those_of_the_column_or_its_domain()
    {
        string[] limited = ["c_varchar3", "d_name3", "d_nested", "c_char3", "d_fixed"];
        Assert.That(limited.Select(c => Column("forms", c).Form.Convert("abcd")), Is.All.Null);
        Assert.That(limited.Select(c => Column("forms", c).Form.Convert("abc")), Is.All.Not.Null);
        string[] padded = ["c_char3", "d_fixed"];
        Assert.That(padded.Select(c => Column("forms", c).Form), Is.All.InstanceOf<BlankPaddedTextForm>());
        Assert.That(Column("forms", "c_varchar").Form.Convert(new string('a', 300)), Is.Not.Null);
        Assert.That(Column("forms", "d_nested").HasDefault, Is.True);
        Assert.That(Column("forms", "c_int2").Form, Is.SameAs(IntegerForm.Int16));
    }

    [Test]
    public async Task A_type_whose_equality_a_user_redefined_loses_its_form()
    {
        await ExecuteAsync(
            """
            create function redefined.same(uuid, text) returns bool language sql immutable as 'select $1::text = lower($2)';
            create operator redefined.= (leftarg = uuid, rightarg = text, function = redefined.same);
            create cast (int2 as bool) with inout as assignment;
            """);
        try
        {
            var changed = PostgreSqlCatalog.Read(Connection).Find("public", "forms")!;
            string[] lost = ["c_uuid", "c_text", "c_bool", "c_int2"];
            Assert.That(lost.Select(c => changed.Columns[c].Form), Is.All.SameAs(ValueForm.None));
            Assert.That(changed.Columns["c_int8"].Form, Is.SameAs(IntegerForm.Int64));
        }
        finally
        {
            await ExecuteAsync("drop cast (int2 as bool); drop operator redefined.= (uuid, text)");
        }
    }
}
