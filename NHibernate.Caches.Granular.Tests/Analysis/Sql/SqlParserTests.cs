using NHibernate.Caches.Granular.Analysis;
using NHibernate.Caches.Granular.Analysis.Sql;
using NHibernate.Caches.Granular.Tests.Cases;

namespace NHibernate.Caches.Granular.Tests.Analysis.Sql;

internal sealed class SqlParserTests
{
    [TestCase("select a, b as c from t where a = 1 or b = 2 and not c = 3", "select a, b as c from t where (a = 1 or (b = 2 and not c = 3))")]
    [TestCase("select * from a left join b on a.x = b.x join c on c.y = b.y", "select * from ((a left join b on a.x = b.x) inner join c on c.y = b.y)")]
    [TestCase("select * from a join b join c on b.x = c.x on a.x = b.x", "select * from (a inner join (b inner join c on b.x = c.x) on a.x = b.x)")]
    [TestCase("select * from a, b x cross join c", "select * from a, (b x inner join c)")]
    [TestCase("select a from t where x not in (1, ?) and y is not null", "select a from t where (x not in (1, ?0) and y is not null)")]
    [TestCase("select a from t where x not like 'y' and z between 1 and 2", "select a from t where (not like(x, 'y') and between(z, 1, 2))")]
    [TestCase("select count(*) from t group by a having count(*) > 1 order by 1 limit 5 offset ?", "select count() from t group by a having count() > 1 order by 1 limit 5, ?0")]
    [TestCase("(select 1) union all (select 2) order by 1", "(select 1) union all (select 2) order by 1")]
    [TestCase("select a from ((select 1 as a) union (select 2)) t", "select a from ((select 1 as a) union (select 2)) t")]
    [TestCase("select a from ((select 1 as a) t join u on t.a = u.a)", "select a from ((select 1 as a) t inner join u on t.a = u.a)")]
    [TestCase("with x (a) as (select 1) select a from x for update", "with x (a) as (select 1) select a from x for update")]
    [TestCase("select case when a then 1 else 2 end from t", "select case(a, 1, 2) from t")]
    [TestCase("select (select max(a) from t), exists (select 1) from u", "select (select max(a) from t), exists (select 1) from u")]
    [TestCase("insert into s.t (a, b) values (1, default), (?, null)", "insert into s.t (a, b) values (1, default), (?0, null)")]
    [TestCase("insert into t default values", "insert into t default values")]
    [TestCase("insert into t (a) values (1) on conflict (a) do update set a = excluded.a returning a", "insert into t (a) values (1) on conflict")]
    [TestCase("update t x set a = ?, (b, c) = (1, 2) from u where x.a = u.a", "update t x set a = ?0, b = 1, c = 2 from u where x.a = u.a")]
    [TestCase("delete from t using u where t.a = u.a", "delete from t using u where t.a = u.a")]
    [TestCase("truncate table a, b cascade", "truncate a, b cascade")]
    public void Tree_prints_the_statement_it_was_read_from(string sql, string expected)
    {
        var parsed = SqlParser.Parse(sql);
        Assert.That(parsed.Error, Is.Null);
        Assert.That(parsed.Statements.Single().ToString(), Is.EqualTo(expected));
    }

    [TestCase("select ? , ?", ",")]
    [TestCase("select :a, :b, :a", ":a,:b")]
    [TestCase("select $2, $1", "$1,$2")]
    [TestCase("select :f.x, :f.x", ":f.x,:f.x")]
    public void Parameters_are_numbered_as_the_command_has_them(string sql, string expected) =>
        Assert.That(string.Join(',', SqlParser.Parse(sql).Parameters), Is.EqualTo(expected));

    [TestCase("select a from t where", "expected a value, not 'end of statement' at 21")]
    [TestCase("select a from t where a = 1 = 2", "expected no second comparison, not '=' at 28")]
    [TestCase("select a from t where a = b(+)", "expected a value, not ')' at 29")]
    [TestCase("select a from t where a = 1 xor b = 2", "expected ';', not 'xor' at 28")]
    public void What_is_not_understood_is_said_with_its_position(string sql, string error) =>
        Assert.That(SqlParser.Parse(sql).Error, Is.EqualTo(error));

    [Test]
    public void Nesting_beyond_the_limit_is_refused_and_does_not_overflow_the_stack([Values("(", "not ", "- ", "(select ", "a.x from (select ", "case when ", "array[", "f(")] string opening)
    {
        var parsed = SqlParser.Parse("select 1 where " + string.Concat(Enumerable.Repeat(opening, 40_000)));
        Assert.That(parsed.Error, Is.Not.Null);
    }

    [Test]
    public void Long_chains_are_refused_or_read_without_depth()
    {
        var ands = "select a from t where " + string.Join(" and ", Enumerable.Repeat("a = 1", 5_000));
        Assert.That(SqlParser.Parse(ands).Error, Is.Null);
        var joins = "select 1 from t " + string.Concat(Enumerable.Repeat("join t on true ", 5_000));
        Assert.That(SqlParser.Parse(joins).Error, Does.Contain($"more than {AnalysisLimits.MaxDepth} levels"));
    }

    [Test]
    public void Too_many_tokens_are_refused() =>
        Assert.That(SqlParser.Parse(string.Concat(Enumerable.Repeat("a ", AnalysisLimits.MaxTokens + 1))).Error, Does.Contain("tokens"));

    [Test]
    public void Broken_statements_never_throw()
    {
        var random = new Random(7);
        string[] statements = [.. CaseFile.Read("queries.cases").Concat(CaseFile.Read("changes.cases")).SelectMany(c => ((string)c.Arguments[0]!).Split('←'))];
        for (var i = 0; i < 4_000; i++)
        {
            var sql = statements[random.Next(statements.Length)];
            sql = random.Next(4) switch
            {
                0 => sql[..random.Next(sql.Length + 1)],
                1 => sql.Remove(random.Next(sql.Length), 1),
                2 => sql.Insert(random.Next(sql.Length), "()'\"[]$;,.-*=?:@ "[random.Next(17)].ToString()),
                _ => sql[random.Next(sql.Length)..] + statements[random.Next(statements.Length)],
            };
            Assert.That(() => Analyze(sql), Throws.Nothing, sql);
        }
    }

    private static void Analyze(string sql)
    {
        var plan = QueryAnalyzer.Analyze(sql, TestSchema.Instance, AnalysisLimits.Default, true);
        plan.Bind(new object?[plan.ParameterCount]);
        DmlAnalyzer.Analyze(sql, TestSchema.Instance, AnalysisLimits.Default).Bind([]);
    }
}
