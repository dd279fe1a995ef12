using NHibernate.AdoNet;
using NHibernate.Caches.Granular.Tests.Assumptions.Recording;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Linq;

namespace NHibernate.Caches.Granular.Tests.Assumptions;

/// <summary>That every statement passes the batcher, how, and with what: the ground of the witness.</summary>
public sealed class BatcherTests : AssumptionFixture
{
    private static readonly string[] s_ways = ["AddToBatch", "ExecuteNonQuery", "ExecuteReader INSERT", "ExecuteReader UPDATE", "ExecuteReader DELETE"];

    private static readonly TestCaseData[] s_changes =
    [
        Change("Insert", session => session.Save(new Cat { Id = 9 }), "AddToBatch INSERT Cat"),
        Change("Update", session => session.Get<Cat>(1).Title = "changed", "AddToBatch UPDATE Cat"),
        Change("Versioned update", session => session.Get<Comment>(1).Text = "changed", "ExecuteNonQuery UPDATE Comment"),
        Change("Delete", session => session.Delete(session.Get<Cat>(2)), "AddToBatch DELETE Cat"),
        Change("Link row added", session => session.Get<Post>(2).Tags.Add(session.Load<Tag>(1)), "AddToBatch INSERT PostTag"),
        Change("Link row removed", session => session.Get<Post>(1).Tags.Clear(), "ExecuteNonQuery DELETE PostTag"),
        Change("One-shot delete of a collection", session => DeletePost(session), "ExecuteNonQuery DELETE Comment", "ExecuteNonQuery DELETE PostTag", "AddToBatch DELETE Post"),
        Change("Identity insert", session => session.Save(new Note { Text = "n" }), "ExecuteReader INSERT Note"),
        Change("Bulk HQL update", session => session.CreateQuery("update Cat set Title = 'x' where Id = 1").ExecuteUpdate(), "ExecuteNonQuery UPDATE Cat"),
        Change("Bulk HQL delete", session => session.CreateQuery("delete from Cat where Id = 2").ExecuteUpdate(), "ExecuteNonQuery DELETE Cat"),
        Change("Bulk HQL insert", session => session.CreateQuery("insert into Tag (Id, Name) select c.Id + 100, c.Title from Cat c").ExecuteUpdate(), "ExecuteNonQuery INSERT Tag"),
        Change("LINQ update", session => session.Query<Cat>().Where(cat => cat.Id == 1).Update(cat => new Cat { Title = "y" }), "ExecuteNonQuery UPDATE Cat"),
        Change("LINQ delete", session => session.Query<Cat>().Where(cat => cat.Id == 2).Delete(), "ExecuteNonQuery DELETE Cat"),
        Change("Native SQL", session => session.CreateSQLQuery("update Cat set title = 'z'").ExecuteUpdate(), "ExecuteNonQuery UPDATE Cat"),
        Change("Native SQL as a query", session => session.CreateSQLQuery("update Cat set title = 'z' returning id").List(), "ExecuteReader UPDATE Cat"),
    ];

    [TestCaseSource(nameof(s_changes))]
    public void Change_passes_the_batcher(Action<ISession> change, string[] expected)
    {
        Commit(change);
        Assert.That(Journal.Of(s_ways), Is.EqualTo(expected));
    }

    [TestCaseSource(nameof(s_changes))]
    public async Task Change_passes_the_batcher_also_asynchronously(Action<ISession> change, string[] expected)
    {
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        change(session);
        await session.FlushAsync();
        await transaction.CommitAsync();
        Assert.That(Journal.Of(s_ways), Is.EqualTo(expected));
    }

    [Test]
    public void Stateless_session_passes_the_batcher()
    {
        using var session = Factory.OpenStatelessSession();
        using var transaction = session.BeginTransaction();
        session.Insert(new Cat { Id = 9 });
        session.Insert(new Note { Text = "n" });
        var cat = session.Get<Cat>(1);
        session.Update(cat);
        session.Delete(session.Get<Cat>(2));
        session.CreateSQLQuery("update Cat set title = 'z'").ExecuteUpdate();
        transaction.Commit();
        Assert.That(Journal.Of(s_ways), Is.EqualTo(new[] { "AddToBatch INSERT Cat", "ExecuteReader INSERT Note", "AddToBatch UPDATE Cat", "AddToBatch DELETE Cat", "ExecuteNonQuery UPDATE Cat" }));
    }

    [Test]
    public void Batched_command_has_its_values_when_it_is_added()
    {
        Commit(session => session.Get<Cat>(1).Title = "changed");
        Assert.That(Journal.All<Statement>().Last().Values, Is.EqualTo(new object[] { "changed", 1 }));
    }

