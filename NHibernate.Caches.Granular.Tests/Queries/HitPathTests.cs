using System.Collections;
using System.Reflection;
using NHibernate.Cache;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Cfg;

namespace NHibernate.Caches.Granular.Tests.Queries;

/// <summary>What a hit costs beyond NHibernate's own work: no lock of ours, and few bytes.</summary>
public sealed class HitPathTests : BlogFixture
{
    private const int Executions = 500;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private static long CountOfPosts(ISession session) => session.CreateQuery("select count(*) from Post p where p.Cat.Id = :cat").SetInt32("cat", 1).SetCacheable(true).UniqueResult<long>();

    private static IList<Post> ListOfPosts(ISession session) => session.CreateQuery("from Post p where p.Cat.Id = :cat").SetInt32("cat", 1).SetCacheable(true).List<Post>();

    private static Post Entity(ISession session) => session.Get<Post>(1);

    private static IList<Post> Collection(ISession session)
    {
        var posts = session.Get<Cat>(1).Posts;
        NHibernateUtil.Initialize(posts);
        return posts;
    }

    private static readonly TestCaseData[] s_hits =
    [
        new TestCaseData((Func<ISession, object>)(session => CountOfPosts(session))).SetArgDisplayNames("count"),
        new TestCaseData((Func<ISession, object>)ListOfPosts).SetArgDisplayNames("list of entities"),
        new TestCaseData((Func<ISession, object>)Entity).SetArgDisplayNames("entity"),
        new TestCaseData((Func<ISession, object>)Collection).SetArgDisplayNames("collection"),
    ];

    [TestCaseSource(nameof(s_hits))]
    public void Hit_takes_no_lock(Func<ISession, object> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        Commit(read);
        using var session = Factory.OpenSession();
        // The first connection of a session is met under a lock; NHibernate opens none for a hit.
        var statements = Statistics.PrepareStatementCount;
        using var locks = HeldLocks.Of(Factory.GranularCache());
        Assert.That(locks.Count, Is.GreaterThanOrEqualTo(4), "the stamps', the open sessions', the catalog's, the scopes'");

        var answered = Task.Run(() => read(session)).Wait(s_patience);

        Assert.That(answered, Is.True);
        Assert.That(Statistics.PrepareStatementCount, Is.EqualTo(statements), "it was a hit");
    }

    [Test]
    public void Miss_takes_a_lock_so_the_test_above_can_fail()
    {
        using var session = Factory.OpenSession();
        Task<long> miss;
        using (HeldLocks.Of(Factory.GranularCache()))
        {
            miss = Task.Run(() => CountOfPosts(session));
            Assert.That(miss.Wait(TimeSpan.FromMilliseconds(300)), Is.False);
        }
        Assert.That(miss.Wait(s_patience), Is.True);
    }

    [TestCaseSource(nameof(s_hits))]
    public void Hit_allocates_hardly_more_than_with_NHibernate_s_own_cache(Func<ISession, object> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        var configuration = Configure();
        configuration.Cache(cache =>
        {
            cache.Provider<HashtableCacheProvider>();
            cache.UseQueryCache = true;
        });
        using var standard = configuration.BuildSessionFactory();

        var (own, granular) = (BytesPerHit(standard, read), BytesPerHit(Factory, read));

        TestContext.Out.WriteLine($"{own} bytes with NHibernate's own cache, {granular} bytes with the granular one");
        Assert.That(granular, Is.LessThanOrEqualTo(own * 1.1));
    }

    private static long BytesPerHit(ISessionFactory factory, Func<ISession, object> read)
    {
        Measure(factory, read);
        var statements = factory.Statistics.PrepareStatementCount;
        var bytes = Enumerable.Range(0, 3).Min(_ => Measure(factory, read));
        Assert.That(factory.Statistics.PrepareStatementCount, Is.EqualTo(statements), "all were hits");
        return bytes;
    }

    private static long Measure(ISessionFactory factory, Func<ISession, object> read)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Executions; i++)
        {
            using var session = factory.OpenSession();
            read(session);
        }
        return (GC.GetAllocatedBytesForCurrentThread() - before) / Executions;
    }

    /// <summary>Every lock that can be reached from the cache, held by a thread of its own until the end.</summary>
    private sealed class HeldLocks : IDisposable
    {
        private readonly ManualResetEventSlim _release = new();
        private readonly Thread _holder;

        private HeldLocks(ICollection<Lock> locks)
        {
            Count = locks.Count;
            using var held = new ManualResetEventSlim();
            _holder = new Thread(() =>
            {
                foreach (var one in locks)
                    one.Enter();
                held.Set();
                _release.Wait();
                foreach (var one in locks)
                    one.Exit();
            });
            _holder.Start();
            held.Wait();
        }

        public int Count { get; }

        public static HeldLocks Of(object cache)
        {
            var (seen, locks, found) = (new HashSet<object>(ReferenceEqualityComparer.Instance), new List<Lock>(), new Queue<object>([cache]));
            while (found.TryDequeue(out var next))
            {
                if (!seen.Add(next))
                    continue;
                if (next is Lock one)
                    locks.Add(one);
                else if (next.GetType() is { IsValueType: false } type && IsOurs(type))
                    Fields(next).ForEach(found.Enqueue);
                else if (next is IEnumerable items and not string and not ValueType)
                    items.Cast<object?>().SelectMany(Parts).OfType<object>().ToList().ForEach(found.Enqueue);
            }
            return new HeldLocks(locks);
        }

        public void Dispose()
        {
            _release.Set();
            _holder.Join();
            _release.Dispose();
        }

        private static bool IsOurs(System.Type type) => type.Assembly == typeof(GranularCacheProvider).Assembly;

        private static List<object> Fields(object owner) =>
            [.. Ancestors(owner.GetType()).SelectMany(type => type.GetFields(BindingFlags.Instance | BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly))
                .Where(field => !field.IsLiteral && !field.FieldType.IsValueType).Select(field => field.GetValue(owner)).OfType<object>()];

        private static IEnumerable<System.Type> Ancestors(System.Type type)
        {
            for (var ancestor = type; ancestor is not null && IsOurs(ancestor); ancestor = ancestor.BaseType)
                yield return ancestor;
        }

        // Of a dictionary: its keys and values.
        private static IEnumerable<object?> Parts(object? item) => item?.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>)
            ? [type.GetProperty("Key")!.GetValue(item), type.GetProperty("Value")!.GetValue(item)]
            : [item];
    }
}
