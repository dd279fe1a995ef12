using System.Collections;
using NHibernate.Cache;
using NHibernate.Caches.Granular.Tests.Assumptions.Recording;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Event;
using NHibernate.Impl;

namespace NHibernate.Caches.Granular.Tests.Assumptions;

/// <summary>How NHibernate's concurrency strategies use a region: what a region must know to tell a read from a put.</summary>
public sealed class RegionStrategyTests : AssumptionFixture
{
    [Test]
    public void Read_gets_without_a_lock_and_a_put_gets_under_a_lock()
    {
        Commit(session => session.Get<Cat>(1));
        Assert.That(Journal.Of("Cat "), Is.EqualTo(new[] { "Cat get Cat#1", "Cat lock Cat#1", "Cat get Cat#1", "Cat put Cat#1 CachedItem", "Cat unlock Cat#1" }));
    }

    [Test]
    public void Put_asks_what_it_found_under_the_lock_whether_it_may_put_with_the_timestamp_of_its_session()
    {
        var fence = new Fence();
        Region<Cat>().Answer = _ => fence;
        using var session = Factory.OpenSession();
        Provider.NextTimestamp();
        session.Get<Cat>(1);
        Assert.That(fence.Puttable, Is.EqualTo(new[] { session.GetSessionImplementation().Timestamp }));
        Assert.That(fence.Gettable, Is.EqualTo(new[] { session.GetSessionImplementation().Timestamp }), "the read before it");
    }

    [Test]
    public void Put_that_may_not_put_puts_nothing()
    {
        Region<Cat>().Answer = _ => new Fence { Allows = false };
        Commit(session => session.Get<Cat>(1));
        Assert.That(Journal.Of("Cat put"), Is.Empty);
    }

    [Test]
    public void Query_puts_each_entity_under_a_lock_of_its_own()
    {
        Commit(session => session.CreateQuery("from Cat order by Id").List());
        Assert.That(Journal.Of("Cat lock", "Cat put", "Cat unlock"), Is.EqualTo(new[] { "Cat lock Cat#1", "Cat put Cat#1 CachedItem", "Cat unlock Cat#1", "Cat lock Cat#2", "Cat put Cat#2 CachedItem", "Cat unlock Cat#2" }));
    }

    [Test]
    public void Update_puts_a_soft_lock_before_its_statement_and_the_new_item_after_the_commit()
    {
        Commit(session => session.Get<Cat>(1));
        Journal.Clear();
        Commit(session => session.Get<Cat>(1).Title = "changed");
        Assert.That(Journal.Of("Cat ", "AddToBatch", "before", "after"), Is.EqualTo(new[]
        {
            "Cat get Cat#1",
            "Cat lock Cat#1", "Cat get Cat#1", "Cat put Cat#1 CacheLock", "Cat unlock Cat#1",
            "AddToBatch UPDATE Cat",
            "before first, committed False",
            "Cat lock Cat#1", "Cat get Cat#1", "Cat put Cat#1 CachedItem", "Cat unlock Cat#1",
            "after first True, committed True",
        }));
    }

