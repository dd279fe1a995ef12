using NHibernate.Cache;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Cfg;
using NHibernate.Impl;

namespace NHibernate.Caches.Granular.Tests.Regions;

/// <summary>Several that put under one key at once, which only a user's own locks let happen.</summary>
public sealed class PutFenceTests : BlogFixture
{
    protected override void Configure(Configuration configuration)
    {
        base.Configure(configuration);
        configuration.SetProperty(Cfg.Environment.CacheReadWriteLockFactory, typeof(NoLocks).AssemblyQualifiedName);
    }

    [Test]
    public void Keys_locked_in_opposite_orders_do_not_wait_for_each_other()
    {
        using var session = Factory.OpenSession();
        var region = Region();
        var (one, two) = (Key(session, 1), Key(session, 2));
        var first = region.Lock(one);
        var second = region.Lock(two);
        var both = new[] { region.Lock(two), region.Lock(one) };
        region.Unlock(one, first);
        region.Unlock(two, second);
        region.Unlock(two, both[0]);
        region.Unlock(one, both[1]);
        session.Get<Cat>(1);
        Assert.That(region.Get(one), Is.InstanceOf<CachedItem>(), "and afterwards all is as before");
    }

    [Test]
    public void Item_is_not_put_while_another_works_on_its_key()
    {
        using var session = Factory.OpenSession();
        var region = Region();
        var key = Key(session, 1);
        var other = region.Lock(key);
        session.Get<Cat>(1);
        region.Unlock(key, other);
        Assert.That(region.Get(key), Is.Null);
    }

    [Test]
    public void Item_whose_put_began_alone_is_not_put_with_the_sequence_of_another()
    {
        using var session = Factory.OpenSession();
        var (region, key) = (Region(), Key(session, 1));
        var mine = region.Lock(key);
        var fence = (ReadWriteCache.ILockable)region.Get(key)!;
#pragma warning disable CS0618 // What NHibernate calls.
        Assert.That(fence.IsPuttable(session.GetSessionImplementation().Timestamp, null, null), Is.True);
        var other = region.Lock(key);
        Assert.That(fence.IsPuttable(session.GetSessionImplementation().Timestamp, null, null), Is.False);
#pragma warning restore CS0618
        region.Put(key, new CachedItem { Value = "state", FreshTimestamp = 1 });
        region.Unlock(key, mine);
        region.Unlock(key, other);
        Assert.That(region.Get(key), Is.Null);
    }

    private CacheBase Region() => (CacheBase)((SessionFactoryImpl)Factory).GetSecondLevelCacheRegion(typeof(Cat).FullName);

    private static CacheKey Key(ISession session, int id) => session.GetSessionImplementation().GenerateCacheKey(id, NHibernateUtil.Int32, typeof(Cat).FullName);

    /// <summary>Locks that lock nothing, as a cache with locks of its own would ask for. Thread-safe: stateless.</summary>
    public sealed class NoLocks : ICacheReadWriteLockFactory
    {
        public ICacheLock Create() => new NoLock();

        private sealed class NoLock : ICacheLock, IDisposable
        {
            public IDisposable ReadLock() => this;

            public IDisposable WriteLock() => this;

            public Task<IDisposable> ReadLockAsync() => Task.FromResult<IDisposable>(this);

            public Task<IDisposable> WriteLockAsync() => Task.FromResult<IDisposable>(this);

            public void Dispose()
            {
                // There is nothing to release.
            }
        }
    }
}
