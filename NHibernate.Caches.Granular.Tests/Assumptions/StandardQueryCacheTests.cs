using System.Collections;
using NHibernate.Cache;
using NHibernate.Caches.Granular.Tests.Assumptions.Recording;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Engine;
using NHibernate.Type;

namespace NHibernate.Caches.Granular.Tests.Assumptions;

/// <summary>
/// NHibernate's own query cache: what it gets wrong, which the granular one must not, and what of it the granular one uses to
/// turn results into their cached form and back.
/// </summary>
public sealed class StandardQueryCacheTests : AssumptionFixture
{
    [Test]
    public void Reader_that_overlaps_a_commit_leaves_a_list_that_stays_stale()
    {
        using (var slow = Factory.OpenSession())
        {
            var enough = false;
            RecordingQueryCache.OnPut = _ =>
            {
                // Between this reader's SELECT and its put.
                if (!enough)
                {
                    enough = true;
                    Commit(session => session.Save(new Cat { Id = 9, Title = "nine" }));
                }
            };
            Titles(slow);
        }
        Assert.That(Commit(Titles), Has.Count.EqualTo(2), "one is missing, until the next write");
    }

    [Test]
    public void Missing_timestamp_reads_as_up_to_date()
    {
        Commit(Titles);
        Commit(session => session.CreateSQLQuery("insert into Cat (id, title) values (9, 'nine')").ExecuteUpdate());
        Provider.Regions.Single(region => region.Key.EndsWith("UpdateTimestampsCache", StringComparison.Ordinal)).Value.Clear();
        Assert.That(Commit(Titles), Has.Count.EqualTo(2));
    }

    [Test]
    public void Mark_of_a_flush_lapses_after_the_timeout_of_the_region()
    {
        var timestamps = Provider.Regions.Single(region => region.Key.EndsWith("UpdateTimestampsCache", StringComparison.Ordinal)).Value;
        timestamps.TimeoutInTimestamps = 5;
        using var writer = Factory.OpenSession();
        using var transaction = writer.BeginTransaction();
        writer.Get<Cat>(1).Title = "changed";
        writer.Flush();
        var marked = (long)timestamps.Stored("Cat")!;
        while (Provider.NextTimestamp() <= marked)
        {
        }
        Journal.Clear();
        Commit(Titles);
        Commit(Titles);
        Assert.That(Journal.Of("query cache Put"), Has.Length.EqualTo(1), "the second is answered from the cache, though the writer is still to commit");
    }

    [Test]
    public void EvictQueries_clears_the_default_region_only()
    {
        Commit(session => session.CreateQuery("from Cat").SetCacheable(true).SetCacheRegion("own").List());
        Journal.Clear();
        Factory.EvictQueries();
        Assert.That(Journal.Of("query cache clear"), Is.EqualTo(new[] { "query cache clear NHibernate.Cache.StandardQueryCache" }));
    }

    [Test]
    public void EvictQueries_of_a_region_this_process_has_not_used_does_nothing()
    {
        Factory.EvictQueries("never used");
        Assert.That(Journal.Lines, Is.Empty);
    }

    [Test]
    public void Cache_without_timestamps_assembles_what_it_is_handed_when_there_are_no_spaces()
    {
        var (cache, region) = Alone();
        var (key, parameters, types) = Keep("from Cat order by Id", cache);
        using var session = Factory.OpenSession();
        var result = cache.Get(key, parameters, types, new HashSet<string>(), session.GetSessionImplementation());
        Assert.That(result!.Cast<Cat>().Select(cat => cat.Title), Is.EqualTo(new[] { "A", "B" }));
        Assert.That(region.Stored(key), Is.InstanceOf<IList>());
    }

    [Test]
    public void Cache_without_timestamps_assembles_many_and_answers_null_for_null()
    {
        var (cache, _) = Alone();
        var (key, parameters, types) = Keep("from Cat order by Id", cache);
        var (other, otherParameters, otherTypes) = Keep("from Tag", null);
        using var session = Factory.OpenSession();
        var none = new HashSet<string>();
        var results = cache.GetMany([other, key], [otherParameters, parameters], [otherTypes, types], [none, none], session.GetSessionImplementation());
        Assert.That(results[0], Is.Null);
        Assert.That(results[1].Cast<Cat>().Select(cat => cat.Title), Is.EqualTo(new[] { "A", "B" }));
    }

    [Test]
    public void Row_that_has_vanished_makes_assembling_throw_UnresolvableObjectException()
    {
        var (cache, _) = Alone();
        var (key, parameters, types) = Keep("from Cat order by Id", cache);
        Commit(session => session.CreateSQLQuery("delete from Cat where id = 2").ExecuteUpdate());
        using var session = Factory.OpenSession();
        Assert.That(() => cache.Get(key, parameters, types, new HashSet<string>(), session.GetSessionImplementation())!.Cast<Cat>().Select(cat => cat.Title).ToList(), Throws.InstanceOf<UnresolvableObjectException>());
    }

    [Test]
    public void Assembling_never_replaces_an_instance_the_session_has()
    {
        var (cache, _) = Alone();
        var (key, parameters, types) = Keep("from Cat order by Id", cache);
        using var session = Factory.OpenSession();
        var mine = session.Get<Cat>(1);
        mine.Title = "mine";
        var result = cache.Get(key, parameters, types, new HashSet<string>(), session.GetSessionImplementation());
        Assert.That(result![0], Is.SameAs(mine));
        Assert.That(mine.Title, Is.EqualTo("mine"));
    }

    [Test]
    public void Cached_form_of_an_entity_query_is_a_timestamp_and_identifiers()
    {
        var (cache, region) = Alone();
        var (key, _, _) = Keep("from Cat order by Id", cache);
        Assert.That(((IList)region.Stored(key)!).Cast<object>().Skip(1), Is.EqualTo(new object[] { 1, 2 }));
    }

    private static IList<string> Titles(ISession session) => [.. session.CreateQuery("from Cat order by Id").SetCacheable(true).List<Cat>().Select(cat => cat.Title)];

    private (StandardQueryCache Cache, RecordingRegion Region) Alone()
    {
        var region = new RecordingRegion("alone", Provider);
        return (new StandardQueryCache(null, region), region);
    }

    /// <summary>Lists a query, and has the cache keep its result.</summary>
    private (QueryKey Key, QueryParameters Parameters, ICacheAssembler[] Types) Keep(string hql, StandardQueryCache? cache)
    {
        using var session = Factory.OpenSession();
        var result = session.CreateQuery(hql).SetCacheable(true).List();
        var call = Journal.All<QueryCall>().Last();
        ICacheAssembler[] types = [NHibernateUtil.Entity(hql.Contains("Cat", StringComparison.Ordinal) ? typeof(Cat) : typeof(Tag))];
        cache?.Put(call.Key, call.Parameters, types, result, session.GetSessionImplementation());
        return (call.Key, call.Parameters, types);
    }
}
