using NHibernate.Caches.Granular.Tests.Blog;

namespace NHibernate.Caches.Granular.Tests.Regions;

/// <summary>Entities and collections, as NHibernate's strategies use the regions.</summary>
public sealed class CacheRegionTests : BlogFixture
{
    private long Statements => Statistics.PrepareStatementCount;

    private (T Result, long Sql) Look<T>(Func<ISession, T> look)
    {
        var before = Statements;
        var result = Commit(look);
        return (result, Statements - before);
    }

    [Test]
    public void Second_get_of_an_entity_needs_no_statement([Values] bool nonstrict)
    {
        object Get(ISession session) => nonstrict ? session.Get<Tag>(1).Name : session.Get<Post>(1).Title;
        Assert.That(Look(Get).Sql, Is.EqualTo(1));
        Assert.That(Look(Get).Sql, Is.Zero);
    }

    [Test]
    public void Second_look_at_a_collection_needs_no_statement()
    {
        static int Tags(ISession session) => session.Get<Post>(1).Tags.Count;
        Look(Tags);
        Assert.That(Look(Tags), Is.EqualTo((1, 0L)));
    }

    [Test]
    public void What_a_transaction_has_deleted_it_can_save_anew([Values] bool isNative)
    {
        Commit(session => session.Save(new Tag { Id = 50, Name = "first" }));
        Commit(session => session.Get<Tag>(50).Name);
        Commit(session =>
        {
            Assert.That(isNative ? session.CreateSQLQuery("delete from Tag where Id = 50").ExecuteUpdate() : session.CreateQuery("delete Tag where Id = 50").ExecuteUpdate(), Is.EqualTo(1));
            // NHibernate looks in the region whether it is new.
            session.SaveOrUpdate(new Tag { Id = 50, Name = "anew" });
        });
        Assert.That(Commit(session => session.Get<Tag>(50).Name), Is.EqualTo("anew"));
    }

    [Test]
    public void What_a_transaction_is_about_to_change_others_read_from_the_region_until_it_commits()
    {
        static string Title(ISession session) => session.Get<Post>(1).Title;
        Look(Title);
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        session.CreateQuery("update Post set Title = 'changed'").ExecuteUpdate();
        Assert.That(Look(Title), Is.EqualTo(("first", 0L)));
        transaction.Commit();
        Assert.That(Look(Title), Is.EqualTo(("changed", 1L)));
    }

    [Test]
    public void Changed_entity_is_read_again()
    {
        static string Title(ISession session) => session.Get<Post>(1).Title;
        Look(Title);
        Commit(session => session.Get<Post>(1).Title = "changed");
        Assert.That(Look(Title).Result, Is.EqualTo("changed"));
        Assert.That(Look(Title), Is.EqualTo(("changed", 0L)));
    }

    [Test]
    public void Entity_changed_by_native_sql_is_read_again()
    {
        static string Title(ISession session) => session.Get<Post>(1).Title;
        Look(Title);
        Commit(session => session.CreateSQLQuery("update Post set Title = 'native' where Id = 1").ExecuteUpdate());
        Assert.That(Look(Title).Result, Is.EqualTo("native"));
    }

    [Test]
    public void Entity_changed_by_bulk_hql_is_read_again()
    {
        static string Name(ISession session) => session.Get<Tag>(1).Name;
        Look(Name);
        Commit(session => session.CreateQuery("update Tag set Name = 'bulk'").ExecuteUpdate());
        Assert.That(Look(Name).Result, Is.EqualTo("bulk"));
    }

    [Test]
    public void Inverse_collection_follows_its_children()
    {
        static int Posts(ISession session) => session.Get<Cat>(1).Posts.Count;
        Look(Posts);
        Assert.That(Look(Posts), Is.EqualTo((2, 0L)));
        // Only the child's side is touched: NHibernate itself evicts nothing.
        Commit(session => session.Get<Post>(2).Cat = session.Load<Cat>(1));
        Assert.That(Look(Posts).Result, Is.EqualTo(3));
    }

    [Test]
    public void Collection_follows_its_link_table()
    {
        static int Tags(ISession session) => session.Get<Post>(1).Tags.Count;
        Look(Tags);
        Commit(session => session.Get<Post>(1).Tags.Add(session.Load<Tag>(2)));
        Assert.That(Look(Tags).Result, Is.EqualTo(2));
    }

