using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Linq;

namespace NHibernate.Caches.Granular.Tests;

/// <summary>What handlers of a session factory's events hear, and when.</summary>
public sealed class CacheEventTests : BlogFixture
{
    private readonly List<CacheRead> _reads = [];
    private readonly List<CacheInvalidation> _invalidations = [];

    protected override bool NeedsFactoryPerTest => true;

    [SetUp]
    public void Subscribe()
    {
        _reads.Clear();
        _invalidations.Clear();
        Factory.GranularCache().Read += Remember;
        Factory.GranularCache().Invalidated += Remember;
    }

    private void Remember(object? sender, CacheRead read)
    {
        Assert.That(sender, Is.SameAs(Factory.GranularCache()));
        _reads.Add(read);
    }

    private void Remember(object? sender, CacheInvalidation invalidation)
    {
        Assert.That(sender, Is.SameAs(Factory.GranularCache()));
        _invalidations.Add(invalidation);
    }

    private static int None(ISession session) => session.Query<Post>().Where(post => post.Title == "nobody's").WithOptions(o => o.SetCacheable(true)).ToList().Count;

    [Test]
    public void Cache_read_is_told_with_region_kind_and_reason_also_when_the_result_is_empty()
    {
        Ask(None);
        Ask(None);
        Commit(session => session.Save(new Post { Id = 20, Title = "nobody's" }));
        Ask(None);

        Assert.That(_reads.Where(read => read.Kind == CachedKind.Query).Select(read => (read.Region, read.MissReason)), Is.EqualTo(new[]
        {
            ("NHibernate.Cache.StandardQueryCache", MissReason.NotFound),
            ("NHibernate.Cache.StandardQueryCache", MissReason.None),
            ("NHibernate.Cache.StandardQueryCache", MissReason.Invalidated),
        }));
    }

    [Test]
    public void Cache_read_of_an_entity_and_of_a_collection_is_told()
    {
        static int Posts(ISession session) => session.Get<Cat>(1).Posts.Count;
        Commit(Posts);
        _reads.Clear();
        Commit(Posts);

        Assert.That(_reads, Is.Not.Empty);
        Assert.That(_reads.Select(read => read.MissReason), Is.All.EqualTo(MissReason.None));
        Assert.That(_reads.Select(read => read.Kind), Has.Some.EqualTo(CachedKind.Entity).And.Some.EqualTo(CachedKind.Collection));
    }

    [Test]
    public void Cache_invalidation_is_told_with_tables_kinds_and_the_columns_that_changed_or_cannot_be_compared()
    {
        Commit(session =>
        {
            session.Get<Post>(1).Title = "changed";
            session.Save(new Comment { Id = 30, Text = "new" });
            session.Delete(session.Get<Comment>(2));
        });

        var told = _invalidations.Single();
        Assert.That(told.Changes.Select(change => (change.Kind, change.Table, string.Join(",", change.Columns))), Is.EquivalentTo(new[]
        {
            (ChangeKind.Update, "public.post", "price,published,title"),
            (ChangeKind.Insert, "public.comment", ""),
            (ChangeKind.Delete, "public.comment", ""),
        }));
        Assert.That(told.ToString(), Does.Contain("update of public.post (price, published, title)").And.Not.Contain("changed"));
        Assert.That(told.StampCount, Is.GreaterThan(0));
        Assert.That(told.IsProven, Is.True);
        Assert.That(told.At, Is.EqualTo(TimeProvider.System.GetUtcNow()).Within(TimeSpan.FromMinutes(1)));
    }

    [Test]
    public async Task Cache_invalidation_is_told_when_the_change_can_be_seen_and_before_the_commit_returns()
    {
        var (seen, committed) = (0, false);
        Ask(None);
        Factory.GranularCache().Invalidated += (_, _) =>
        {
            Assert.That(committed, Is.False);
            using var other = Factory.OpenSession();
            seen = None(other);
        };
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        session.Save(new Post { Id = 21, Title = "nobody's" });
        await transaction.CommitAsync();
        committed = true;
        Assert.That(seen, Is.EqualTo(1));
    }