    [Test]
    public void Soft_lock_that_is_released_comes_as_a_put_of_a_lock_without_multiplicity()
    {
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            session.Get<Cat>(1).Title = "changed";
            session.Flush();
            Assert.That(((CacheLock)Region<Cat>().Stored(Key(session))!).Multiplicity, Is.EqualTo(1));
            transaction.Rollback();
            Assert.That(((CacheLock)Region<Cat>().Stored(Key(session))!).Multiplicity, Is.Zero);
        }
    }

    [Test]
    public void Soft_lock_that_two_updates_hold_is_one_lock_with_both_counted()
    {
        using var first = Factory.OpenSession();
        using var second = Factory.OpenSession();
        var strategy = ((SessionFactoryImpl)Factory).GetEntityPersister(typeof(Cat).FullName).Cache;
        var key = Key(first);
        var held = strategy.Lock(key, null);
        strategy.Lock(key, null);
        var stored = (CacheLock)Region<Cat>().Stored(key)!;
        Assert.That((stored.Multiplicity, stored), Is.EqualTo((2, (CacheLock)held)), "the same object");
        strategy.Release(key, held);
        Assert.That(stored.Multiplicity, Is.EqualTo(1));
    }

    [Test]
    public void Item_with_the_lowest_timestamp_is_read_by_every_session()
    {
        Commit(session => session.Get<Cat>(1));
        using var session = Factory.OpenSession();
        var item = (CachedItem)Region<Cat>().Stored(Key(session))!;
        Region<Cat>().Answer = _ => new CachedItem { Value = item.Value, Version = item.Version, FreshTimestamp = long.MinValue };
        Journal.Clear();
        Assert.That(session.Get<Cat>(1).Title, Is.EqualTo("A"));
        Assert.That(Journal.Of("ExecuteReader"), Is.Empty);
    }

    [Test]
    public void Item_that_is_fresher_than_its_reader_is_not_read()
    {
        Commit(session => session.Get<Cat>(1));
        using var session = Factory.OpenSession();
        var item = (CachedItem)Region<Cat>().Stored(Key(session))!;
        Region<Cat>().Answer = _ => new CachedItem { Value = item.Value, Version = item.Version, FreshTimestamp = long.MaxValue };
        Journal.Clear();
        session.Get<Cat>(1);
        Assert.That(Journal.Of("ExecuteReader"), Is.Not.Empty);
    }

    [Test]
    public void Insert_puts_nothing_before_the_commit_and_an_item_after_it()
    {
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        session.Save(new Cat { Id = 7, Title = "seven" });
        session.Flush();
        Assert.That(Journal.Of("Cat put"), Is.Empty);
        transaction.Commit();
        Assert.That(Journal.Of("Cat put"), Is.EqualTo(new[] { "Cat put Cat#7 CachedItem" }));
    }

    [Test]
    public void Row_inserted_and_not_committed_is_put_by_a_query_of_its_own_session()
    {
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        session.CreateSQLQuery("insert into Cat (id, title) values (8, 'eight')").ExecuteUpdate();
        session.Get<Cat>(8);
        Assert.That(Journal.Of("Cat put Cat#8"), Is.EqualTo(new[] { "Cat put Cat#8 CachedItem" }));
    }

    [Test]
    public void Nonstrict_put_hands_the_region_neither_session_nor_timestamp_and_takes_no_lock()
    {
        Commit(session => session.Get<Tag>(1));
        Assert.That(Journal.Of("Tag "), Is.EqualTo(new[] { "Tag get Tag#1", "Tag get Tag#1", "Tag put Tag#1 CacheEntry" }).Or.EqualTo(new[] { "Tag get Tag#1", "Tag put Tag#1 CacheEntry" }));
    }

    [Test]
    public void Read_only_put_hands_the_region_neither_session_nor_timestamp_and_takes_no_lock()
    {
        var strategy = new ReadOnlyCache { Cache = Region<Tag>() };
        using var session = Factory.OpenSession();
        strategy.Put(session.GetSessionImplementation().GenerateCacheKey(5, NHibernateUtil.Int32, typeof(Tag).FullName), "value", 3, null, null, false);
        Assert.That(Journal.Of("Tag "), Is.EqualTo(new[] { "Tag put Tag#5 String" }));
    }

    [Test]
    public void Inverse_collection_is_not_evicted_by_a_change_of_its_child()
    {
        Commit(session => NHibernateUtil.Initialize(session.Get<Cat>(1).Posts));
        Journal.Clear();
        Commit(session => session.Get<Post>(3).Cat = session.Load<Cat>(1));
        Assert.That(Journal.Of("Posts remove", "Posts put", "Posts clear"), Is.Empty);
    }

    [Test]
    public void Session_close_drops_no_item()
    {
        Commit(session => session.Get<Cat>(1));
        Assert.That(Journal.Of("Cat remove", "Cat clear"), Is.Empty);
    }

    [Test]
    public void Stateless_session_neither_reads_nor_feeds_entity_regions_by_Get()
    {
        using var session = Factory.OpenStatelessSession();
        session.Get<Cat>(1);
        Assert.That(Journal.Of("Cat "), Is.Empty);
    }

    private static CacheKey Key(ISession session) => session.GetSessionImplementation().GenerateCacheKey(1, NHibernateUtil.Int32, typeof(Cat).FullName);

    /// <summary>What a region may answer a put with. Not thread-safe.</summary>
    private sealed class Fence : ReadWriteCache.ILockable
    {
        public bool Allows { get; init; } = true;

        public List<long> Gettable { get; } = [];

        public List<long> Puttable { get; } = [];

        public bool IsLock => false;

        public bool IsGettable(long txTimestamp)
        {
            Gettable.Add(txTimestamp);
            return false;
        }

        public bool IsPuttable(long txTimestamp, object newVersion, IComparer comparator)
        {
            Puttable.Add(txTimestamp);
            return Allows;
        }

        public CacheLock Lock(long timeout, int id) => new() { Timeout = timeout, Id = id };
    }
}
