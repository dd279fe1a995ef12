using System.Data.Common;
using NHibernate.Action;
using NHibernate.AdoNet;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Caches.Granular.Tests.Scenarios;
using NHibernate.Caches.Granular.Tests.Scenarios.Model;
using NHibernate.Cfg;
using NHibernate.Engine;
using NHibernate.Event;
using NHibernate.Linq;
using NHibernate.SqlCommand;
using Npgsql;

namespace NHibernate.Caches.Granular.Tests.Invalidation;

/// <summary>
/// Statements on many rows whose rows are told one by one: what they alter is dropped, and nothing else that a comparison of the rows with
/// the cached conditions can spare.
/// </summary>
public sealed class MassChangeTests : ScenarioFixture
{
    private static readonly AsyncLocal<System.Action?> s_asked = new();

    private static readonly Scenario[] s_changes =
    [
        new("V01", "Score, scores of one category go up", s => s.Query<Post>().Where(p => p.Cat!.Id == 2).InvalidatedUpdate(p => new Post { Score = p.Score + 1 }),
            Drop(Score(7)), Drop(Score(8)), Keep(Score(5)), Keep(Score(99))),
        new("V01", "Score, of rows that no equality tells", s => s.Query<Post>().Where(p => p.Title.StartsWith("se")).InvalidatedUpdate(p => new Post { Score = p.Score + 1 }),
            Drop(Score(7)), Drop(Score(8)), Keep(Score(5)), Keep(Hql("select Id from Post where Score is null"))),
        new("V01", "Category, rows move from one to the other", s => s.Query<Post>().Where(p => p.Score > 4).InvalidatedUpdate(p => new Post { Cat = new Cat { Id = 2 } }),
            Drop(OfCat(1)), Drop(OfCat(2)), Keep(OfCat(3)), Keep(Hql("select Title from Post where Score = :a", 5))),
        new("V01", "Score, the database rounds what is set", s => s.Query<Post>().Where(p => p.Score == 5).InvalidatedUpdate(p => new Post { Score = (int)(p.Score!.Value * 1.5m) }),
            Drop(Score(5)), Drop(Score(8)), Keep(Score(7))),
        new("V01", "Score, set to what it is", s => s.Query<Post>().Where(p => p.Score == 5).InvalidatedUpdate(p => new Post { Score = p.Score }),
            Keep(Score(5)), Keep(Score(7))),
        new("V01", "Score, of no rows at all", s => s.Query<Post>().Where(p => p.Title == "none").InvalidatedUpdate(p => new Post { Score = p.Score + 1 }),
            Keep(Score(5)), Keep(Score(7)), Keep(Linq<Post>(q => q.Count()))),
        new("V01", "Score, set to NULL", s => s.Query<Post>().Where(p => p.Id == 1).InvalidatedUpdate(p => new Post { Score = null }),
            Drop(Score(5)), Drop(Hql("select Id from Post where Score is null")), Keep(Score(7))),
        new("V01", "Title, of a query that names the row, entities that list it", s => s.Query<Post>().Where(p => p.Id == 1).InvalidatedUpdate(p => new Post { Title = "t" }),
            Refresh(Linq<Post>(q => q.Where(p => p.Cat!.Id == 1).OrderBy(p => p.Id).ToList())), Keep(Linq<Post>(q => q.Where(p => p.Cat!.Id == 2).ToList()))),
        new("V01", "Computed column, what it is computed from", s => s.Query<Sample>().Where(p => p.Id == 1).InvalidatedUpdate(p => new Sample { Name = "NEW" }),
            Drop(Hql("select Id from Sample where Computed = :a", "new")), Drop(Hql("select Id from Sample where Computed = :a", "old")), Keep(Hql("select Id from Sample where Computed = :a", "other")))
            { Given = s => { s.Save(new Sample { Id = 1, Name = "OLD" }); s.Save(new Sample { Id = 2, Name = "OTHER" }); } },
        new("V01", "Table with a trigger, of which more changes than is set", s => s.Query<Signature>().Where(p => p.Id == 1).InvalidatedUpdate(p => new Signature { Name = "new" }),
            Drop(Hql("select Id from Signature where Initial = :a", "n")), Drop(Hql("select Id from Signature where Initial = :a", "o")))
            { Given = s => s.Save(new Signature { Id = 1, Name = "old" }) },
        new("V01", "Joined tables, which are changed otherwise", s => s.Query<Vehicle>().Where(p => p.Id == 1).InvalidatedUpdate(p => new Vehicle { Name = "n" }),
            Drop(Hql("select Name from Vehicle where Id = :a", 1)))
            { Given = s => s.Save(new Car { Id = 1, Name = "a", Doors = 3 }) },
        new("V01", "One class of a hierarchy in one table", s => s.Query<CardPayment>().Where(p => p.Amount < 5).InvalidatedUpdate(p => new CardPayment { Amount = p.Amount + 1 }),
            Drop(Hql("select Id from CardPayment where Amount = :a", 1)), Drop(Hql("select Id from Payment where Amount = :a", 2)), Keep(Hql("select Id from CashPayment where Amount = :a", 1)), Keep(Hql("select Id from CardPayment where Amount = :a", 7)))
            { Given = s => { s.Save(new CardPayment { Id = 1, Amount = 1 }); s.Save(new CardPayment { Id = 2, Amount = 7 }); s.Save(new CashPayment { Id = 3, Amount = 1 }); } },
        new("V01", "Rows that the mapping hides", s => s.Query<Article>().Where(p => p.Topic == 1).InvalidatedUpdate(p => new Article { Deleted = true }),
            Drop(Hql("select Id from Article where Topic = :a", 1)), Keep(Hql("select Id from Article where Topic = :a", 2)), Drop(Sql("select count(*) as n from Article where Deleted")))
            { Given = s => { s.Save(new Article { Id = 1, Topic = 1 }); s.Save(new Article { Id = 2, Topic = 2 }); s.Save(new Article { Id = 3, Topic = 1, Deleted = true }); } },
        new("V01", "Rows by a subquery", s => s.Query<Post>().Where(p => s.Query<Comment>().Any(c => c.Post == p && c.Approved)).InvalidatedUpdate(p => new Post { Score = p.Score + 1 }),
            Drop(Score(5)), Drop(Score(6)), Keep(Score(7))),
        new("V01", "Rows of a table and of one that inherits from it, which have the same key", s => s.Query<Entry>().Where(p => p.Id == 1).InvalidatedUpdate(p => new Entry { Text = p.Text + "!" }),
            Drop(Entries("a")), Drop(Entries("b")), Drop(Entries("a!")), Drop(Entries("b!")))
            { Given = s => { s.Sql("insert into Entry (Id, Text) values (1, 'a'), (2, 'c')"); s.Sql("insert into OldEntry (Id, Text) values (1, 'b')"); } },
        new("V01", "Row that the same transaction has changed before", s => { s.Get<Post>(1).Score = 7; s.Query<Post>().Where(p => p.Score == 7).InvalidatedUpdate(p => new Post { Score = p.Score + 1 }); },
            Drop(Score(5)), Drop(Score(7)), Drop(Score(8)), Keep(Score(99))),
        new("V01", "Row that the same transaction has inserted before", s => { s.AddPost(score: 40); s.Query<Post>().Where(p => p.Score == 40).InvalidatedUpdate(p => new Post { Score = p.Score + 1 }); },
            Drop(Score(41)), Keep(Score(7))),
        new("V01", "Row that the same transaction changes again", s => { s.Query<Post>().Where(p => p.Score == 7).InvalidatedUpdate(p => new Post { Score = p.Score + 1 }); s.Sql("update Post set Score = 20 where Score = 8"); },
            Drop(Score(7)), Drop(Score(20))),
        new("V01", "Key, it is changed", s => { s.Sql("delete from PostTag"); s.Sql("delete from Comment"); s.Query<Post>().Where(p => p.Score == 7).InvalidatedUpdate(p => new Post { Id = p.Id + 20 }); },
            Drop(Hql("select Title from Post where Id = :a", 2)), Drop(Hql("select Title from Post where Id = :a", 22)), Drop(OfCat(2))),
        new("V02", "Rows are deleted", s => { s.Sql("delete from PostTag"); s.Sql("delete from Comment"); s.Query<Post>().Where(p => p.Score > 6).InvalidatedDelete(); },
            Drop(OfCat(2)), Drop(Score(7)), Keep(OfCat(1)), Keep(Score(5))),
        new("V02", "Rows are deleted that foreign keys lead to", s => s.Query<Owner>().Where(p => p.Name == "o").InvalidatedDelete(),
            Drop(Hql("select Id from Pet where Owner is null")), Drop(Hql("select Id from Owner where Name = :a", "o")), Keep(Hql("select Id from Owner where Name = :a", "p")))
            { Given = s => { var owner = new Owner { Id = 1, Name = "o" }; s.Save(owner); s.Save(new Owner { Id = 2, Name = "p" }); s.Save(new Pet { Id = 1, Name = "x", Owner = owner }); } },

        // What the statement itself says is enough where it compares and sets values.
        new("V03", "HQL that compares and sets values", s => s.Hql("update Post set Score = 9 where Id = :a and Score = :b", 2, 7),
            Drop(Score(7)), Drop(Score(9)), Keep(Score(5))),
        new("V03", "HQL that compares and sets values, entities by id", s => s.Hql("update Post set Score = 9 where Id = :a", 2),
            Refresh(Linq<Post>(q => q.Where(p => p.Id == 2).ToList())), Keep(Linq<Post>(q => q.Where(p => p.Id == 1).ToList()))),
    ];

