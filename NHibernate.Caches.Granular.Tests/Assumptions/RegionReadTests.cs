using NHibernate.Cache;
using NHibernate.Cache.Entry;
using NHibernate.Caches.Granular.Tests.Assumptions.Recording;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Event;
using NHibernate.Impl;

namespace NHibernate.Caches.Granular.Tests.Assumptions;

/// <summary>
/// Which reads of a region happen inside the load and collection listeners, through which the cache learns the reading session,
/// and which do not.
/// </summary>
public sealed class RegionReadTests : AssumptionFixture
{
    private static readonly AsyncLocal<int> s_inside = new();

    private readonly List<string> _outside = [];

    private static readonly TestCaseData[] s_loads =
    [
        Load("Get", session => session.Get<Cat>(1)),
        Load("Initialized proxy", session => NHibernateUtil.Initialize(session.Load<Cat>(1))),
        Load("Proxy used", session => _ = session.Load<Cat>(1).Title),
        Load("Reference of a query's entity", session => NHibernateUtil.Initialize(session.CreateQuery("from Post where Id = 1").UniqueResult<Post>().Cat)),
        Load("Collection", session => NHibernateUtil.Initialize(session.Get<Cat>(1).Posts)),
        Load("Collection of a many-to-many", session => NHibernateUtil.Initialize(session.Get<Post>(1).Tags)),
        Load("Elements of a cached collection", session => _ = session.Get<Cat>(1).Posts.Select(post => post.Title).ToList()),
        Load("Cached query of entities", session => session.CreateQuery("from Cat").SetCacheable(true).List()),
        Load("Cached query with a fetched collection", session => session.CreateQuery("from Cat c left join fetch c.Posts").SetCacheable(true).List()),
        Load("Cached query of a tuple", session => session.CreateQuery("select p, p.Cat from Post p").SetCacheable(true).List()),
        Load("Future", session => session.CreateQuery("from Cat").SetCacheable(true).Future<Cat>().GetEnumerable().ToList()),
        Load("Locking get", session => session.Get<Cat>(1, LockMode.Upgrade)),
    ];

    [SetUp]
    public void Watch()
    {
        _outside.Clear();
        foreach (var (name, region) in Provider.Regions)
        {
            if (name.Contains("Blog", StringComparison.Ordinal) || name.Contains("Page", StringComparison.Ordinal))
                region.OnGet = () => Note(name);
        }
    }

    [TestCaseSource(nameof(s_loads))]
    public void Region_is_read_inside_a_listener(Action<ISession> load)
    {
        using var wrapped = new Wrapped(((SessionFactoryImpl)Factory).EventListeners);
        Commit(load);
        Commit(load);
        Assert.That(Journal.Lines.Any(line => line.Contains(" get ", StringComparison.Ordinal)), Is.True, "something was read");
        Assert.That(_outside, Is.Empty);
    }

    [Test]
    public async Task Region_is_read_inside_a_listener_also_asynchronously()
    {
        using var wrapped = new Wrapped(((SessionFactoryImpl)Factory).EventListeners);
        for (var i = 0; i < 2; i++)
        {
            using var session = Factory.OpenSession();
            var cat = await session.GetAsync<Cat>(1);
            await NHibernateUtil.InitializeAsync(cat.Posts);
            await session.CreateQuery("from Post").SetCacheable(true).ListAsync();
        }
        Assert.That(_outside, Is.Empty);
    }

    [Test]
    public void Lazy_property_is_read_from_its_region_outside_any_listener()
    {
        using var wrapped = new Wrapped(((SessionFactoryImpl)Factory).EventListeners);
        using var session = Factory.OpenSession();
        var page = session.Get<Page>(1);
        Commit(other => _ = other.Get<Page>(1).Body);
        // The granular cache validates items itself, and hands out all of them with the lowest timestamp.
        Region<Page>().Answer = key => Region<Page>().Stored(key) is CachedItem item ? new CachedItem { Value = item.Value, Version = item.Version, FreshTimestamp = long.MinValue } : null;
        Journal.Clear();
        _outside.Clear();
        Assert.That(page.Body, Is.EqualTo("body"));
        Assert.That(Journal.Of("ExecuteReader"), Is.Empty, "the region answered");
        Assert.That(_outside, Is.Not.Empty);
    }

