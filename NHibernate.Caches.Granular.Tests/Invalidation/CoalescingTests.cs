using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Cfg;
using NHibernate.Linq;

namespace NHibernate.Caches.Granular.Tests.Invalidation;

/// <summary>
/// Transactions that are published together: nothing they have committed is stale, before they are published or after. Each test asks
/// others while the stretch of work goes on.
/// </summary>
public sealed class CoalescingTests : PlayFixture
{
    private static readonly TimeSpan s_lease = TimeSpan.FromSeconds(1);

    private readonly List<CacheInvalidation> _published = [];

    protected override bool NeedsFactoryPerTest => true;

    private GranularCache Control => Factory.GranularCache();

    private static string Title(ISession session) => session.Query<Post>().Where(post => post.Id == 1).Select(post => post.Title).WithOptions(o => o.SetCacheable(true)).Single();

    private static int Tags(ISession session) => session.Query<Tag>().WithOptions(o => o.SetCacheable(true)).Count();

    private static void AddTag(ISession session, int id) => Execute(session, $"insert into Tag (Id, Name) values ({id}, 'new')");

    protected override void Configure(Configuration configuration)
    {
        base.Configure(configuration);
        configuration.SetProperty("cache.granular.lease", "1");
    }

    [SetUp]
    public void Listen()
    {
        _published.Clear();
        Control.Invalidated += (_, invalidation) => _published.Add(invalidation);
    }

    [Test]
    public void What_is_committed_is_seen_at_once_and_published_once()
    {
        Cache(Title);
        Cache(Tags);
        using (Control.CoalesceInvalidation())
        {
            Commit(session => session.Get<Post>(1).Title = "one");
            Assert.That(Ask(Title), Is.EqualTo(("one", false)));
            Assert.That(Ask(Title), Is.EqualTo(("one", false)), "locked to the end");
            Commit(session => session.Get<Post>(1).Title = "two");
            Assert.That(Ask(Title), Is.EqualTo(("two", false)));
            Commit(session => AddTag(session, 8));
            Assert.That(Ask(Tags), Is.EqualTo((3, false)));
            Assert.That(_published, Is.Empty);
        }
        Assert.That(_published, Has.Count.EqualTo(1));
        Assert.That(_published[0].ToString(), Does.Contain("update of public.post").And.Contain("insert into public.tag"));
        Assert.That((Ask(Title), Ask(Title)), Is.EqualTo((("two", false), ("two", true))));
        Assert.That((Ask(Tags), Ask(Tags)), Is.EqualTo(((3, false), (3, true))));
    }

    [Test]
    public void What_is_read_inside_and_stored_is_not_used_after_the_end()
    {
        Cache(Title);
        using (Control.CoalesceInvalidation())
        {
            Commit(session => session.Get<Post>(1).Title = "one");
            // Read before the next commit, and stored after it.
            using var reader = OpenWith(new UserInterceptor { Prepared = () => Commit(session => Execute(session, "update Post set Title = 'two' where Id = 1")) });
            Title(reader);
        }
        AssertFresh(Title);
        Assert.That(Ask(Title).Result, Is.EqualTo("two"));
    }

    [Test]
    public void Results_that_nothing_has_changed_stay()
    {
        Cache(Tags);
        using (Control.CoalesceInvalidation())
        {
            Commit(session => session.Get<Post>(1).Title = "one");
            Assert.That(Ask(Tags).WasHit, Is.True);
        }
        Assert.That(Ask(Tags).WasHit, Is.True);
    }

    [Test]
    public void Transaction_that_is_rolled_back_drops_nothing()
    {
        Cache(Title);
        using (Control.CoalesceInvalidation())
        {
            using var session = Factory.OpenSession();
            using var transaction = session.BeginTransaction();
            session.Get<Post>(1).Title = "one";
            session.Flush();
            transaction.Rollback();
        }
        Assert.That(Ask(Title), Is.EqualTo(("first", true)));
    }

    [Test]
    public void Nested_ones_are_published_when_the_outermost_ends()
    {
        Cache(Title);
        using (Control.CoalesceInvalidation())
        {
            using (Control.CoalesceInvalidation())
                Commit(session => session.Get<Post>(1).Title = "one");
            Assert.That(_published, Is.Empty);
        }
        Assert.That(_published, Has.Count.EqualTo(1));
        AssertFresh(Title);
    }

    [Test]
    public void Statements_outside_of_transactions_are_published_together_as_well()
    {
        Cache(Title);
        using (Control.CoalesceInvalidation())
        {
            using var session = Factory.OpenSession();
            Execute(session, "update Post set Title = 'one' where Id = 1");
            Assert.That(Ask(Title), Is.EqualTo(("one", false)));
            Execute(session, "update Post set Title = 'two' where Id = 1");
            Assert.That(Ask(Title), Is.EqualTo(("two", false)));
            Assert.That(_published, Is.Empty);
        }
        Assert.That(_published, Has.Count.EqualTo(1));
        AssertFresh(Title);
    }

    [Test]
    public void Transaction_that_outlives_the_end_publishes_for_itself_and_for_those_before_it()
    {
        Cache(Title);
        Cache(Tags);
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        using (Control.CoalesceInvalidation())
        {
            Execute(session, "update Post set Title = 'one' where Id = 1");
            Commit(other => AddTag(other, 8));
        }
        Assert.That(Ask(Tags), Is.EqualTo((3, false)));
        Assert.That(Ask(Title), Is.EqualTo(("first", true)), "not committed");
        transaction.Commit();
        AssertFresh(Title);
        Assert.That(Ask(Title).Result, Is.EqualTo("one"));
        Assert.That((Ask(Tags).Result, Ask(Tags).WasHit), Is.EqualTo((3, true)), "nothing is locked any more");
    }

