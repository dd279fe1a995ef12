using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Tool.hbm2ddl;
using Npgsql;

namespace NHibernate.Caches.Granular.Tests.Regions;

/// <summary>Sessions on a user's own connection to another database than the factory's, whose rows have the same keys (I10).</summary>
public sealed class SuppliedConnectionTests : BlogFixture
{
    private string _other = "";

    [OneTimeSetUp]
    public async Task CreateOtherDatabase()
    {
        _other = await TestDatabase.CreateAsync("othersuppliedconnectiontests");
        var configuration = Configure().SetProperty(Cfg.Environment.ConnectionString, _other);
        new SchemaExport(configuration).Create(false, true);
        using var connection = new NpgsqlConnection(_other);
        connection.Open();
        using var command = new NpgsqlCommand("insert into Cat (Id, Title) values (1, 'other'); insert into Tag (Id, Name) values (1, 'other')", connection);
        command.ExecuteNonQuery();
    }

    private static string Look(ISession session, bool nonstrict) => nonstrict ? session.Get<Tag>(1).Name : session.Get<Cat>(1).Title;

    private static string List(ISession session, bool nonstrict) =>
        nonstrict ? session.CreateQuery("from Tag").List<Tag>()[0].Name : session.CreateQuery("from Cat").List<Cat>()[0].Title;

    private T InOther<T>(Func<ISession, T> look)
    {
        using var connection = new NpgsqlConnection(_other);
        connection.Open();
        using var session = Factory.WithOptions().Connection(connection).OpenSession();
        using var transaction = session.BeginTransaction();
        var result = look(session);
        transaction.Commit();
        return result;
    }

    [Test]
    public void Session_on_another_database_does_not_read_the_factory_s_entities([Values] bool nonstrict)
    {
        Commit(session => Look(session, nonstrict));
        Assert.That(InOther(session => Look(session, nonstrict)), Is.EqualTo("other"));
    }

    [Test]
    public void Session_on_another_database_does_not_feed_the_factory_s_entities([Values] bool nonstrict, [Values] bool byQuery)
    {
        InOther(session => byQuery ? List(session, nonstrict) : Look(session, nonstrict));
        Assert.That(Commit(session => Look(session, nonstrict)), Is.Not.EqualTo("other"));
    }

    [Test]
    public void Session_that_shares_such_a_connection_does_not_feed_them_either([Values] bool nonstrict)
    {
        InOther(session =>
        {
            using var child = session.SessionWithOptions().Connection().OpenSession();
            return Look(child, nonstrict);
        });
        Assert.That(Commit(session => Look(session, nonstrict)), Is.Not.EqualTo("other"));
    }

    [Test]
    public void Session_that_looks_at_another_schema_does_not_feed_them([Values] bool nonstrict)
    {
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            session.CreateSQLQuery("create schema another").ExecuteUpdate();
            session.CreateSQLQuery("create table another.Cat as select Id, varchar 'another' as Title from public.Cat").ExecuteUpdate();
            session.CreateSQLQuery("create table another.Tag as select Id, varchar 'another' as Name from public.Tag").ExecuteUpdate();
            transaction.Commit();
        }
        try
        {
            using (var session = Factory.WithOptions().ConnectionReleaseMode(ConnectionReleaseMode.OnClose).OpenSession())
            {
                session.CreateSQLQuery("set search_path to another").ExecuteUpdate();
                Assert.That(Look(session, nonstrict), Is.EqualTo("another"));
            }
            Assert.That(Commit(session => Look(session, nonstrict)), Is.Not.EqualTo("another"));
        }
        finally
        {
            Commit(session => session.CreateSQLQuery("drop schema another cascade").ExecuteUpdate());
        }
    }
}