    [Test]
    public void Rolled_back_update_is_not_seen()
    {
        static string Title(ISession session) => session.Get<Post>(1).Title;
        Look(Title);
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            session.Get<Post>(1).Title = "never";
            session.Flush();
            transaction.Rollback();
        }
        Assert.That(Look(Title).Result, Is.EqualTo("first"));
    }

    [Test]
    public void Rolled_back_insert_is_not_seen()
    {
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            session.Save(new Post { Id = 77, Title = "never" });
            session.Flush();
            session.Clear();
            Assert.That(session.Get<Post>(77), Is.Not.Null, "its own row");
            transaction.Rollback();
        }
        Assert.That(Commit(session => session.Get<Post>(77)), Is.Null);
    }

    [Test]
    public void Transaction_reads_its_own_uncommitted_row_again_from_the_database([Values] bool nonstrict)
    {
        object Get(ISession session) => nonstrict ? session.Get<Tag>(1).Name : session.Get<Post>(1).Title;
        Look(Get);
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        session.CreateQuery(nonstrict ? "update Tag set Name = 'mine' where Id = 1" : "update Post set Title = 'mine' where Id = 1").ExecuteUpdate();
        Assert.That(Get(session), Is.EqualTo("mine"));
        Assert.That(Look(Get).Result, Is.Not.EqualTo("mine"), "and nobody else sees it");
        transaction.Rollback();
        Assert.That(Look(Get).Result, Is.Not.EqualTo("mine"));
    }

    [Test]
    public void Evicting_an_entity_type_empties_its_region()
    {
        static string Title(ISession session) => session.Get<Post>(1).Title;
        Look(Title);
        Factory.Evict(typeof(Post));
        Assert.That(Look(Title).Sql, Is.EqualTo(1));
    }

    [Test]
    public void Entity_of_a_snapshot_is_not_newer_than_the_snapshot()
    {
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction(System.Data.IsolationLevel.RepeatableRead);
        Assert.That(session.Query<Tag>().Count(), Is.EqualTo(2), "takes the snapshot");
        Commit(other => other.Get<Post>(1).Title = "newer");
        Look(other => other.Get<Post>(1).Title);
        Assert.That(session.Get<Post>(1).Title, Is.EqualTo("first"));
    }

    [Test]
    public async Task Session_on_another_database_neither_reads_nor_feeds_the_regions([Values] bool nonstrict)
    {
        object? Get(ISession session) => nonstrict ? session.Get<Tag>(1)?.Name : session.Get<Post>(1)?.Title;
        var elsewhere = await TestDatabase.CreateAsync("elsewhere");
        await using var connection = new Npgsql.NpgsqlConnection(elsewhere);
        await connection.OpenAsync();
        var export = new NHibernate.Tool.hbm2ddl.SchemaExport(Configure());
        export.Execute(false, true, false, connection, null);
        await using (var fill = new Npgsql.NpgsqlCommand("insert into Tag (Id, Name) values (1, 'other'); insert into Post (Id, Title, Visible, Price) values (1, 'other', true, 1)", connection))
            await fill.ExecuteNonQueryAsync();
        string Other()
        {
            using var session = Factory.WithOptions().Connection(connection).OpenSession();
            using var transaction = session.BeginTransaction();
            return (string)Get(session)!;
        }
        Assert.That(Other(), Is.EqualTo("other"));
        Assert.That(Look(Get).Result, Is.Not.EqualTo("other"), "it fed nothing");
        Assert.That(Look(Get).Sql, Is.Zero, "now it is cached");
        Assert.That(Other(), Is.EqualTo("other"), "and it reads nothing");
    }

    [Test]
    public void Session_opened_on_the_connection_of_a_snapshot_puts_nothing_newer_than_the_snapshot([Values] bool nonstrict)
    {
        string Look(ISession session) => nonstrict ? session.Get<Tag>(1).Name : session.Get<Post>(1).Title;
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction(System.Data.IsolationLevel.RepeatableRead))
        {
            Assert.That(session.Query<Comment>().Count(), Is.EqualTo(2), "takes the snapshot");
            Commit(other => other.CreateSQLQuery(nonstrict ? "update Tag set Name = 'newer' where Id = 1" : "update Post set Title = 'newer' where Id = 1").ExecuteUpdate());
            using var child = session.SessionWithOptions().Connection().OpenSession();
            Assert.That(Look(child), Is.Not.EqualTo("newer"));
        }
        Assert.That(Commit(Look), Is.EqualTo("newer"));
    }
}
