using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Caches.Granular.Tests.Scenarios.Model;
using NHibernate.Criterion;
using NHibernate.Linq;
using NHibernate.Mapping.ByCode;
using NHibernate.Type;
using Npgsql;

namespace NHibernate.Caches.Granular.Tests.Functions;

/// <summary>What a function can depend on: which change drops its result, and which does not.</summary>
public sealed class FunctionDependencyTests : FunctionFixture
{
    protected override IEnumerable<string> TablesToEmpty => ScenarioMapping.Tables.Concat(base.TablesToEmpty);

    protected override ModelMapper Map() => ScenarioMapping.Create();

    protected override void Configure(Cfg.Configuration configuration)
    {
        base.Configure(configuration);
        configuration.FilterDefinitions[ScenarioMapping.TeamFilter] = new Engine.FilterDefinition(ScenarioMapping.TeamFilter, "Team = :number", new Dictionary<string, IType> { ["number"] = NHibernateUtil.Int32 }, false);
    }

    protected override void CreateMore()
    {
        using var connection = new NpgsqlConnection(ConnectionString);
        connection.Open();
        using var command = new NpgsqlCommand(ScenarioMapping.Ddl, connection);
        command.ExecuteNonQuery();
    }

    private static readonly TestCaseData[] s_queries =
    [
        Case("LINQ", (session, on) => on.On(session.Query<Post>().Where(post => post.Cat!.Id == 1))),
        Case("HQL", (session, on) => on.On(session.CreateQuery("from Post p where p.Cat.Id = :cat").SetInt32("cat", 1))),
        Case("HQL with a list", (session, on) => on.On(session.CreateQuery("from Post p where p.Cat.Id in (:cats)").SetParameterList("cats", new[] { 1, 7 }))),
        Case("criteria", (session, on) => on.On(session.CreateCriteria<Post>().Add(Restrictions.Eq("Cat.Id", 1)))),
        Case("QueryOver", (session, on) => on.On(session.QueryOver<Post>().Where(post => post.Cat!.Id == 1))),
        Case("part of a criteria", (session, on) => on.On(session.CreateCriteria<Post>().CreateCriteria("Cat").Add(Restrictions.Eq("Id", 1)))),
        Case("native SQL of scalars", (session, on) => on.On(session.CreateSQLQuery("select Title, Score from Post where cat_id = :cat").SetInt32("cat", 1))),
        Case("native SQL of named scalars", (session, on) => on.On(session.CreateSQLQuery("select Title as t, Score as s from Post where cat_id = :cat").AddScalar("t", NHibernateUtil.String).AddScalar("s", NHibernateUtil.Int32).SetInt32("cat", 1))),
        Case("native SQL of entities", (session, on) => on.On(session.CreateSQLQuery("select * from Post where cat_id = :cat").AddEntity(typeof(Post)).SetInt32("cat", 1))),
        Case("a page", (session, on) => on.On(session.Query<Post>().Where(post => post.Cat!.Id == 1).OrderBy(post => post.Id).Skip(0).Take(5))),
        Case("a cacheable query that is in the cache", (session, on) =>
        {
            var query = session.Query<Post>().Where(post => post.Cat!.Id == 1).WithOptions(o => o.SetCacheable(true));
            _ = query.ToList();
            on.On(query);
        }),
    ];

    [TestCaseSource(nameof(s_queries))]
    public void Query_is_a_dependency_with_its_values(Action<ISession, CacheDependencies> depend)
    {
        ArgumentNullException.ThrowIfNull(depend);
        AssertKept(depend, session => session.Get<Post>(2).Title = "of another category");
        AssertKept(depend, session => session.Save(new Tag { Id = 9, Name = "another table" }));
        AssertDropped(depend, session => session.Get<Post>(1).Score = 99, "a column that is selected");
        AssertDropped(depend, session => session.Get<Post>(2).Cat = session.Load<Cat>(1), "a row that comes");
        AssertDropped(depend, session => session.CreateSQLQuery("update Post set cat_id = null where Id = 1").ExecuteUpdate(), "a row that goes");
    }

    [Test]
    public void Cached_query_that_a_condition_runs_is_answered()
    {
        int Ask(ISession session) => Cached.GetOrAdd(session, "scored", on => on.On(session.Query<Post>().Where(post => post.Score == Count(session) + 2)), Counted(() => 1));
        Assert.That((Commit(Ask), Commit(Ask), Runs), Is.EqualTo((1, 1, 1)));
        Commit(session => session.Get<Post>(2).Title = "of another score");
        Assert.That((Commit(Ask), Runs), Is.EqualTo((1, 1)));
        Commit(session => session.Get<Post>(1).Title = "of this");
        Assert.That((Commit(Ask), Runs), Is.EqualTo((1, 2)));
    }