    public static IEnumerable<TestCaseData> Cases => s_changes.Select(scenario => scenario.Case);

    private static Func<ISession, object?> Score(int score) => Hql("select Id from Post where Score = :a order by Id", score);

    private static Func<ISession, object?> Entries(string text) => Hql("select Id from Entry where Text = :a order by Id", text);

    private static Func<ISession, object?> OfCat(int cat) => Hql("select Id from Post where Cat.Id = :a order by Id", cat);

    protected override void Configure(Configuration configuration)
    {
        base.Configure(configuration);
        configuration.SetProperty(Cfg.Environment.BatchStrategy, typeof(SteppingBatcherFactory).AssemblyQualifiedName);
        configuration.SetProperty("cache.granular.max_changes", "100");
    }

    protected override void CreateMore()
    {
        base.CreateMore();
        using var connection = new NpgsqlConnection(ConnectionString);
        connection.Open();
        using var command = new NpgsqlCommand("create table OldEntry () inherits (Entry)", connection);
        command.ExecuteNonQuery();
    }

    [Test]
    public void Row_that_comes_between_is_told_as_well([Values] bool matches)
    {
        foreach (var score in new[] { 7, 8, 40, 41 })
            AskOnce(Score(score));
        s_asked.Value = () =>
        {
            Commit(session => session.AddPost(score: 40, cat: matches ? 2 : 1));
            AskOnce(Score(40));
        };

        var affected = Commit(session => session.Query<Post>().Where(p => p.Cat!.Id == 2).InvalidatedUpdate(p => new Post { Score = p.Score + 1 }));

        Assert.That(affected, Is.EqualTo(matches ? 2 : 1));
        foreach (var score in new[] { 7, 8, 40, 41 })
            Assert.That(AskOnce(Score(score)).Answer, Is.EqualTo(AskDatabase(Score(score))), $"score {score}");
    }

