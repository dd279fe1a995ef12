using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Tests.Blog;
using Npgsql;

namespace NHibernate.Caches.Granular.Tests.Regions;

/// <summary>Sessions that may see what others must not: their puts into regions whose strategy does not say whose a put is.</summary>
public sealed class DistrustedSessionTests : BlogFixture
{
    private static string Name(ISession session) => session.Get<Tag>(1).Name;

    private static string ListedName(ISession session) => session.CreateQuery("from Tag t where t.Id = 1").UniqueResult<Tag>().Name;

    [Test]
    public void Uncommitted_rows_of_a_users_own_transaction_are_not_put([Values] bool byQuery)
    {
        using (var connection = new NpgsqlConnection(ConnectionString))
        {
            connection.Open();
            using var transaction = connection.BeginTransaction();
            using (var command = new NpgsqlCommand("update Tag set Name = 'never' where Id = 1", connection, transaction))
                command.ExecuteNonQuery();
            using var session = Factory.WithOptions().Connection(connection).OpenSession();
            Assert.That(byQuery ? ListedName(session) : Name(session), Is.EqualTo("never"));
            transaction.Rollback();
        }
        Assert.That(Commit(Name), Is.EqualTo("x"));
    }

    [Test]
    public void Snapshot_of_a_users_own_transaction_that_is_older_than_the_session_is_not_put([Values] bool byQuery)
    {
        using (var connection = new NpgsqlConnection(ConnectionString))
        {
            connection.Open();
            using var transaction = connection.BeginTransaction(System.Data.IsolationLevel.RepeatableRead);
            using (var command = new NpgsqlCommand("select 1 from Cat", connection, transaction))
                command.ExecuteNonQuery();
            Commit(session => session.CreateQuery("update Tag set Name = 'newer' where Id = 1").ExecuteUpdate());
            using var session = Factory.WithOptions().Connection(connection).OpenSession();
            Assert.That(byQuery ? ListedName(session) : Name(session), Is.EqualTo("x"));
        }
        Assert.That(Commit(Name), Is.EqualTo("newer"));
    }

    [Test]
    public void Puts_of_unknown_origin_are_possible_again_when_the_distrusted_session_is_closed()
    {
        var sessions = new OpenSessions();
        var trusted = sessions.Opened(new Session(), 1, () => new Sequence(5));
        var distrusted = sessions.Opened(new Session(), 2, () => new Sequence(6));
        sessions.Distrust(distrusted);
        sessions.Distrust(distrusted);
        Assert.That(sessions.Oldest, Is.Null);
        sessions.Closed(distrusted);
        Assert.That(sessions.Oldest, Is.EqualTo(new Sequence(5)));
        sessions.Closed(trusted);
        Assert.That(sessions.Oldest, Is.Null);
    }

    private sealed class Session : IOpenSession
    {
        public Sequence OpenedAt => default;

        public bool MayPut => false;

        public bool Withholds(string name) => false;
    }
}