    [Test]
    public void Handler_that_reads_what_has_changed_has_it_cached()
    {
        Factory.GranularCache().Invalidated += (_, _) => Commit(session => session.Get<Post>(1).Title);
        Commit(session => session.Get<Post>(1).Title = "changed");
        var statements = Statistics.PrepareStatementCount;
        Assert.That(Commit(session => session.Get<Post>(1).Title), Is.EqualTo("changed"));
        Assert.That(Statistics.PrepareStatementCount - statements, Is.Zero);
    }

    [Test]
    public void Cache_invalidation_of_a_rolled_back_transaction_is_not_told()
    {
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        session.Save(new Comment { Id = 31, Text = "never" });
        session.Flush();
        transaction.Rollback();
        Assert.That(_invalidations, Is.Empty);
    }

    [Test]
    public void Cache_invalidation_of_everything_is_told_without_tables()
    {
        Factory.GranularCache().InvalidateAll();
        Assert.That(_invalidations.Single().Changes, Is.Empty);
    }

    [Test]
    public void Statement_of_many_rows_is_told_with_the_columns_that_it_sets()
    {
        Commit(session => session.CreateQuery("update Post set Score = 9 where Cat.Id = 1").ExecuteUpdate());
        Assert.That(_invalidations.Single().Changes.Single().ToString(), Is.EqualTo("update of public.post (score)"));
    }

    [Test]
    public void Handler_that_throws_disturbs_neither_the_application_nor_other_handlers()
    {
        using var log = new RecordedLog();
        var heard = 0;
        Factory.GranularCache().Read += (_, _) => throw new InvalidOperationException("the handler's");
        Factory.GranularCache().Read += (_, _) => heard++;
        Factory.GranularCache().Invalidated += (_, _) => throw new InvalidOperationException("the handler's");
        Factory.GranularCache().Invalidated += (_, _) => heard++;

        Assert.That(Ask(None).Result, Is.Zero);
        Commit(session => session.Save(new Post { Id = 22, Title = "nobody's" }));

        Assert.That(heard, Is.EqualTo(2));
        Assert.That(log.Messages.Count(message => message.StartsWith("GC132", StringComparison.Ordinal)), Is.EqualTo(2));
        Assert.That(Ask(None).Result, Is.EqualTo(1));
    }

    [Test]
    public void Handler_that_is_removed_hears_nothing_more()
    {
        Factory.GranularCache().Read -= Remember;
        Factory.GranularCache().Invalidated -= Remember;
        Ask(None);
        Commit(session => session.Save(new Post { Id = 23 }));
        Assert.That((_reads.Count, _invalidations.Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public void Each_invalidation_is_logged_at_the_level_debug_without_values()
    {
        using var log = new RecordedLog(NHibernateLogLevel.Debug);
        Commit(session => session.Get<Post>(1).Title = "secret");
        Assert.That(log.Messages, Has.Some.StartsWith("GC130 Invalidated: update of public.post (price, published, title)."));
        Assert.That(log.Messages, Has.None.Contains("secret"));
    }

    [Test]
    public void Values_are_logged_at_the_level_debug_where_the_option_says_so()
    {
        var configuration = Configure();
        configuration.UseGranularCache(options => options.LogValues = true);
        using var factory = configuration.BuildSessionFactory();
        void Change(string title)
        {
            using var session = factory.OpenSession();
            using var transaction = session.BeginTransaction();
            session.Get<Post>(1).Title = title;
            transaction.Commit();
        }

        using (var log = new RecordedLog(NHibernateLogLevel.Debug))
        {
            Change("secret");
            Assert.That(log.Messages, Has.Some.Match("^GC131 Update of public.post: .*title = 'first'.* -> .*title = 'secret'"));
        }
        using (var log = new RecordedLog())
        {
            Change("another");
            Assert.That(log.Messages, Is.Empty, "the level is not on");
        }
    }
}