    [Test]
    public void Row_cannot_become_another_between()
    {
        foreach (var score in new[] { 7, 8, 50, 51 })
            AskOnce(Score(score));
        var wasLocked = false;
        s_asked.Value = () =>
        {
            try
            {
                Commit(session => session.CreateSQLQuery("select Id from Post where Id = 2 for update nowait").List());
                Commit(session => session.Get<Post>(2).Score = 50);
                AskOnce(Score(50));
            }
            catch (HibernateException)
            {
                wasLocked = true;
            }
        };

        Commit(session => session.Query<Post>().Where(p => p.Cat!.Id == 2).InvalidatedUpdate(p => new Post { Score = p.Score + 1 }));

        foreach (var score in new[] { 7, 8, 50, 51 })
            Assert.That(AskOnce(Score(score)).Answer, Is.EqualTo(AskDatabase(Score(score))), $"score {score}");
        Assert.That(wasLocked, Is.True);
    }

    [Test]
    public void Rows_that_refer_to_a_row_wait_for_its_deletion_only([Values] bool isDeletion)
    {
        var waits = false;
        s_asked.Value = () =>
        {
            try
            {
                Commit(session => session.CreateSQLQuery("select Id from Post where Id = 2 for key share nowait").List());
            }
            catch (HibernateException)
            {
                waits = true;
            }
        };
        Commit(session =>
        {
            session.Sql("delete from PostTag");
            session.Sql("delete from Comment");
            var query = session.Query<Post>().Where(p => p.Id == 2);
            return isDeletion ? query.InvalidatedDelete() : query.InvalidatedUpdate(p => new Post { Score = p.Score + 1 });
        });
        Assert.That((s_asked.Value, waits), Is.EqualTo(((System.Action?)null, isDeletion)));
    }

