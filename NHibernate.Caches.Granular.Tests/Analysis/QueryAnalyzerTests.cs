using System.Data;
using System.Diagnostics;
using NHibernate.Caches.Granular.Analysis;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Values;
using Npgsql;

namespace NHibernate.Caches.Granular.Tests.Analysis;

internal sealed class QueryAnalyzerTests
{
    [Test]
    public void Many_opaque_alternatives_collapse_to_one_conjunction_at_once()
    {
        var alternatives = string.Join(" and ", Enumerable.Range(0, 13).Select(i => $"(p.title like '%{i}%' or c.title like '%{i}%')"));
        var plan = AnalyzeQuickly($"select p.id from post p join cat c on c.id = p.cat_id where p.visible and {alternatives}");
        Assert.That(plan.Occurrences.Select(o => o.ToString()), Is.EqualTo(
            new[] { "public.post[visible=true; cat_id, id, title, visible]", "public.cat[*; id, title]" }));
    }

    [Test]
    public void Alternatives_on_joins_of_their_own_do_not_multiply()
    {
        var joins = string.Concat(Enumerable.Range(0, 14).Select(i => $" join posttag t{i} on t{i}.post_id = p.id"));
        var alternatives = string.Join(" and ", Enumerable.Range(0, 14).Select(i => $"(t{i}.tag_id = {i} or t{i}.tag_id = {i + 100})"));
        var plan = AnalyzeQuickly($"select p.id from post p{joins} where {alternatives}");
        Assert.That(plan.Occurrences[14].ToString(), Is.EqualTo("public.posttag[tag_id in (13, 113); post_id, tag_id]"));
        Assert.That(plan.Findings, Is.Empty);
    }

    [Test]
    public void Alternatives_on_one_table_widen_to_the_columns_they_share()
    {
        var alternatives = string.Join(" or ", Enumerable.Range(0, 100).Select(i => $"(p.cat_id = {i % 3} and p.score = {i} and p.id = {i}) "));
        var plan = AnalyzeQuickly($"select p.id from post p where ({alternatives}) and p.visible");
        var conjunction = plan.Occurrences.Single().Conjunctions.Single();
        Assert.That(conjunction.Terms.Select(term => (term.Column.Name, term.Operands.Length)), Is.EqualTo(new[] { ("cat_id", 3), ("visible", 1) }));
        Assert.That(plan.Findings.Select(finding => finding.Reason), Is.SupersetOf(new[] { CoarseReason.TooManyConjunctions, CoarseReason.TooManyValues }));
    }

    [Test]
    public void Work_is_bounded_whatever_the_statement()
    {
        var joins = string.Concat(Enumerable.Range(0, 190).Select(i => $" left join post t{i} on t{i}.id = t{Math.Max(0, i - 1)}.cat_id and t{i}.score in (1, 2)"));
        var alternatives = string.Join(" and ", Enumerable.Range(0, 1_500).Select(i => $"(t{i % 190}.cat_id = {i} or t{i % 7}.score = {i} or t{i % 11}.id = {i})"));
        AnalyzeQuickly($"select 1 from post t{joins} where {alternatives}");
    }

    [Test]
    public void Long_in_list_leaves_its_column_out()
    {
        var list = string.Join(", ", Enumerable.Range(0, 200));
        var plan = AnalyzeQuickly($"select id from post where cat_id = 1 and id in ({list})");
        Assert.That(plan.Occurrences.Single().ToString(), Is.EqualTo("public.post[cat_id=1; cat_id, id]"));
    }

    [Test]
    public void Bound_plan_depends_on_scope_tables_and_one_stamp_per_combination()
    {
        var bound = Analyze("select id from post where cat_id in (?, ?) and score in (?, ?, ?)").Bind([1, 2, 3, 4, 4]);
        Assert.That(bound.Keys, Is.EqualTo(new[] { StampKey.Scope, StampKey.Table(new TableId("public.post")) }));
        Assert.That(bound.Uses.Single().Conjunctions, Has.Length.EqualTo(4));
    }

    [Test]
    public void Bound_plan_of_equal_shapes_has_them_once()
    {
        var plan = Analyze("select id from post where cat_id = ? union all select id from post where cat_id = ?");
        Assert.That(plan.Shapes, Has.Length.EqualTo(1));
        Assert.That(plan.Bind([1, 2]).Uses.Single().Conjunctions, Has.Length.EqualTo(2));
        Assert.That(plan.Bind([1, 1]).Uses.Single().Conjunctions, Has.Length.EqualTo(1));
    }

    [Test]
    public void Other_number_of_values_binds_every_table_whole() =>
        Assert.That(Analyze("select p.id from post p, cat c where p.cat_id = ?").Bind([]).Uses.Select(use => use.Shape),
            Is.EqualTo(new[] { Shape.Any(new TableId("public.post")), Shape.Any(new TableId("public.cat")) }));

    [Test]
    public void Value_that_does_not_convert_leaves_its_column_out() =>
        Assert.That(Analyze("select id from post where cat_id = ? and score = ?").Bind([1, 1.5]).Uses.Single().Shape.EqualityColumns, Is.EqualTo(new[] { "cat_id" }));

    [Test]
    public void Null_value_matches_no_row() =>
        Assert.That(Analyze("select id from post where cat_id = ?").Bind([DBNull.Value]).Uses, Is.Empty);

    [Test]
    public void Parameter_itself_tells_more_than_its_value()
    {
        var plan = Analyze("select id from post where published = :p0");
        var cut = new NpgsqlParameter("p0", DbType.Date) { Value = new DateTime(2020, 1, 1, 5, 0, 0) };
        Assert.That(plan.Bind([cut]), Is.EqualTo(plan.Bind([new DateOnly(2020, 1, 1)])).Using<Dependencies>((a, b) => a.Uses.Single().Conjunctions.SequenceEqual(b.Uses.Single().Conjunctions)));
    }

    [Test]
    public void Unparsed_query_depends_on_everything()
    {
        var plan = Analyze("select id from post where");
        Assert.That(plan.Bind([]).Keys, Does.Contain(StampKey.AnyChange));
        Assert.That(plan.NotCacheable, Is.EqualTo(CoarseReason.NotParsed));
        Assert.That(plan.MayModify, Is.False);
    }

    [Test]
    public void Database_of_unknown_catalog_gives_referenced_columns()
    {
        var plan = QueryAnalyzer.Analyze("select p.id from Post p left join Cat c on c.id = p.cat_id where p.title = ? and p.deleted is null", ConservativeSchema.Instance, AnalysisLimits.Default, true);
        Assert.That(plan.Occurrences.Select(o => o.ToString()), Is.EqualTo(new[] { "post[deleted is null; cat_id, deleted, id, title]", "cat[*; id]" }));
    }

    [Test]
    public void Row_security_shows_also_behind_a_view_and_a_join() =>
        Assert.That(Analyze("select p.id from post p where exists (select 1 from secret s where s.id = p.id)").HasRowSecurity, Is.True);

    [Test]
    public void Plan_explains_itself() =>
        Assert.That(Analyze("select id from post where cat_id = 1 and published < now()").ToString(), Is.EqualTo(
            """
            not cached: UnstableFunction
            public.post[cat_id=1; cat_id, id, published]
            UnstableFunction: now

            """));

    private static QueryPlan Analyze(string sql) => QueryCaseTests.Analyze(sql);

    private static QueryPlan AnalyzeQuickly(string sql)
    {
        var watch = Stopwatch.StartNew();
        var plan = Analyze(sql);
        // Generous for a loaded machine; without bounds these take minutes or never end.
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(5)));
        return plan;
    }
}
