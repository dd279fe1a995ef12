using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Cfg;
using NHibernate.Linq;
using Npgsql;

namespace NHibernate.Caches.Granular.Tests.Consistency;

/// <summary>
/// Where "never stale" ends, and how long what is beyond it lasts. Each test shows the stale answer first: a limit that no longer
/// exists should leave the page.
/// </summary>
public sealed class LimitTests : BlogFixture
{
    private static readonly TimeSpan s_lease = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan s_brief = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_catalogAge = TimeSpan.FromSeconds(2);

    private static int Count(ISession session) => session.Query<Post>().WithOptions(o => o.SetCacheable(true)).Count();

    private static int BriefCount(ISession session) => session.Query<Post>().WithOptions(o => o.SetCacheable(true).SetCacheRegion("brief")).Count();

    private static string Titles(ISession session) =>
        string.Join(", ", session.Query<Post>().OrderBy(post => post.Id).Select(post => post.Title).WithOptions(o => o.SetCacheable(true)));

    protected override void Configure(Configuration configuration) => configuration.UseGranularCache(options =>
    {
        options.Lease = s_lease;
        options.MaxTimeToLive = s_catalogAge;
        options.Profiles.For<Cat>(profile => profile.WriteThrough = true);
        options.Regions["brief"] = new RegionOptions { Expiration = s_brief };
    });

    [TearDown]
    public void RemoveWhatOthersDefined() => Elsewhere("drop trigger if exists shout on Cat; drop function if exists shout(); drop schema if exists other cascade");

    [Test]
    public void Change_by_another_program_is_not_noticed_until_everything_is_invalidated()
    {
        Ask(Count);
        Elsewhere("insert into Post (Id, Title, Visible, Price) values (10, 'ten', true, 1)");
        Assert.That(Ask(Count), Is.EqualTo((3, true)));

        Factory.GranularCache().InvalidateAll();

        Assert.That(Ask(Count), Is.EqualTo((4, false)));
    }

    [Test]
    public void Change_by_another_program_is_noticed_when_the_result_expires()
    {
        Ask(BriefCount);
        Elsewhere("insert into Post (Id, Title, Visible, Price) values (10, 'ten', true, 1)");
        Assert.That(Ask(BriefCount), Is.EqualTo((3, true)));

        Thread.Sleep(s_brief * 1.1);

        Assert.That(Ask(BriefCount), Is.EqualTo((4, false)));
    }

    [Test]
    public void Session_that_loaded_a_row_before_an_unseen_change_is_believed_what_it_loaded([Values] bool isSuspended)
    {
        static IList<string> Titles(ISession session) => session.CreateQuery("select Title from Post where Cat.Id = 2 and Id = 1").SetCacheable(true).List<string>();
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        var post = session.Get<Post>(1);
        if (isSuspended)
        {
            using (Factory.GranularCache().SuspendInvalidation())
                Commit(other => other.CreateQuery("update Post set Cat.Id = 2 where Id = 1").ExecuteUpdate());
        }
        else
        {
            Elsewhere("update Post set cat_id = 2 where Id = 1");
        }
        Assert.That(Commit(Titles), Is.EqualTo(new[] { "first" }));

        // Of category 1, as far as the session knows; its UPDATE puts it back there.
        post.Title = "changed";
        transaction.Commit();

        Assert.That(Commit(Titles), Is.EqualTo(new[] { "first" }));
        Factory.GranularCache().InvalidateAll();
        Assert.That(Commit(Titles), Is.Empty);
    }

    [Test]
    public void Command_of_the_session_s_connection_is_not_noticed()
    {
        Ask(Count);
        Commit(session =>
        {
            using var command = session.Connection.CreateCommand();
            session.GetCurrentTransaction().Enlist(command);
            command.CommandText = "insert into Post (Id, Title, Visible, Price) values (10, 'ten', true, 1)";
            command.ExecuteNonQuery();
        });

        Assert.That(Ask(Count), Is.EqualTo((3, true)));
    }

