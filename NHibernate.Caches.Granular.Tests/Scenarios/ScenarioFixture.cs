using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Caches.Granular.Queries;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Caches.Granular.Tests.Scenarios.Model;
using NHibernate.Cfg;
using NHibernate.Engine;
using NHibernate.Linq;
using NHibernate.Mapping.ByCode;
using NHibernate.Type;
using Npgsql;

namespace NHibernate.Caches.Granular.Tests.Scenarios;

/// <summary>
/// Runs the scenarios of one section: each query must miss, then hit while the database is quiet; after the change its answer
/// must equal the database's own, and come from the cache or not as the scenario demands.
/// </summary>
public abstract class ScenarioFixture : BlogFixture
{
    protected override IEnumerable<string> TablesToEmpty => ScenarioMapping.Tables.Concat(base.TablesToEmpty);

    // Each derived fixture has a static property of this name.
    [TestCaseSource("Cases")]
    public void Run(Scenario scenario)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        Commit(scenario.Given);
        var before = AskBefore(scenario.Expected);
        Commit(scenario.Change);
        using (Assert.EnterMultipleScope())
        {
            foreach (var (expectation, answer) in scenario.Expected.Zip(before))
                CheckAfter(expectation, answer);
        }
    }

    protected override ModelMapper Map() => ScenarioMapping.Create();

    protected override void Configure(Configuration configuration)
    {
        base.Configure(configuration);
        if (System.Environment.GetEnvironmentVariable("GRANULAR_TEST_SHOW_SQL") is { } show)
            configuration.SetProperty(Cfg.Environment.ShowSql, show);
        configuration.FilterDefinitions[ScenarioMapping.TeamFilter] = new FilterDefinition(ScenarioMapping.TeamFilter, "Team = :number", new Dictionary<string, IType> { ["number"] = NHibernateUtil.Int32 }, false);
    }

    protected override void CreateMore()
    {
        using var connection = new NpgsqlConnection(ConnectionString);
        connection.Open();
        using var command = new NpgsqlCommand(ScenarioMapping.Ddl, connection);
        command.ExecuteNonQuery();
    }

    protected static Expectation Drop(Func<ISession, object?> query) => new(Must.Drop, query);

    protected static Expectation Keep(Func<ISession, object?> query) => new(Must.Keep, query);

    protected static Expectation Either(Func<ISession, object?> query) => new(Must.Either, query);

    protected static Expectation Refresh(Func<ISession, object?> query) => new(Must.Refresh, query);

    protected static Expectation NeverCache(Func<ISession, object?> query) => new(Must.NeverCache, query);

    /// <param name="build">From the cacheable entities to a sequence or a scalar.</param>
    protected static Func<ISession, object?> Linq<T>(Func<IQueryable<T>, object?> build) => session => build(session.Cached<T>());

    /// <param name="hql">With parameters named <c>:a</c>, <c>:b</c> and so on.</param>
    /// <param name="values">Their values; a collection is a list parameter.</param>
    protected static Func<ISession, object?> Hql(string hql, params object[] values) =>
        session => session.CreateQuery(hql).With(values).SetCacheable(true).List();

    protected static Func<ISession, object?> Criteria<T>(Func<ICriteria, ICriteria> build) where T : class =>
        session => build(session.CreateCriteria<T>()).SetCacheable(true).List();

    protected static Func<ISession, object?> Over<T>(Func<IQueryOver<T, T>, IQueryOver<T>> build) where T : class =>
        session => build(session.QueryOver<T>()).UnderlyingCriteria.SetCacheable(true).List();

    /// <summary>Native SQL that selects scalars whose types NHibernate finds out.</summary>
    /// <inheritdoc cref="Hql"/>
    protected static Func<ISession, object?> Sql(string sql, params object[] values) =>
        session => session.CreateSQLQuery(sql).With(values).SetCacheable(true).List();

    /// <summary>Native SQL that selects one entity.</summary>
    /// <inheritdoc cref="Hql"/>
    protected static Func<ISession, object?> SqlOf<T>(string sql, params object[] values) =>
        session => session.CreateSQLQuery(sql).AddEntity(typeof(T)).With(values).SetCacheable(true).List();

    /// <summary>Asks every query twice: a miss, then a hit with the same answer.</summary>
    protected string[] AskBefore(IEnumerable<Expectation> expected)
    {
        var queries = expected.ToList();
        var first = queries.Select(expectation => AskOnce(expectation.Query)).ToList();
        var second = queries.Select(expectation => AskOnce(expectation.Query)).ToList();
        for (var i = 0; i < queries.Count; i++)
        {
            Assert.That(first[i].WasHit, Is.False, "the first execution misses");
            Assert.That(second[i].WasHit, Is.EqualTo(queries[i].Must != Must.NeverCache), "the second execution hits");
            if (queries[i].Must != Must.NeverCache)
                Assert.That(second[i].Answer, Is.EqualTo(first[i].Answer), "the hit gives what the miss gave");
        }
        return [.. first.Select(asked => asked.Answer)];
    }

    /// <summary>Asks once more after the change.</summary>
    protected void CheckAfter(Expectation expectation, string before)
    {
        ArgumentNullException.ThrowIfNull(expectation);
        var after = AskOnce(expectation.Query);
        var (must, database) = (expectation.Must, AskDatabase(expectation.Query));
        Assert.That(after.Answer, Is.EqualTo(database), $"the answer is the database's ({(after.WasHit ? "from the cache" : "not from the cache")})");
        if (must == Must.NeverCache)
        {
            Assert.That(after.WasHit, Is.False, "never cached");
            return;
        }
        if (must is Must.Drop or Must.Refresh)
            Assert.That(database, Is.Not.EqualTo(before), "the change alters the answer");
        if (must is Must.Drop or Must.Keep)
            Assert.That(after.WasHit, Is.EqualTo(must == Must.Keep), () => $"a hit; what the answer depends on:\n{Explain(expectation.Query)}");
        else
            TestContext.Out.WriteLine(after.WasHit ? "kept" : "dropped");
        Assert.That(AskOnce(expectation.Query), Is.EqualTo((database, true)), "the next execution is a hit again");
    }

    /// <summary>Executes in a session of its own. A query that NHibernate splits hits when all its parts do.</summary>
    protected (string Answer, bool WasHit) AskOnce(Func<ISession, object?> query)
    {
        var (hits, misses) = (Statistics.QueryCacheHitCount, Statistics.QueryCacheMissCount);
        var answer = Commit(session => Fingerprint.Of(query(session), session));
        return (answer, Statistics.QueryCacheHitCount > hits && Statistics.QueryCacheMissCount == misses);
    }

    /// <summary>The query's plan, for the message of a failed test.</summary>
    private string Explain(Func<ISession, object?> query) => Commit(session =>
    {
        var explaining = new Explaining();
        StatementWitness.WatchOf(session.GetSessionImplementation())!.Explaining = explaining.Explain;
        try
        {
            Fingerprint.Of(query(session), session);
        }
        catch (Exception) when (explaining.Query is not null)
        {
            // NHibernate wraps what stops the query.
        }
        return explaining.Query?.Plan.ToString() ?? "nothing: the cache was not asked";
    });

    /// <summary>The answer without any cache.</summary>
    protected string AskDatabase(Func<ISession, object?> query) => Commit(session =>
    {
        session.CacheMode = CacheMode.Ignore;
        return Fingerprint.Of(query(session), session);
    });
}

