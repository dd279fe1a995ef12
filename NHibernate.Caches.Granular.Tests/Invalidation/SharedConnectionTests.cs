using System.Data;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Linq;
using Npgsql;

namespace NHibernate.Caches.Granular.Tests.Invalidation;

/// <summary>Sessions that share a connection, that were given one, or that keep out of an ambient transaction.</summary>
public sealed class SharedConnectionTests : BlogFixture
{
    private string _otherDatabase = "";

    private static int Count(ISession session) => session.Query<Post>().WithOptions(o => o.SetCacheable(true)).Count();

    private static string CatTitle(ISession session) => session.Get<Cat>(1).Title;

    private static string TagName(ISession session) => session.Get<Tag>(1).Name;

    [OneTimeSetUp]
    public async Task CreateOtherDatabase()
    {
        _otherDatabase = await TestDatabase.CreateAsync("sharedconnectiontests_other");
        await using var connection = new NpgsqlConnection(_otherDatabase);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            """
            create table Cat (id int primary key, title text);
            create table Tag (id int primary key, name text);
            insert into Cat values (1, 'other');
            insert into Tag values (1, 'other');
            """, connection);
        await command.ExecuteNonQueryAsync();
    }

    [Test]
    public void Session_on_another_database_does_not_read_the_factory_s_regions()
    {
        Fill();
        Assert.That(InOtherDatabase(CatTitle), Is.EqualTo("other"));
        Assert.That(InOtherDatabase(TagName), Is.EqualTo("other"));
    }

    [Test]
    public void Session_on_another_database_does_not_feed_the_factory_s_regions()
    {
        Commit(Count);
        InOtherDatabase(CatTitle);
        InOtherDatabase(TagName);
        Assert.That(Commit(CatTitle), Is.EqualTo("A"));
        Assert.That(Commit(TagName), Is.EqualTo("x"));
    }

    [Test]
    public void Session_reconnected_to_another_database_gets_that_database_s_answers()
    {
        static List<string> Titles(ISession session) => [.. session.Query<Cat>().Where(cat => cat.Id == 1).Select(cat => cat.Title).WithOptions(o => o.SetCacheable(true)).ToList()];
        Ask(Titles);
        using var connection = new NpgsqlConnection(_otherDatabase);
        connection.Open();
        using var session = Factory.OpenSession();
        Assert.That(Titles(session), Is.EqualTo(new[] { "A" }));
        session.Disconnect();
        session.Reconnect(connection);
        using (var transaction = session.BeginTransaction())
        {
            Assert.That(Titles(session), Is.EqualTo(new[] { "other" }));
            transaction.Commit();
        }
        session.Disconnect();
    }

    [Test]
    public void Session_that_shares_a_snapshot_does_not_cache_what_the_snapshot_shows()
    {
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction(IsolationLevel.RepeatableRead))
        {
            Count(session);
            Commit(other => other.Get<Cat>(1).Title = "changed");
            Factory.EvictEntity(typeof(Cat).FullName);
            using var child = session.SessionWithOptions().Connection().OpenSession();
            Assert.That(CatTitle(child), Is.EqualTo("A"), "what the snapshot shows");
            transaction.Commit();
        }
        Assert.That(Commit(CatTitle), Is.EqualTo("changed"));
    }

    private void Fill()
    {
        Commit(Count);
        for (var i = 0; i < 2; i++)
        {
            Commit(CatTitle);
            Commit(TagName);
        }
    }

    private T InOtherDatabase<T>(Func<ISession, T> work)
    {
        using var connection = new NpgsqlConnection(_otherDatabase);
        connection.Open();
        using var session = Factory.WithOptions().Connection(connection).OpenSession();
        using var transaction = session.BeginTransaction();
        var result = work(session);
        transaction.Commit();
        return result;
    }
}
