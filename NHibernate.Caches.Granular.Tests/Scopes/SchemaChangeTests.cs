using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Linq;

namespace NHibernate.Caches.Granular.Tests.Scopes;

/// <summary>The catalog is read again when the schema changes.</summary>
public sealed class SchemaChangeTests : BlogFixture
{
    private static int Count(ISession session) => session.Query<Post>().WithOptions(o => o.SetCacheable(true)).Count();

    [Test]
    public void Trigger_created_through_a_session_is_known_to_the_next_change()
    {
        static string Titles(ISession session) => string.Join(",", session.Query<Cat>().OrderBy(cat => cat.Id).Select(cat => cat.Title).WithOptions(o => o.SetCacheable(true)).ToList());
        Assert.That(Ask(Titles).Result, Is.EqualTo("A,B"));
        Commit(session =>
        {
            session.CreateSQLQuery("create function touch() returns trigger language plpgsql as 'begin update Cat set Title = ''touched'' where Id = 1; return new; end'").ExecuteUpdate();
            session.CreateSQLQuery("create trigger touch after insert on Tag for each row execute function touch()").ExecuteUpdate();
        });
        try
        {
            Ask(Titles);
            Assert.That(Ask(Titles), Is.EqualTo(("A,B", true)));
            Commit(session => session.Save(new Tag { Id = 9, Name = "z" }));
            Assert.That(Ask(Titles).Result, Is.EqualTo("touched,B"));
        }
        finally
        {
            Commit(session => session.CreateSQLQuery("drop trigger touch on Tag; drop function touch()").ExecuteUpdate());
        }
    }

    [Test]
    public void Data_definition_forgets_what_was_cached()
    {
        Ask(Count);
        Commit(session => session.CreateSQLQuery("create table Extra (Id int)").ExecuteUpdate());
        Assert.That(Ask(Count), Is.EqualTo((3, false)));
        Assert.That(Ask(Count), Is.EqualTo((3, true)));
        Commit(session => session.CreateSQLQuery("drop table Extra").ExecuteUpdate());
    }

    [Test]
    public void Table_created_elsewhere_becomes_known()
    {
        static long Rows(ISession session) => session.CreateSQLQuery("select count(*) as n from Elsewhere").AddScalar("n", NHibernateUtil.Int64).SetCacheable(true).UniqueResult<long>();
        Ask(Count);
        Assert.That(Ask(Count), Is.EqualTo((3, true)));
        using (var connection = new Npgsql.NpgsqlConnection(ConnectionString))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "create table Elsewhere (Id int)";
            command.ExecuteNonQuery();
        }
        Assert.That(() => Ask(Rows).Result == 0 && Ask(ExplainRows).Result, Is.True.After(5_000, 200));
        // It was bound by the catalog as it was.
        Assert.That(Ask(Count), Is.EqualTo((3, false)));
        Commit(session => session.CreateSQLQuery("drop table Elsewhere").ExecuteUpdate());
    }

    private static bool ExplainRows(ISession session) =>
        session.ExplainCache(session.CreateSQLQuery("select count(*) as n from Elsewhere").AddScalar("n", NHibernateUtil.Int64)).Tables.Contains("public.elsewhere");
}