    [Test]
    public void Query_is_not_executed_and_not_changed()
    {
        using var session = Factory.OpenSession();
        var hql = session.CreateQuery("from Post p where p.Cat.Id = :cat").SetInt32("cat", 1);
        var criteria = session.CreateCriteria<Post>();
        var before = Statistics.PrepareStatementCount;

        hql.SetCacheMode(CacheMode.Normal);
        Cached.GetOrAdd(session, "key", on => on.On(hql).On(criteria).On(session.Query<Post>()).On(session.QueryOver<Tag>()), () => 1);

        Assert.That(Statistics.PrepareStatementCount, Is.EqualTo(before));
        Assert.That(Statistics.QueryCachePutCount, Is.Zero);
        Assert.That((session.FlushMode, session.CacheMode), Is.EqualTo((FlushMode.Auto, CacheMode.Normal)));
        for (var i = 0; i < 2; i++)
            Assert.That((hql.List<Post>().Count, criteria.List<Post>().Count), Is.EqualTo((2, 3)));
        Assert.That(Statistics.QueryCacheHitCount, Is.Zero, "neither has become cacheable");
        Assert.That(Ask(other => other.CreateQuery("from Post p where p.Cat.Id = :cat").SetInt32("cat", 1).SetCacheable(true).List<Post>().Count), Is.EqualTo((2, false)), "and no empty result was stored");
    }

    [Test]
    public void Query_over_an_unmapped_base_depends_on_all_its_entities()
    {
        void Depend(ISession session, CacheDependencies on) => on.On(session.Query<Document>());
        AssertDropped(Depend, session => session.Save(new Note { Id = 1 }), "the first of the tables");
        AssertDropped(Depend, session => session.Save(new Draft { Id = 2 }), "the second");
    }

    [Test]
    public void Proxy_that_the_query_s_expression_loads_is_loaded()
    {
        void Depend(ISession session, CacheDependencies on)
        {
            var post = session.Get<Post>(1);
            on.On(session.Query<Tag>().Where(tag => tag.Name == post.Cat!.Title));
        }

        AssertDropped(Depend, session => session.Save(new Tag { Id = 9, Name = "A" }), "the title was known");
        AssertKept(Depend, session => session.Save(new Tag { Id = 8, Name = "B" }));
    }

    [Test]
    public void What_a_query_was_told_to_depend_on_counts()
    {
        AssertDropped((session, on) => on.On(PostsOf(session, 1).Cached(o => o.DependsOn<Post>())), session => session.Get<Post>(2).Title = "of another category", "the query says so");
        AssertDropped((session, on) => on.On(session.Query<Post>().Cached(o => o.DependsOn<Tag>())), session => session.Get<Tag>(1).Name = "changed", "the query says so");
    }

    [Test]
    public void Query_that_depends_on_time_keeps_the_function_from_being_cached()
    {
        void Depend(ISession session, CacheDependencies on) => on.On(session.CreateSQLQuery("select Title from Post where Published < now()"));
        Call(session => Function(session, Depend));
        Assert.That(Call(session => Function(session, Depend)).WasHit, Is.False);
    }

    [Test]
    public void Statement_that_changes_rows_is_no_dependency() =>
        Assert.That(() => Call(session => Function(session, (_, on) => on.On(session.CreateQuery("delete from Comment")))), Throws.Exception);

    [Test]
    public void Query_of_another_session_is_an_error()
    {
        using var other = Factory.OpenSession();
        Assert.That(() => Call(session => Function(session, (_, on) => on.On(other.Query<Post>()))), Throws.InvalidOperationException.With.Message.Contains("session"));
    }

    [Test]
    public void Entity_depends_on_every_change_of_its_table_and_of_its_link_tables()
    {
        void Depend(ISession session, CacheDependencies on) => on.On<Post>();
        AssertKept(Depend, session => session.Get<Tag>(1).Name = "another table");
        AssertKept(Depend, session => session.Get<Comment>(1).Text = "elements of a one-to-many");
        AssertDropped(Depend, session => session.Get<Post>(2).Body = "any column", "a column");
        AssertDropped(Depend, session => session.Get<Post>(3).Tags.Add(session.Load<Tag>(1)), "a link");
        AssertDropped(Depend, session => session.Save(new Post { Id = 30, Title = "new" }), "a new row");
        AssertDropped(Depend, session => session.Delete(session.Get<Post>(30)), "a deleted row");
    }

    [Test]
    public void Entity_of_several_tables_depends_on_all_of_them_and_those_of_its_subclasses()
    {
        void Depend(ISession session, CacheDependencies on) => on.On<Truck>();
        Commit(session =>
        {
            session.Save(new Car { Id = 1, Name = "car", Doors = 3 });
            session.Save(new Tipper { Id = 2, Name = "tipper", Capacity = 5, Angle = 30 });
        });
        AssertKept(Depend, session => session.Get<Car>(1).Doors = 5);
        AssertDropped(Depend, session => session.Get<Tipper>(2).Angle = 45, "a subclass's table");
        AssertDropped(Depend, session => session.Get<Tipper>(2).Name = "renamed", "the base's table");
        AssertDropped(Depend, session => session.Get<Tipper>(2).Capacity = 6, "its own");
    }