    [Test]
    public void Transaction_that_outlives_the_end_and_is_rolled_back_publishes_for_those_before_it()
    {
        Cache(Tags);
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            using (Control.CoalesceInvalidation())
            {
                Execute(session, "update Post set Title = 'one' where Id = 1");
                Commit(other => AddTag(other, 8));
            }
            transaction.Rollback();
        }
        Assert.That(_published, Has.Count.EqualTo(1));
        Assert.That((Ask(Tags), Ask(Tags)), Is.EqualTo(((3, false), (3, true))));
    }

    [Test]
    public void End_does_not_unlock_what_is_about_to_be_committed()
    {
        Cache(Title);
        var coalescing = Control.CoalesceInvalidation();
        Commit(session => AddTag(session, 8));
        using (var session = OpenWith(new UserInterceptor { Completed = () => Assert.That(Ask(Title), Is.EqualTo(("one", false)), "committed, and not published") }))
        using (var transaction = session.BeginTransaction())
        {
            session.Get<Post>(1).Title = "one";
            // It has been announced by then.
            transaction.RegisterSynchronization(new Synchronization(before: () =>
            {
                coalescing.Dispose();
                AssertHidden(Title);
            }));
            transaction.Commit();
        }
        AssertFresh(Title);
    }

    [Test]
    public void Lease_that_ends_inside_publishes_what_is_there()
    {
        Cache(Title);
        using (Control.CoalesceInvalidation())
        {
            Commit(session => session.Get<Post>(1).Title = "one");
            Assert.That(Ask(Title), Is.EqualTo(("one", false)));
            Thread.Sleep(s_lease * 1.2);
            AssertFresh(Title);
            Assert.That(Ask(Title), Is.EqualTo(("one", true)));
            Commit(session => session.Get<Post>(1).Title = "two");
            Assert.That(Ask(Title), Is.EqualTo(("two", false)));
        }
        AssertFresh(Title);
    }

    [Test]
    public void Transaction_whose_lease_has_ended_is_announced_in_full_again_although_others_share_its_token()
    {
        Cache(Title);
        using (Control.CoalesceInvalidation())
        {
            using var session = OpenWith(new UserInterceptor { Completed = () => Assert.That(Ask(Title), Is.EqualTo(("one", false)), "committed, and not published") });
            using var transaction = session.BeginTransaction();
            session.Get<Post>(1).Title = "one";
            transaction.RegisterSynchronization(new Synchronization(before: () =>
            {
                Thread.Sleep(s_lease * 1.2);
                // The token begins again, with this one's stamps.
                Commit(other => AddTag(other, 8));
                Ask(Title);
                Assert.That(Ask(Title), Is.EqualTo(("first", true)), "it is not committed, and nothing is locked any more");
                Execute(session, "update Cat set Title = 'more' where Id = 1");
            }));
            transaction.Commit();
        }
        AssertFresh(Title);
    }

    [Test]
    public void Outcome_that_is_not_known_keeps_its_lock_whatever_else_is_published()
    {
        Cache(Title);
        Cache(Tags);
        using (Control.CoalesceInvalidation())
        {
            Commit(session => AddTag(session, 8));
            // Whoever sends such a statement may undo what he likes: that COMMIT succeeds proves nothing any more.
            Commit(session =>
            {
                session.Get<Post>(1).Title = "one";
                session.Flush();
                Execute(session, "commit; begin");
            });
            Assert.That(_published, Has.Count.EqualTo(1), "what was kept has moved with it");
            Commit(session => AddTag(session, 9));
        }
        Assert.That(Ask(Title), Is.EqualTo(("one", false)));
        Assert.That(Ask(Title), Is.EqualTo(("one", false)), "locked to the end of the lease");
        Assert.That(Ask(Tags).Result, Is.EqualTo(4));
        Thread.Sleep(s_lease * 1.2);
        AssertFresh(Title);
        AssertFresh(Tags);
        Assert.That((Ask(Title).WasHit, Ask(Tags).WasHit), Is.EqualTo((true, true)));
    }

    [Test]
    public async Task Work_in_parallel_is_published_together()
    {
        var posts = Enumerable.Range(100, 20).ToArray();
        Commit(session => posts.ToList().ForEach(id => session.Save(new Post { Id = id, Title = "new" })));
        static string TitleOf(ISession session, int id) => session.Query<Post>().Where(post => post.Id == id).Select(post => post.Title).WithOptions(o => o.SetCacheable(true)).Single();
        foreach (var id in posts)
            Cache(session => TitleOf(session, id));
        _published.Clear();
        using (Control.CoalesceInvalidation())
        {
            await Task.WhenAll(posts.Select(id => Task.Run(() =>
            {
                Commit(session => session.Get<Post>(id).Title = "changed");
                using var session = Factory.OpenSession();
                Assert.That(TitleOf(session, id), Is.EqualTo("changed"));
            })));
            Assert.That(_published, Is.Empty);
        }
        Assert.That(_published, Has.Count.EqualTo(1));
        foreach (var id in posts)
            AssertFresh(session => TitleOf(session, id));
    }

    [Test]
    public void So_many_changes_that_tables_move_leave_nothing_stale()
    {
        Cache(Title);
        using (Control.CoalesceInvalidation())
        {
            for (var i = 0; i < 3; i++)
                Commit(session => Execute(session, $"insert into Tag (Id, Name) select g, 'many' from generate_series({(i * 10) + 100}, {(i * 10) + 109}) g"));
            Commit(session => session.Get<Post>(1).Title = "one");
            Assert.That(Ask(Title), Is.EqualTo(("one", false)));
        }
        AssertFresh(Title);
        AssertFresh(Tags);
    }
}