    [Test]
    public void Statement_that_an_interceptor_makes_two_of_is_told_as_it_says()
    {
        foreach (var query in new[] { Score(5), Score(7), Score(8), OfCat(1), OfCat(2) })
            AskOnce(query);
        using (var session = Factory.WithOptions().Interceptor(new AddingInterceptor()).OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            session.Query<Post>().Where(p => p.Cat!.Id == 2).InvalidatedUpdate(p => new Post { Score = p.Score + 1 });
            transaction.Commit();
        }
        foreach (var query in new[] { Score(5), Score(7), Score(8), OfCat(1), OfCat(2) })
            Assert.That(AskOnce(query).Answer, Is.EqualTo(AskDatabase(query)));
    }

    [Test]
    public void Other_entities_stay_in_their_region()
    {
        Commit(session => (session.Get<Post>(1), session.Get<Post>(2), session.Get<Cat>(1)));
        Commit(session => session.Query<Post>().Where(p => p.Id == 2).InvalidatedUpdate(p => new Post { Title = "t" }));
        var (hits, misses) = (Statistics.SecondLevelCacheHitCount, Statistics.SecondLevelCacheMissCount);
        var title = Commit(session => (session.Get<Post>(1), session.Get<Cat>(1), session.Get<Post>(2)).Item3.Title);
        Assert.That(title, Is.EqualTo("t"));
        Assert.That((Statistics.SecondLevelCacheHitCount - hits, Statistics.SecondLevelCacheMissCount - misses), Is.EqualTo((2, 1)));
    }

    /// <summary>For rows that a command of the user's own has changed; the statements are on one table, on several, and of a flush.</summary>
    [Test]
    public void Clean_up_of_regions_that_its_user_notes_is_made([Values("update Post set Title = 'bulk' where Id = 2", "update Car set Name = 'bulk' where Id = 2", "delete from Truck where Id = 2", "")] string hql)
    {
        Commit(session => session.Get<Tag>(1).Name);
        using (var connection = new NpgsqlConnection(ConnectionString))
        {
            connection.Open();
            using var command = new NpgsqlCommand("update Tag set Name = 'elsewhere' where Id = 1", connection);
            command.ExecuteNonQuery();
        }
        Assert.That(Commit(session => session.Get<Tag>(1).Name), Is.Not.EqualTo("elsewhere"), "the scene needs a cached entity");
        Commit(session =>
        {
            var source = (IEventSource)session;
            source.ActionQueue.AddAction(new BulkOperationCleanupAction(source, new HashSet<string> { "Tag" }));
            if (hql.Length == 0)
                session.Get<Post>(2).Title = "changed";
            else
                session.CreateQuery(hql).ExecuteUpdate();
        });
        Assert.That(Commit(session => session.Get<Tag>(1).Name), Is.EqualTo("elsewhere"));
    }

    [Test]
    public void More_rows_than_are_told_one_by_one_are_told_as_the_statement_says()
    {
        Commit(session =>
        {
            for (var id = 100; id < 201; id++)
                session.AddPost(id, score: 40);
        });
        foreach (var score in new[] { 7, 8, 40, 41 })
            AskOnce(Score(score));

        Assert.That(Commit(session => session.Query<Post>().Where(p => p.Score > 6).InvalidatedUpdate(p => new Post { Score = p.Score + 1 })), Is.EqualTo(102));

        foreach (var score in new[] { 7, 8, 40, 41 })
            Assert.That(AskOnce(Score(score)).Answer, Is.EqualTo(AskDatabase(Score(score))), $"score {score}");
        Assert.That(Commit(session => session.Query<Post>().Where(p => p.Id >= 100).InvalidatedDelete()), Is.EqualTo(101));
        Assert.That(AskOnce(Score(41)).Answer, Is.EqualTo(AskDatabase(Score(41))));
    }