    [Test]
    public void Lazy_property_that_is_fetched_puts_the_entity_as_it_is_in_memory_with_changes_that_are_not_flushed()
    {
        using var session = Factory.OpenSession();
        var page = session.Get<Page>(1);
        page.Title = "neither flushed nor committed";
        _ = page.Body;
        var key = session.GetSessionImplementation().GenerateCacheKey(1, NHibernateUtil.Int32, typeof(Page).FullName);
        var item = (CachedItem)Region<Page>().Stored(key)!;
        Assert.That(((CacheEntry)item.Value).DisassembledState, Has.Member("neither flushed nor committed"));
    }

    [Test]
    public void Refresh_loads_from_the_database_and_asks_the_region_outside_any_listener_only_whether_the_row_exists()
    {
        Commit(session => session.Get<Cat>(1));
        using var wrapped = new Wrapped(((SessionFactoryImpl)Factory).EventListeners);
        using var session = Factory.OpenSession();
        var cat = session.Get<Cat>(1);
        Journal.Clear();
        session.Refresh(cat);
        Assert.That(Journal.Of("Cat remove", "ExecuteReader", "PostLoad"), Is.EqualTo(new[] { "Cat remove Cat#1", "ExecuteReader SELECT Cat", "PostLoad Cat#1" }));
        Assert.That(_outside, Is.Not.Empty);
    }

    [Test]
    public void Assigned_identifier_is_looked_up_in_its_region_outside_any_listener()
    {
        using var wrapped = new Wrapped(((SessionFactoryImpl)Factory).EventListeners);
        Commit(session => session.Get<Cat>(1));
        _outside.Clear();
        Commit(session => session.SaveOrUpdate(new Page { Id = 1, Title = "again" }));
        Assert.That(_outside, Is.Not.Empty);
    }

    private static TestCaseData Load(string name, Action<ISession> load) => new TestCaseData(load).SetName("Region_is_read_inside_a_listener: " + name);

    // A get under a lock belongs to a put or an update, which brings its session's timestamp.
    private void Note(string region)
    {
        var last = Journal.Lines.Where(line => line.Contains(" lock ", StringComparison.Ordinal) || line.Contains(" unlock ", StringComparison.Ordinal)).LastOrDefault() ?? "";
        if (s_inside.Value == 0 && !last.Contains(" lock ", StringComparison.Ordinal))
            _outside.Add(region);
    }

    /// <summary>The listeners of a factory, wrapped as the cache wraps them, until disposed. Not thread-safe.</summary>
    private sealed class Wrapped : IDisposable
    {
        private readonly EventListeners _listeners;
        private readonly ILoadEventListener[] _loads;
        private readonly IInitializeCollectionEventListener[] _collections;

        public Wrapped(EventListeners listeners)
        {
            (_listeners, _loads, _collections) = (listeners, listeners.LoadEventListeners, listeners.InitializeCollectionEventListeners);
            listeners.LoadEventListeners = [.. _loads.Select(listener => new Loading(listener))];
            listeners.InitializeCollectionEventListeners = [.. _collections.Select(listener => new Initializing(listener))];
        }

        public void Dispose() => (_listeners.LoadEventListeners, _listeners.InitializeCollectionEventListeners) = (_loads, _collections);
    }

    private sealed class Loading(ILoadEventListener listener) : ILoadEventListener
    {
        public void OnLoad(LoadEvent @event, LoadType loadType)
        {
            s_inside.Value++;
            listener.OnLoad(@event, loadType);
            s_inside.Value--;
        }

        public async Task OnLoadAsync(LoadEvent @event, LoadType loadType, CancellationToken cancellationToken)
        {
            s_inside.Value++;
            await listener.OnLoadAsync(@event, loadType, cancellationToken);
            s_inside.Value--;
        }
    }

    private sealed class Initializing(IInitializeCollectionEventListener listener) : IInitializeCollectionEventListener
    {
        public void OnInitializeCollection(InitializeCollectionEvent @event)
        {
            s_inside.Value++;
            listener.OnInitializeCollection(@event);
            s_inside.Value--;
        }

        public async Task OnInitializeCollectionAsync(InitializeCollectionEvent @event, CancellationToken cancellationToken)
        {
            s_inside.Value++;
            await listener.OnInitializeCollectionAsync(@event, cancellationToken);
            s_inside.Value--;
        }
    }
}
