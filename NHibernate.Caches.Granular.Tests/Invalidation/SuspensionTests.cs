using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Linq;
using Npgsql;

namespace NHibernate.Caches.Granular.Tests.Invalidation;

/// <summary>
/// Changes under a suspension are told to nobody, and that is all: they are seen by nobody before their commit, and nothing of them is
/// cached when they are rolled back.
/// </summary>
public sealed class SuspensionTests : PlayFixture
{
    protected override bool NeedsFactoryPerTest => true;

    private GranularCache Control => Factory.GranularCache();

    private static string Title(ISession session) => session.Query<Post>().Where(post => post.Id == 1).Select(post => post.Title).WithOptions(o => o.SetCacheable(true)).Single();

    private static int Tags(ISession session) => session.Query<Tag>().WithOptions(o => o.SetCacheable(true)).Count();

    protected override void CreateMore()
    {
        using var connection = new NpgsqlConnection(ConnectionString);
        connection.Open();
        using var command = new NpgsqlCommand("create function change_title() returns int language sql as $$ update Post set Title = 'changed' where Id = 1; select 1 $$", connection);
        command.ExecuteNonQuery();
    }

    private static void Change(ISession session) => Execute(session, "update Post set Title = 'changed' where Id = 1");

    [Test]
    public void What_is_changed_before_and_after_in_the_same_transaction_is_told()
    {
        Cache(Title);
        Cache(Tags);
        Commit(session =>
        {
            using (Control.SuspendInvalidation())
                Change(session);
            Execute(session, "insert into Tag (Id, Name) values (9, 'z')");
        });
        Assert.That(Ask(Title), Is.EqualTo(("first", true)));
        Assert.That(Ask(Tags), Is.EqualTo((3, false)));
    }

    [Test]
    public void Session_that_changed_something_sees_its_change_and_caches_nothing_of_it()
    {
        Cache(Title);
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            using (Control.SuspendInvalidation())
                Change(session);
            Assert.That(Title(session), Is.EqualTo("changed"));
            transaction.Rollback();
        }
        Control.InvalidateAll();
        Assert.That(Ask(Title), Is.EqualTo(("first", false)));
    }

    [Test]
    public void Session_that_may_have_changed_anything_caches_nothing_of_what_it_sees()
    {
        Cache(Title);
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            using (Control.SuspendInvalidation())
                session.CreateSQLQuery("select change_title() as changed").List();
            Assert.That(Title(session), Is.EqualTo("changed"));
            transaction.Rollback();
        }
        Assert.That(Ask(Title), Is.EqualTo(("first", true)), "and nobody is told");
    }

    [Test]
    public void What_is_flushed_after_the_end_is_told()
    {
        Cache(Title);
        Commit(session =>
        {
            using (Control.SuspendInvalidation())
                session.Get<Post>(1).Title = "changed";
        });
        Assert.That(Ask(Title), Is.EqualTo(("changed", false)));
    }

    [Test]
    public void Statement_outside_a_transaction_is_suspended()
    {
        Cache(Title);
        using (var session = Factory.OpenSession())
        using (Control.SuspendInvalidation())
            Change(session);
        Assert.That(Ask(Title), Is.EqualTo(("first", true)));
    }

    [Test]
    public async Task It_flows_with_await_and_to_nobody_else()
    {
        Cache(Title);
        Cache(Tags);
        var (begun, isSuspended) = (new TaskCompletionSource(), new TaskCompletionSource());
        var other = Task.Run(async () =>
        {
            begun.SetResult();
            await isSuspended.Task;
            Commit(session => Execute(session, "insert into Tag (Id, Name) values (9, 'z')"));
        });
        await begun.Task;
        using (Control.SuspendInvalidation())
        {
            isSuspended.SetResult();
            await other;
            await ChangeAsync();
        }
        Assert.That(Ask(Title), Is.EqualTo(("first", true)), "suspended in what is awaited");
        Assert.That(Ask(Tags), Is.EqualTo((3, false)), "told where others work");

        async Task ChangeAsync()
        {
            await Task.Yield();
            using var session = Factory.OpenSession();
            using var transaction = session.BeginTransaction();
            await session.CreateSQLQuery("update Post set Title = 'changed' where Id = 1").ExecuteUpdateAsync();
            await transaction.CommitAsync();
        }
    }

    [Test]
    public async Task Work_that_was_begun_inside_and_goes_on_after_the_end_is_told()
    {
        Cache(Title);
        var isOver = new TaskCompletionSource();
        Task later;
        using (Control.SuspendInvalidation())
        {
            later = Task.Run(async () =>
            {
                await isOver.Task;
                Commit(Change);
            });
        }
        isOver.SetResult();
        await later;
        Assert.That(Ask(Title), Is.EqualTo(("changed", false)));
    }

    [Test]
    public void Explicit_invalidation_is_not_suspended()
    {
        Cache(Title);
        using (Control.SuspendInvalidation())
            Control.InvalidateWhere<Post>(post => post.Id == 1);
        Assert.That(Ask(Title).WasHit, Is.False);
    }

    [Test]
    public void Changed_schema_is_read_again_all_the_same()
    {
        Commit(session =>
        {
            using (Control.SuspendInvalidation())
                Execute(session, "create table if not exists Fresh (Id int primary key, N int); truncate Fresh");
        });
        static IList<int> Fresh(ISession session) => session.CreateSQLQuery("select n from Fresh where id = 1").AddScalar("n", NHibernateUtil.Int32).SetCacheable(true).List<int>();
        Cache(Fresh);
        Commit(session => Execute(session, "insert into Fresh (Id, N) values (1, 7)"));
        Assert.That(Ask(Fresh).Result, Is.EqualTo(new[] { 7 }));
    }

    [Test]
    public void It_is_logged_once_with_the_number_of_changes()
    {
        using var log = new RecordedLog();
        using (Control.SuspendInvalidation())
        {
            using (Control.SuspendInvalidation())
                Commit(Change);
            Commit(Change);
        }
        Assert.That(log.Messages.Where(message => message.StartsWith("GC112", StringComparison.Ordinal)), Is.EqualTo(log.Messages.Where(message => message.Contains(" 2 changes ", StringComparison.Ordinal))).And.Exactly(1).Items);
    }

    [Test]
    public void Nothing_is_logged_when_nothing_was_changed()
    {
        using var log = new RecordedLog();
        using (Control.SuspendInvalidation())
            Commit(Title);
        Assert.That(log.Messages, Is.Empty);
    }
}