    [Test]
    public void Same_statement_again_is_added_with_the_same_command_and_other_values()
    {
        Commit(session =>
        {
            session.Get<Cat>(1).Title = "one";
            session.Get<Cat>(2).Title = "two";
        });
        Assert.That(Journal.All<Statement>().Where(statement => statement.Way == "AddToBatch").Select(statement => statement.Values), Is.EqualTo(new[] { new object[] { "one", 1 }, ["two", 2] }));
    }

    [Test]
    public void Preparing_another_command_executes_the_gathered_batch()
    {
        using var session = Factory.OpenStatelessSession();
        session.Insert(new Cat { Id = 9, Title = "nine" });
        Assert.That(CatsInDatabase(), Is.EqualTo(2));
        session.CreateSQLQuery("update Tag set name = 'q'").ExecuteUpdate();
        Assert.That(CatsInDatabase(), Is.EqualTo(3));
    }

    [Test]
    public void Preparing_another_batch_command_executes_the_gathered_batch()
    {
        using var session = Factory.OpenStatelessSession();
        session.Insert(new Cat { Id = 9, Title = "nine" });
        session.Insert(new Tag { Id = 9, Name = "nine" });
        Assert.That(CatsInDatabase(), Is.EqualTo(3));
        session.GetSessionImplementation().Flush();
    }

    [Test]
    public void Query_of_a_stateless_session_executes_the_gathered_batch_first()
    {
        using var session = Factory.OpenStatelessSession();
        session.Insert(new Cat { Id = 9, Title = "nine" });
        session.CreateCriteria<Tag>().List();
        Assert.That(Journal.Of("execute batch", "ExecuteReader"), Is.EqualTo(new[] { "execute batch", "ExecuteReader SELECT Tag" }));
        Assert.That(CatsInDatabase(), Is.EqualTo(3));
    }

    [Test]
    public void Full_batch_is_executed_inside_AddToBatch()
    {
        using var session = Factory.OpenStatelessSession();
        for (var i = 0; i < 10; i++)
            session.Insert(new Cat { Id = 100 + i });
        Assert.That(CatsInDatabase(), Is.EqualTo(12));
    }

    [Test]
    public void Reader_of_an_identity_insert_is_closed_through_the_batcher_or_its_command_is()
    {
        Commit(session => session.Save(new Note { Text = "n" }));
        Assert.That(Journal.Of("ExecuteReader INSERT", "close reader"), Has.Length.GreaterThanOrEqualTo(1));
    }

    [Test]
    public void Batcher_is_created_when_a_session_is_opened_with_its_connection_manager()
    {
        using var session = Factory.OpenSession();
        Assert.That(Journal.All<ConnectionManager>(), Is.EqualTo(new[] { session.GetSessionImplementation().ConnectionManager }));
        Assert.That(session.GetSessionImplementation().ConnectionManager.Batcher, Is.InstanceOf<RecordingBatcher>());
    }

    [Test]
    public void Stateless_session_creates_and_disposes_a_batcher()
    {
        Factory.OpenStatelessSession().Dispose();
        Assert.That(Journal.Of("batcher"), Is.EqualTo(new[] { "batcher created", "batcher disposed" }));
    }

    [Test]
    public void Dependent_session_shares_connection_manager_and_batcher()
    {
        using var session = Factory.OpenSession();
        using var dependent = session.SessionWithOptions().Connection().OpenSession();
        Assert.That(dependent.GetSessionImplementation().ConnectionManager, Is.SameAs(session.GetSessionImplementation().ConnectionManager));
        Assert.That(Journal.Of("batcher created"), Has.Length.EqualTo(1));
    }

    [Test]
    public void Batcher_lives_through_disconnect_and_reconnect()
    {
        using var session = Factory.OpenSession();
        var batcher = session.GetSessionImplementation().ConnectionManager.Batcher;
        session.Disconnect();
        session.Reconnect();
        session.Get<Cat>(1);
        Assert.That(session.GetSessionImplementation().ConnectionManager.Batcher, Is.SameAs(batcher));
    }

    private long CatsInDatabase()
    {
        using var connection = new Npgsql.NpgsqlConnection(ConnectionString);
        connection.Open();
        using var command = new Npgsql.NpgsqlCommand("select count(*) from Cat", connection);
        return (long)command.ExecuteScalar()!;
    }

    private static void DeletePost(ISession session)
    {
        session.CreateSQLQuery("delete from Comment").ExecuteUpdate();
        session.Delete(session.Get<Post>(1));
    }

    private static TestCaseData Change(string name, Action<ISession> change, params string[] expected) => new TestCaseData(change, expected).SetArgDisplayNames(name);
}