    [Test]
    public async Task Outside_of_a_transaction_it_runs_in_one_of_its_own([Values] bool isAsynchronous)
    {
        AskOnce(Score(7));
        AskOnce(Score(5));
        using (var session = Factory.OpenSession())
        {
            session.Get<Cat>(1).Title = "pending";
            session.Get<Post>(1).Title = "pending";
            var query = session.Query<Post>().Where(p => p.Cat!.Id == 2);
            var affected = isAsynchronous ? await query.InvalidatedUpdateAsync(p => new Post { Score = p.Score + 1 }) : query.InvalidatedUpdate(p => new Post { Score = p.Score + 1 });
            Assert.That(affected, Is.EqualTo(1));
            Assert.That(session.GetCurrentTransaction()?.IsActive, Is.Not.True);
            Assert.That(session.FlushMode, Is.EqualTo(FlushMode.Auto));
        }
        Assert.That((AskOnce(Score(7)).WasHit, AskOnce(Score(5)).WasHit), Is.EqualTo((false, true)));
        Assert.That(Commit(session => (session.Get<Cat>(1).Title, session.Get<Post>(1).Title)), Is.EqualTo(("A", "first")), "what else is changed in memory is not committed with it");
    }

    [Test]
    public async Task Asynchronous_forms_do_the_same()
    {
        foreach (var query in new[] { Score(5), Score(7), Score(8), OfCat(1), OfCat(2) })
            AskOnce(query);
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            Assert.That(await session.Query<Post>().Where(p => p.Title.StartsWith("se")).InvalidatedUpdateAsync(p => new Post { Score = p.Score + 1 }), Is.EqualTo(1));
            await session.CreateSQLQuery("delete from PostTag").ExecuteUpdateAsync();
            await session.CreateSQLQuery("delete from Comment").ExecuteUpdateAsync();
            Assert.That(await session.Query<Post>().Where(p => p.Score == 8).InvalidatedDeleteAsync(), Is.EqualTo(1));
            await transaction.CommitAsync();
        }
        var hits = new[] { Score(5), Score(7), Score(8), OfCat(1), OfCat(2) }.Select(query => AskOnce(query).WasHit);
        Assert.That(hits, Is.EqualTo(new[] { true, false, false, true, false }));
    }

    [Test]
    public void Stateless_session_does_the_same()
    {
        AskOnce(Score(7));
        AskOnce(Score(5));
        using (var session = Factory.OpenStatelessSession())
            Assert.That(session.Query<Post>().Where(p => p.Cat!.Id == 2).InvalidatedUpdate(p => new Post { Score = p.Score + 1 }), Is.EqualTo(1));
        Assert.That((AskOnce(Score(7)).WasHit, AskOnce(Score(5)).WasHit), Is.EqualTo((false, true)));
    }

    [Test]
    public void What_the_condition_has_to_load_is_loaded([Values("count", "contains", "ids")] string what)
    {
        foreach (var score in new[] { 5, 7 })
            AskOnce(Score(score));

        var affected = Commit(session =>
        {
            var cat = session.Get<Cat>(1);
            var ids = cat.Posts.Select(p => p.Tags.Count < 9 ? p.Id : 0);
            var posts = session.Query<Post>();
            posts = what switch
            {
                "count" => posts.Where(p => p.Score > cat.Posts.Count + 4),
                "contains" => posts.Where(p => cat.Posts.Contains(p)),
                _ => posts.Where(p => ids.Contains(p.Id)),
            };
            Assert.That(NHibernateUtil.IsInitialized(cat.Posts), Is.False, "nothing has read it yet");
            var count = posts.InvalidatedUpdate(p => new Post { Score = p.Score + 10 });
            Assert.That(cat.Posts, Has.Count.EqualTo(2), "the session holds what there is");
            return count;
        });

        Assert.That(affected, Is.EqualTo(what == "count" ? 1 : 2));
        Assert.That((AskOnce(Score(5)).WasHit, AskOnce(Score(7)).WasHit), Is.EqualTo(what == "count" ? (true, false) : (false, true)), "told row by row");
    }

    [Test]
    public void What_a_value_has_to_load_is_loaded()
    {
        Commit(session =>
        {
            foreach (var id in new[] { 1, 2 })
            {
                var city = new City { Id = id, Code = $"code {id}" };
                session.Save(city);
                session.Save(new Street { Id = id, Name = $"street {id}", City = city });
            }
        });
        Commit(session =>
        {
            // Its code, by which streets refer to it, is not known.
            var city = session.Load<City>(1);
            Assert.That(session.Query<Street>().Where(p => p.City == city).InvalidatedUpdate(p => new Street { Name = p.Name + "!" }), Is.EqualTo(1));
            Assert.That(city.Code, Is.EqualTo("code 1"));
        });
    }

    [Test]
    public void Query_that_the_condition_runs_is_executed([Values] bool isStateless)
    {
        foreach (var score in new[] { 5, 7 })
            AskOnce(Score(score));
        using (var full = isStateless ? null : Factory.OpenSession())
        using (var stateless = isStateless ? Factory.OpenStatelessSession() : null)
        {
            IQueryable<T> Query<T>() => full?.Query<T>() ?? stateless!.Query<T>();
            Func<int> cats = () => Query<Cat>().ToList().Count;
            Assert.That(Query<Post>().Where(p => p.Score > cats() + 4).InvalidatedUpdate(p => new Post { Score = p.Score + 10 }), Is.EqualTo(1));
        }
        Assert.That((AskOnce(Score(5)).WasHit, AskOnce(Score(7)).WasHit), Is.EqualTo((true, false)), "told row by row");
    }

    [Test]
    public void Change_that_is_rolled_back_drops_nothing()
    {
        AskOnce(Score(7));
        Commit(session => session.Get<Post>(1));
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            session.Query<Post>().Where(p => p.Cat!.Id == 2).InvalidatedUpdate(p => new Post { Score = p.Score + 1 });
            Assert.That(Score(7)(session), Is.Empty, "its own session sees it");
            transaction.Rollback();
        }
        Assert.That(AskOnce(Score(7)).WasHit, Is.True);
        var hits = Statistics.SecondLevelCacheHitCount;
        Commit(session => session.Get<Post>(1));
        Assert.That(Statistics.SecondLevelCacheHitCount, Is.EqualTo(hits + 1), "nor the region");
    }

    [Test]
    public void Two_statements_are_all_that_is_executed()
    {
        Commit(session =>
        {
            var statements = Statistics.PrepareStatementCount;
            session.Query<Post>().Where(p => p.Cat!.Id == 2).InvalidatedUpdate(p => new Post { Score = p.Score + 1 });
            Assert.That(Statistics.PrepareStatementCount, Is.EqualTo(statements + 2));
        });
    }

    [Test]
    public void What_the_session_writes_before_is_told_as_ever()
    {
        AskOnce(Score(5));
        Commit(session =>
        {
            session.Get<Post>(1).Title = "written before";
            var statements = Statistics.PrepareStatementCount;
            session.Query<Post>().Where(p => p.Cat!.Id == 2).InvalidatedUpdate(p => new Post { Score = p.Score + 1 });
            Assert.That(Statistics.PrepareStatementCount, Is.EqualTo(statements + 3));
        });
        Assert.That((Commit(session => session.Get<Post>(1).Title), AskOnce(Score(5)).WasHit), Is.EqualTo(("written before", true)));
    }

    /// <summary>Has every update move the first post as well. Thread-safe: stateless.</summary>
    private sealed class AddingInterceptor : EmptyInterceptor
    {
        public override SqlString OnPrepareStatement(SqlString sql) =>
            sql.StartsWithCaseInsensitive("update") ? new SqlString("update Post set cat_id = 2 where Id = 1; ").Append(sql) : sql;
    }

    /// <summary>Steps in when the rows have been asked for, and before they are changed. Thread-safe: stateless.</summary>
    private sealed class SteppingBatcherFactory : IBatcherFactory
    {
        public IBatcher CreateBatcher(ConnectionManager connectionManager, IInterceptor interceptor) => new SteppingBatcher(connectionManager, interceptor);
    }

    private sealed class SteppingBatcher(ConnectionManager manager, IInterceptor interceptor) : NonBatchingBatcher(manager, interceptor)
    {
        public override DbDataReader ExecuteReader(DbCommand cmd)
        {
            if (cmd.CommandText.Contains("\nreturning ", StringComparison.Ordinal))
            {
                var step = s_asked.Value;
                s_asked.Value = null;
                step?.Invoke();
            }
            return base.ExecuteReader(cmd);
        }
    }
}