    [Test]
    public void Savepoint_of_a_command_of_the_session_s_connection_is_not_noticed()
    {
        Commit(session =>
        {
            void Execute(string text)
            {
                using var command = session.Connection.CreateCommand();
                session.GetCurrentTransaction().Enlist(command);
#pragma warning disable CA2100 // No user's text.
                command.CommandText = text;
#pragma warning restore CA2100
                command.ExecuteNonQuery();
            }

            Execute("savepoint before");
            session.Get<Cat>(1).Title = "undone";
            session.Flush();
            Execute("rollback to savepoint before");
        });
        Assert.That(Commit(session => session.Get<Cat>(1).Title), Is.EqualTo("undone"));

        Factory.GranularCache().Invalidate<Cat>();

        Assert.That(Commit(session => session.Get<Cat>(1).Title), Is.EqualTo("A"));
    }

    [Test]
    public void Settings_made_by_a_command_of_the_session_s_connection_are_not_noticed()
    {
        Elsewhere("create schema other; create table other.Post as select * from Post where false");
        Ask(Count);
        var count = Commit(session =>
        {
            using var command = session.Connection.CreateCommand();
            session.GetCurrentTransaction().Enlist(command);
            command.CommandText = "set local search_path = other";
            command.ExecuteNonQuery();
            return Count(session);
        });

        Assert.That(count, Is.EqualTo(3), "the table that the session now looks at is empty");
    }

    [Test]
    public void Commit_of_the_user_s_own_transaction_is_missed_after_the_lease()
    {
        using var connection = new NpgsqlConnection(ConnectionString);
        connection.Open();
        using (var theirs = connection.BeginTransaction())
        {
            using (var session = Factory.WithOptions().Connection(connection).OpenSession())
            {
                session.Save(new Post { Id = 10, Title = "ten" });
                session.Flush();
            }
            Thread.Sleep(s_lease * 1.2);
            Ask(Count);
            Assert.That(Ask(Count), Is.EqualTo((3, true)), "the lease has ended, the transaction has not");
            theirs.Commit();
        }

        Assert.That(Ask(Count), Is.EqualTo((3, true)));
    }

    [Test]
    public void Trigger_made_by_another_program_is_unknown_until_the_catalog_is_read_again()
    {
        Ask(Titles);
        Elsewhere("""
            create function shout() returns trigger language plpgsql as $$ begin update Post set Title = upper(Title); return null; end $$;
            create trigger shout after update on Cat for each row execute function shout()
            """);
        Commit(session => session.CreateSQLQuery("update Cat set Title = 'x' where Id = 1").ExecuteUpdate());
        Assert.That(Ask(Titles), Is.EqualTo(("first, second, third", true)));

        Thread.Sleep(s_catalogAge * 1.1);
        Assert.That(Ask(Titles).Result, Is.EqualTo("FIRST, SECOND, THIRD"));
        Elsewhere("update Post set Title = lower(Title)");
        Factory.GranularCache().InvalidateAll();
        Ask(Titles);
        Commit(session => session.CreateSQLQuery("update Cat set Title = 'y' where Id = 1").ExecuteUpdate());

        Assert.That(Ask(Titles), Is.EqualTo(("FIRST, SECOND, THIRD", false)));
    }

    [Test]
    public void Result_that_changes_before_every_reading_is_never_a_hit()
    {
        for (var i = 0; i < 5; i++)
        {
            Commit(session => session.CreateSQLQuery("update Post set Score = Score + 1 where Id = 1").ExecuteUpdate());
            Assert.That(Ask(session => session.CreateQuery("select p.Score from Post p where p.Id = 1").SetCacheable(true).UniqueResult<int>()), Is.EqualTo((6 + i, false)));
        }
    }

    /// <summary>As another program would.</summary>
    private void Elsewhere(string sql)
    {
        using var connection = new NpgsqlConnection(ConnectionString);
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }
}
