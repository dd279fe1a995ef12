using System.Data;
using NHibernate.Caches.Granular.Tests.Assumptions.Recording;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Criterion;
using NHibernate.Linq;
using NHibernate.Multi;
using NHibernate.SqlCommand;

namespace NHibernate.Caches.Granular.Tests.Assumptions;

/// <summary>What NHibernate tells a query cache of a query, before and after the SELECT.</summary>
public sealed class QueryParametersTests : AssumptionFixture
{
    private static readonly TestCaseData[] s_queries =
    [
        Query("LINQ", session => session.Query<Post>().Where(post => post.Score == 7).WithOptions(o => o.SetCacheable(true)).ToList()),
        Query("HQL", session => session.CreateQuery("from Post p where p.Score = :score").SetInt32("score", 7).SetCacheable(true).List()),
        Query("Criteria", session => session.CreateCriteria<Post>().Add(Restrictions.Eq("Score", 7)).SetCacheable(true).List()),
        Query("QueryOver", session => session.QueryOver<Post>().Where(post => post.Score == 7).Cacheable().List()),
        Query("Native SQL", session => session.CreateSQLQuery("select * from Post where score = :score").AddEntity(typeof(Post)).SetInt32("score", 7).SetCacheable(true).List()),
        Query("Native SQL with discovered types", session => session.CreateSQLQuery("select title from Post where score = :score").SetInt32("score", 7).SetCacheable(true).List()),
        Query("Future", session => session.CreateQuery("from Post p where p.Score = :score").SetInt32("score", 7).SetCacheable(true).Future<Post>().GetEnumerable().ToList()),
        Query("Query batch", session => session.CreateQueryBatch().Add<Post>(session.Query<Post>().Where(post => post.Score == 7).WithOptions(o => o.SetCacheable(true))).GetResult<Post>(0)),
    ];

    [TestCaseSource(nameof(s_queries))]
    public void Put_gets_the_key_object_and_the_parameters_object_that_the_Get_before_got(Action<ISession> query)
    {
        Commit(query);
        var calls = Journal.All<QueryCall>();
        Assert.That(calls.Select(call => call.Method), Is.EqualTo(new[] { "Get", "Put" }).Or.EqualTo(new[] { "GetMany", "PutMany" }));
        Assert.That(calls[1].Key, Is.SameAs(calls[0].Key));
        Assert.That(calls[1].Parameters, Is.SameAs(calls[0].Parameters));
    }

    [TestCaseSource(nameof(s_queries))]
    public void Processed_sql_is_null_at_Get_and_set_at_Put(Action<ISession> query)
    {
        Commit(query);
        var calls = Journal.All<QueryCall>();
        Assert.That((calls[0].ProcessedSql, calls[0].ProcessedParameters), Is.EqualTo(((SqlString?)null, (int?)null)));
        Assert.That(calls[1].ProcessedSql, Is.Not.Null);
        Assert.That(calls[1].ProcessedParameters, Is.EqualTo(1));
    }

    [TestCaseSource(nameof(s_queries))]
    public void Processed_parameters_bound_at_Put_are_the_values_of_the_executed_command(Action<ISession> query)
    {
        object?[]? bound = null;
        RecordingQueryCache.OnPut = call => bound = Bind(call);
        Commit(query);
        Assert.That(bound, Is.EqualTo(new object[] { 7 }).And.EqualTo(Journal.All<Statement>().Last(statement => statement.Way == "ExecuteReader").Values));
    }

    [TestCaseSource(nameof(s_queries))]
    public void Sql_of_the_key_is_there_at_Get(Action<ISession> query)
    {
        Commit(query);
        Assert.That(Journal.All<QueryCall>()[0].KeySql.ToString(), Does.Contain("score").IgnoreCase);
    }