/// <summary>What queries and changes of the scenarios are written with. Thread-safe: stateless.</summary>
internal static class ScenarioSessionExtensions
{
    public static IQueryable<T> Cached<T>(this ISession session) => session.Query<T>().WithOptions(options => options.SetCacheable(true));

    /// <summary>Binds the parameters <c>:a</c>, <c>:b</c> and so on, and <c>?</c> for none.</summary>
    public static IQuery With(this IQuery query, params object[] values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            var name = ((char)('a' + i)).ToString();
            if (values[i] is System.Collections.IEnumerable list and not string and not byte[])
                query.SetParameterList(name, list);
            else
                query.SetParameter(name, values[i]);
        }
        return query;
    }

    /// <summary>Executes HQL that changes rows.</summary>
    public static int Hql(this ISession session, string hql, params object[] values) => session.CreateQuery(hql).With(values).ExecuteUpdate();

    /// <summary>Executes native SQL that changes rows.</summary>
    public static int Sql(this ISession session, string sql, params object[] values) => session.CreateSQLQuery(sql).With(values).ExecuteUpdate();

    /// <summary>A new post; by default number 9, hidden, without category and score.</summary>
    public static Post AddPost(this ISession session, int id = 9, string title = "new", int? cat = null, bool visible = false, int? score = null, string? slug = null, string? body = null)
    {
        var post = new Post { Id = id, Title = title, Slug = slug, Visible = visible, Score = score, Body = body, Cat = cat is { } key ? session.Load<Cat>(key) : null };
        session.Save(post);
        return post;
    }

    public static void AddCat(this ISession session, int id, string title) => session.Save(new Cat { Id = id, Title = title });

    public static void AddTag(this ISession session, int id, string name) => session.Save(new Tag { Id = id, Name = name });

    /// <summary>Puts a new collection in the place of the loaded one.</summary>
    public static void ReplaceTags(this Post post, params Tag[] tags) => typeof(Post).GetProperty(nameof(Blog.Post.Tags))!.SetValue(post, new HashSet<Tag>(tags));

    public static Post Post(this ISession session, int id) => session.Get<Post>(id);

    public static Cat Cat(this ISession session, int id) => session.Get<Cat>(id);

    public static Tag Tag(this ISession session, int id) => session.Get<Tag>(id);

    /// <summary>Runs in a stateless session and transaction of its own, which commits.</summary>
    public static void Stateless(this ISession session, Action<IStatelessSession> work)
    {
        using var stateless = session.SessionFactory.OpenStatelessSession();
        using var transaction = stateless.BeginTransaction();
        work(stateless);
        transaction.Commit();
    }
}