    [Test]
    public void Entity_whose_subclasses_have_whole_tables_depends_on_all_of_them()
    {
        void Depend(ISession session, CacheDependencies on) => on.On<Figure>();
        AssertDropped(Depend, session => session.Save(new Disc { Id = 1, Name = "disc" }), "one subclass");
        AssertDropped(Depend, session => session.Save(new Block { Id = 2, Name = "block" }), "the other");
        void DependOnOne(ISession session, CacheDependencies on) => on.On<Disc>();
        AssertKept(DependOnOne, session => session.Save(new Block { Id = 3, Name = "block" }));
        AssertDropped(DependOnOne, session => session.Get<Disc>(1).Radius = 7, "its own");
    }

    [Test]
    public void Unmapped_base_depends_on_all_entities_that_derive_from_it()
    {
        void Depend(ISession session, CacheDependencies on) => on.On<Document>();
        AssertDropped(Depend, session => session.Save(new Note { Id = 1 }), "one");
        AssertDropped(Depend, session => session.Save(new Draft { Id = 2 }), "the other");
    }

    [Test]
    public void Object_depends_on_its_own_row()
    {
        void Depend(ISession session, CacheDependencies on) => on.On(session.Get<Post>(1));
        AssertKept(Depend, session => session.Get<Post>(2).Title = "another row");
        AssertKept(Depend, session => session.Get<Post>(1).Tags.Clear());
        AssertDropped(Depend, session => session.Get<Post>(1).Body = "any column", "its row");
        AssertDropped(Depend, session => session.CreateQuery("update Post set Score = 3 where Id = 1").ExecuteUpdate(), "by a statement");
    }

    [Test]
    public void Proxy_that_is_not_loaded_and_detached_object_depend_on_their_row()
    {
        var detached = Commit(session => session.Get<Post>(1));
        foreach (var depend in new Action<ISession, CacheDependencies>[] { (session, on) => on.On(session.Load<Post>(1)), (_, on) => on.On(detached) })
        {
            AssertKept(depend, session => session.Get<Post>(2).Title += "!");
            AssertDropped(depend, session => session.Get<Post>(1).Title += "!", "its row");
        }
        using var other = Factory.OpenSession();
        Assert.That(NHibernateUtil.IsInitialized(other.Load<Post>(1)), Is.False);
    }

    [Test]
    public void Object_of_several_tables_depends_on_its_row_in_each()
    {
        Commit(session =>
        {
            session.Save(new Tipper { Id = 1, Name = "one", Capacity = 5, Angle = 30 });
            session.Save(new Tipper { Id = 2, Name = "two", Capacity = 5, Angle = 30 });
        });
        void Depend(ISession session, CacheDependencies on) => on.On(session.Load<Vehicle>(1));
        AssertKept(Depend, session => session.Get<Tipper>(2).Angle = 45);
        AssertDropped(Depend, session => session.Get<Tipper>(1).Angle = 45, "the third table");
        AssertDropped(Depend, session => session.Get<Tipper>(1).Name = "first", "the first table");
    }

    [Test]
    public void What_is_not_mapped_is_an_error()
    {
        Assert.That(() => Call(session => Function(session, (_, on) => on.On<FunctionDependencyTests>())), Throws.ArgumentException.With.Message.Contains("not mapped"));
        Assert.That(() => Call(session => Function(session, (_, on) => on.On(new List<Post>()))), Throws.ArgumentException.With.Message.Contains("mapped"));
        Assert.That(() => Call(session => Function(session, (_, on) => on.On((object)null!))), Throws.ArgumentNullException);
        Assert.That(() => Call(session => Function(session, (_, on) => on.On(new Ticket()))), Throws.ArgumentException.With.Message.Contains("was never saved"));
    }

    private static TestCaseData Case(string name, Action<ISession, CacheDependencies> depend) => new TestCaseData(depend).SetArgDisplayNames(name);

    private int Function(ISession session, Action<ISession, CacheDependencies> depend) => Cached.GetOrAdd(session, "function", on => depend(session, on), Counted(() => Runs));

    private void AssertKept(Action<ISession, CacheDependencies> depend, Action<ISession> change) => Assert.That(IsHitAfter(depend, change), Is.True);

    private void AssertDropped(Action<ISession, CacheDependencies> depend, Action<ISession> change, string why) => Assert.That(IsHitAfter(depend, change), Is.False, why);

    private bool IsHitAfter(Action<ISession, CacheDependencies> depend, Action<ISession> change)
    {
        Commit(session => Cached.Remove(session, "function"));
        CacheCall(session => Function(session, depend));
        Commit(change);
        return Call(session => Function(session, depend)).WasHit;
    }
}