    [Test]
    public void Named_parameters_with_their_types_and_spaces_are_there_at_Get()
    {
        Commit(session => session.CreateQuery("from Post p where p.Score = :score and p.Cat.Title = 'A'").SetInt32("score", 7).SetCacheable(true).List());
        var get = Journal.All<QueryCall>()[0];
        Assert.That(get.Parameters.NamedParameters.Keys, Is.EqualTo(new[] { "score" }));
        Assert.That(get.Parameters.NamedParameters["score"].Type, Is.EqualTo(NHibernateUtil.Int32));
        Assert.That(get.Spaces, Is.EquivalentTo(new[] { "Post", "Cat" }));
    }

    [Test]
    public void Bound_values_are_in_the_order_of_the_sql_with_filters_and_lists()
    {
        object?[]? bound = null;
        RecordingQueryCache.OnPut = call => bound = Bind(call);
        Commit(session =>
        {
            session.EnableFilter("scored").SetParameter("least", 1);
            Cacheable(session).List();
        });
        Assert.That(bound, Is.EqualTo(Journal.All<Statement>().Last(statement => statement.Way == "ExecuteReader").Values));
        Assert.That(bound, Is.EquivalentTo(new object[] { 1, "none", 5, 7, 9 }));
    }

    [Test]
    public void Processed_sql_is_the_one_before_paging_was_added_and_binds_all_values_but_those_of_paging()
    {
        object?[]? bound = null;
        RecordingQueryCache.OnPut = call => bound = Bind(call);
        Commit(session => Cacheable(session).SetFirstResult(1).SetMaxResults(2).List());
        var (executed, put) = (Journal.All<Statement>().Last(statement => statement.Way == "ExecuteReader"), Journal.All<QueryCall>().Last());
        Assert.That(executed.Values, Is.EqualTo(bound!.Concat([2, 1])));
        Assert.That(executed.Text, Does.Contain("limit").And.Contain("offset"));
        Assert.That(put.ProcessedSql!.ToString(), Does.Not.Contain("limit").And.Not.Contain("offset"));
        Assert.That(put.ProcessedSql!.GetParameterCount(), Is.EqualTo(bound!.Length));
    }

    [Test]
    public void Sql_of_the_key_has_one_parameter_for_each_item_of_a_list_only_once_executed()
    {
        Commit(session => session.CreateQuery("from Post p where p.Score in (:scores)").SetParameterList("scores", new[] { 5, 7, 9 }).SetCacheable(true).List());
        var calls = Journal.All<QueryCall>();
        Assert.That(calls[1].ProcessedSql!.GetParameterCount(), Is.EqualTo(3));
        Assert.That(calls[0].KeySql.GetParameterCount(), Is.LessThanOrEqualTo(3));
    }

    [Test]
    public void Polymorphic_query_brings_the_processed_sql_of_the_class_before_to_Get()
    {
        Commit(session => session.CreateQuery("from System.Object").SetCacheable(true).List());
        var gets = Journal.All<QueryCall>().Where(call => call.Method == "Get").ToList();
        Assert.That(gets, Has.Count.GreaterThan(1));
        Assert.That(gets[0].ProcessedSql, Is.Null);
        Assert.That(gets[1].ProcessedSql, Is.Not.Null);
        Assert.That(gets[1].ProcessedSql!.ToString(), Is.Not.EqualTo(gets[1].KeySql.ToString()));
    }

    [Test]
    public void Hql_reuses_one_sql_object_for_all_executions() => AssertSqlObjects(s_queries[1], shared: true);

    [Test]
    public void Linq_reuses_one_sql_object_for_all_executions() => AssertSqlObjects(s_queries[0], shared: true);

    [Test]
    public void Criteria_makes_a_new_and_equal_sql_object_each_time() => AssertSqlObjects(s_queries[2], shared: false);

    [Test]
    public void Native_sql_makes_a_new_and_equal_sql_object_each_time() => AssertSqlObjects(s_queries[4], shared: false);

    [Test]
    public void Interceptor_may_change_the_sql_after_the_key_was_made()
    {
        using var session = Factory.WithOptions().Interceptor(new RewritingInterceptor()).OpenSession();
        session.CreateQuery("from Cat").SetCacheable(true).List();
        var put = Journal.All<QueryCall>().Last();
        Assert.That(put.KeySql.ToString(), Does.Not.Contain("rewritten"));
        Assert.That(put.ProcessedSql!.ToString(), Does.Not.Contain("rewritten"));
        Assert.That(Journal.All<Statement>().Last().Text, Does.Contain("rewritten"));
    }

