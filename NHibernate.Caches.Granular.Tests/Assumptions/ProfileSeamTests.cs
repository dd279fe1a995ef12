using NHibernate.Cache;
using NHibernate.Caches.Granular.Tests.Assumptions.Recording;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Engine;
using NHibernate.Hql;
using NHibernate.Hql.Ast.ANTLR;
using NHibernate.Hql.Ast.ANTLR.Tree;
using NHibernate.Linq;
using NHibernate.Loader.Hql;
using NHibernate.Persister.Entity;

namespace NHibernate.Caches.Granular.Tests.Assumptions;

/// <summary>Where NHibernate lets somebody between a query or an entity and the cache, without a word of the query's or the mapping's.</summary>
public sealed class ProfileSeamTests : AssumptionFixture
{
    private ISessionFactory _factory = null!;

    [SetUp]
    public void BuildFactory()
    {
        RecordingProvider.OnStart = (_, factory) => NHibernateInternals.Replace(factory!.Settings, new AskedTranslatorFactory(factory.Settings.QueryTranslatorFactory));
        _factory = Configure().BuildSessionFactory();
        RecordingProvider.OnStart = null;
    }

    [TearDown]
    public void DisposeFactory() => _factory.Dispose();

    [Test]
    public void Region_of_timestamps_is_asked_for_when_the_mapping_is_complete()
    {
        var complete = new List<bool>();
        ISessionFactoryImplementor started = null!;
        RecordingProvider.OnStart = (_, factory) => started = factory!;
        RecordingProvider.OnBuild = name =>
        {
            if (name == nameof(UpdateTimestampsCache))
                complete.Add(started.GetAllClassMetadata().Count == _factory.GetAllClassMetadata().Count && started.GetAllCollectionMetadata().Count == _factory.GetAllCollectionMetadata().Count);
        };
        try
        {
            Configure().BuildSessionFactory().Dispose();
        }
        finally
        {
            RecordingProvider.OnBuild = null;
        }
        Assert.That(complete, Is.EqualTo(new[] { true }));
    }

    [Test]
    public void Loader_of_hql_and_linq_is_asked_once_an_execution_whether_it_is_cacheable_and_does_as_it_says()
    {
        using var session = _factory.OpenSession();
        var tag = session.Get<Post>(1).Tags;
        Func<object?>[] executions =
        [
            () => session.CreateQuery("from Post").List(),
            () => session.CreateQuery("from Post").ListAsync().GetAwaiter().GetResult(),
            () => session.CreateQuery("from Post").Future<Post>().GetEnumerable().ToList(),
            () => session.CreateFilter(tag, "where this.Name = 'x'").List(),
            () => session.Query<Post>().ToList(),
            () => session.Query<Post>().Count(),
            () => session.Query<Post>().Any(),
            () => session.Query<Post>().ToFutureValue(posts => posts.Count()).Value,
        ];
        foreach (var execute in executions)
        {
            Journal.Clear();
            execute();
            Assert.That(Journal.Of("asked"), Is.EqualTo(new[] { "asked" }));
            Assert.That(Journal.Of("StandardQueryCache get"), Is.Not.Empty, "it said yes");
        }
    }

    [Test]
    public void Criteria_native_sql_and_reading_row_by_row_ask_no_such_loader()
    {
        using var session = _factory.OpenSession();
        Journal.Clear();
        session.CreateCriteria<Post>().List();
        session.CreateSQLQuery("select * from Post").AddEntity(typeof(Post)).List();
        _ = session.CreateQuery("from Post").Enumerable<Post>().ToList();
        Assert.That(Journal.Of("asked"), Is.Empty);
    }

    [Test]
    public void Sql_of_a_query_s_key_is_the_translator_s_own_object()
    {
        using var session = _factory.OpenSession();
        session.CreateQuery("from Post").List();
        var asked = AskedLoader.Asked!;
        Assert.That(NHibernateInternals.Sql(asked.GenerateQueryKey(session.GetSessionImplementation(), new QueryParameters())), Is.SameAs(asked.Translator.SqlString));
    }

    [Test]
    public void Entity_is_looked_for_in_a_region_it_was_given_later()
    {
        var implementor = (ISessionFactoryImplementor)_factory;
        var persister = (AbstractEntityPersister)implementor.GetEntityPersister(typeof(Comment).FullName);
        Assert.That(persister.HasCache, Is.False);
        NHibernateInternals.Replace(persister, CacheFactory.CreateCache(CacheFactory.ReadWrite, NHibernateInternals.RegionOf(implementor, "later"), implementor.Settings));
        for (var i = 0; i < 2; i++)
        {
            using var session = _factory.OpenSession();
            session.Get<Comment>(1);
        }
        Assert.That(_factory.Statistics.SecondLevelCacheRegionNames, Does.Contain("later"));
        Assert.That(Journal.Of("later put"), Is.Not.Empty);
        Assert.That(Journal.Of("later get"), Has.Length.GreaterThan(1));
    }

    /// <summary>Puts loaders of the test's own into translators. Thread-safe: stateless.</summary>
    private sealed class AskedTranslatorFactory(IQueryTranslatorFactory inner) : IQueryTranslatorFactory
    {
        public IQueryTranslator[] CreateQueryTranslators(IQueryExpression queryExpression, string collectionRole, bool shallow, IDictionary<string, IFilter> filters, ISessionFactoryImplementor factory)
        {
            var translators = inner.CreateQueryTranslators(queryExpression, collectionRole, shallow, filters, factory);
            foreach (var translator in translators.OfType<QueryTranslatorImpl>().Where(translator => !translator.IsManipulationStatement))
                NHibernateInternals.Replace(translator, new AskedLoader(translator, factory, ((QueryNode)translator.SqlAST).GetSelectClause()));
            return translators;
        }
    }

    /// <summary>Says yes, and writes that it was asked.</summary>
    private sealed class AskedLoader : QueryLoader
    {
        public AskedLoader(QueryTranslatorImpl translator, ISessionFactoryImplementor factory, SelectClause selectClause)
            : base(translator, factory, selectClause) => Translator = translator;

        public static AskedLoader? Asked { get; private set; }

        public QueryTranslatorImpl Translator { get; }

        public override bool IsCacheable(QueryParameters queryParameters)
        {
            Journal.Write("asked");
            Asked = this;
            queryParameters.Cacheable = true;
            return base.IsCacheable(queryParameters);
        }
    }
}
