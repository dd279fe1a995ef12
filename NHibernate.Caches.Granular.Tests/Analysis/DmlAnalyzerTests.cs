using NHibernate.Caches.Granular.Analysis;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Values;

namespace NHibernate.Caches.Granular.Tests.Analysis;

internal sealed class DmlAnalyzerTests
{
    [TestCase("insert into cat (id, title) values (?, 'x')", "Insert public.cat[ -> id=?0, title=x; *]")]
    [TestCase("insert into measured (id) values (1)", "Insert public.measured[ -> id=1, width=null; *]")]
    [TestCase("update cat set title = ? where id = ? and title is null", "Update public.cat[id=?1, title=null -> title=?0; title]")]
    [TestCase("update measured set width = width + 1 where width = 2", "Update public.measured[width=2 -> ; area, width]")]
    [TestCase("delete from posttag where post_id = ? and tag_id in (1, 2)", "Delete public.posttag[post_id=?0 -> ; *]")]
    [TestCase("truncate cat", "Table public.cat[ -> ; *]")]
    [TestCase("delete from visible_post", "Table public.post[ -> ; *] Table public.cat[ -> ; *] Table public.visible_post[ -> ; *]")]
    [TestCase("update wired set name = 'x'", " scope")]
    [TestCase("create table x (a int)", " scope schema")]
    [TestCase("set search_path to x", " scope session")]
    [TestCase("begin", " scope session")]
    [TestCase("savepoint x", "")]
    [TestCase("select title from post", "")]
    [TestCase("select id into x from post", " scope schema")]
    [TestCase("call x()", " scope schema session")]
    [TestCase("copy post from stdin", " scope")]
    [TestCase("update post join cat on true set title = 'x'", " scope")]
    [TestCase("utter nonsense", " scope schema session")]
    [TestCase("\"utter\" nonsense", " scope schema session")]
    public void Statement_gives_changes(string sql, string expected) => Assert.That(Analyze(sql).ToString(), Is.EqualTo(expected));

    [Test]
    public void Unchanged_columns_keep_the_value_that_the_condition_names()
    {
        var row = Analyze("update post set title = ?, score = 3 where id = ? and cat_id = ? and score = 3").Bind(["x", 5, 2]).Rows.Single();
        Assert.That(row.New["cat_id"], Is.EqualTo(ColumnValue.Integer(2)));
        Assert.That(row.Changed, Is.EqualTo(ColumnSet.Of(["title"])));
    }

    [Test]
    public void Condition_on_a_null_parameter_claims_no_old_value() =>
        Assert.That(Analyze("delete from post where cat_id = ?").Bind([null]).Rows.Single().Old, Is.Empty);

    [Test]
    public void Other_number_of_values_leaves_parameters_unknown_and_literals_known()
    {
        var row = Analyze("update post set title = ? where id = ? and cat_id = 2").Bind([]).Rows.Single();
        Assert.That(row.Old.Keys, Is.EqualTo(new[] { "cat_id" }));
        Assert.That(row.New.Keys, Is.EqualTo(new[] { "cat_id" }));
    }

    [Test]
    public void Very_many_rows_are_one_unknown_row()
    {
        var rows = string.Join(", ", Enumerable.Range(0, 2_000).Select(i => $"({i}, 1)"));
        var change = Analyze($"insert into post (id, cat_id) values {rows}").Bind([]);
        Assert.That(change.Rows.Single().New, Is.Empty);
        Assert.That(change.Findings.Select(finding => finding.Reason), Is.EqualTo(new[] { CoarseReason.UnknownValues }));
    }

    [Test]
    public void Each_cascaded_table_moves_once_for_several_statements() =>
        Assert.That(Analyze("delete from owner where id = 1; delete from owner where id = 2").Bind([]).Rows.Count(row => row.Kind == ChangeKind.Table), Is.EqualTo(1));

    [Test]
    public void Everything_moves_where_no_catalog_was_read() =>
        Assert.That(DmlAnalyzer.Analyze("update post set title = 'x' where id = 1", ConservativeSchema.Instance, AnalysisLimits.Default).MovesScope, Is.True);

    private static StatementPlan Analyze(string sql) => DmlAnalyzer.Analyze(sql, TestSchema.Instance, AnalysisLimits.Default);
}