    [Test]
    public void Cache_mode_Put_puts_without_Get_and_Get_gets_without_put_and_Ignore_does_neither()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Calls(CacheMode.Put), Is.EqualTo(new[] { "query cache Put" }));
            Assert.That(Calls(CacheMode.Get), Is.EqualTo(new[] { "query cache Get" }));
            Assert.That(Calls(CacheMode.Refresh), Is.EqualTo(new[] { "query cache Put" }));
            Assert.That(Calls(CacheMode.Ignore), Is.Empty);
        });
    }

    [Test]
    public void Hit_is_not_put_again()
    {
        Commit(session => session.CreateQuery("from Cat").SetCacheable(true).List());
        Journal.Clear();
        Commit(session => session.CreateQuery("from Cat").SetCacheable(true).List());
        Assert.That(Journal.Of("query cache"), Is.EqualTo(new[] { "query cache Get" }));
    }

    [Test]
    public void Auto_flush_comes_before_Get()
    {
        Commit(session =>
        {
            session.Get<Cat>(1).Title = "changed";
            session.CreateQuery("from Cat").SetCacheable(true).List();
        });
        Assert.That(Journal.Of("PostUpdate", "query cache Get"), Is.EqualTo(new[] { "PostUpdate Cat#1", "query cache Get" }));
    }

    [Test]
    public void Lock_modes_of_a_query_are_in_its_parameters()
    {
        Commit(session => session.CreateQuery("from Cat c").SetLockMode("c", LockMode.Upgrade).SetCacheable(true).List());
        var call = Journal.All<QueryCall>().FirstOrDefault();
        Assert.That(call is null || call.Parameters.LockModes.Values.Contains(LockMode.Upgrade), Is.True);
    }

    private static IQuery Cacheable(ISession session) =>
        session.CreateQuery("from Post p where p.Title <> :title and p.Score in (:scores) and p.Visible = false order by p.Id")
            .SetParameterList("scores", new[] { 5, 7, 9 }).SetString("title", "none").SetCacheable(true);

    private string[] Calls(CacheMode mode)
    {
        Journal.Clear();
        Commit(session => session.CreateQuery("from Cat").SetCacheable(true).SetCacheMode(mode).List());
        return Journal.Of("query cache");
    }

    private void AssertSqlObjects(TestCaseData query, bool shared)
    {
        Commit((Action<ISession>)query.Arguments[0]!);
        Commit((Action<ISession>)query.Arguments[0]!);
        var sql = Journal.All<QueryCall>().Where(call => call.Method == "Get").Select(call => call.KeySql).ToArray();
        Assert.That(sql, Has.Length.EqualTo(2));
        Assert.That(ReferenceEquals(sql[0], sql[1]), Is.EqualTo(shared));
        Assert.That(sql[0].Equals(sql[1]), Is.True);
        Assert.That(sql[0].GetHashCode(), Is.EqualTo(sql[1].GetHashCode()));
    }

    private static object?[] Bind(QueryCall call)
    {
        var (parameters, session) = (call.Parameters, call.Session);
        var sql = new SqlCommandImpl(parameters.ProcessedSql, [.. parameters.ProcessedSqlParameters], parameters, session.Factory);
        using var command = session.Factory.ConnectionProvider.Driver.GenerateCommand(CommandType.Text, sql.Query, sql.ParameterTypes);
        sql.Bind(command, session);
        return Statement.Of("", command).Values;
    }

    private static TestCaseData Query(string name, Action<ISession> query) => new TestCaseData(query).SetArgDisplayNames(name);

    private sealed class RewritingInterceptor : EmptyInterceptor
    {
        public override SqlString OnPrepareStatement(SqlString sql) => sql.Append(" /* rewritten */");
    }
}
