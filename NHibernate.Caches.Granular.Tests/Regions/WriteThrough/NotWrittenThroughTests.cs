using System.Transactions;
using NHibernate.Linq;

namespace NHibernate.Caches.Granular.Tests.Regions.WriteThrough;

/// <summary>What is not known to be what a SELECT would find is selected.</summary>
[TestFixture(false)]
[TestFixture(true)]
public sealed class NotWrittenThroughTests(bool isShared) : WriteThroughFixture(isShared)
{
    [TestCase(typeof(TriggeredSheet), "A", TestName = "Table with a trigger")]
    [TestCase(typeof(PaddedSheet), "a    ", TestName = "Column that is padded")]
    [TestCase(typeof(DefaultedSheet), "given", TestName = "Column that the database fills in")]
    [TestCase(typeof(FormulaSheet), "a", TestName = "Formula")]
    [TestCase(typeof(RoundedSheet), "a", TestName = "Decimal")]
    [TestCase(typeof(FamilySheet), "a", TestName = "Class with subclasses")]
    [TestCase(typeof(ChildSheet), "a", TestName = "Subclass")]
    public void Odd_entity_is_selected(System.Type type, string read)
    {
        Do(session => session.Save(Odd(type, "a")));
        Assert.That(Statements(session => Assert.That(((OddSheet)session.Get(type, 1)).Text, Is.EqualTo(read))), Is.EqualTo(1));
    }

    [Test]
    public void Property_that_shows_what_another_writes_is_what_the_database_has()
    {
        Do(session => session.Save(new TwinSheet { Id = 1, Number = 1, Twin = 9 }));
        Assert.That(Read(session => session.Get<TwinSheet>(1).Twin), Is.EqualTo(1));
    }

    [Test]
    public void Type_of_the_user_s_own_may_write_something_else()
    {
        Do(session => session.Save(new FoldedSheet { Id = 1, Word = "Word" }));
        Assert.That(Read(session => session.Get<FoldedSheet>(1).Word), Is.EqualTo("word"));
    }

    [Test]
    public void Foreign_key_that_leads_to_the_row_itself_changes_it_once_more()
    {
        Do(session => session.Save(new LoopSheet { Id = 1, Name = "a", Text = "a" }));
        Do(session => session.Get<LoopSheet>(1).Name = "b");
        Assert.That(Read(session => session.Get<LoopSheet>(1).Text), Is.EqualTo("b"));
    }

    [Test]
    public void Insert_that_a_listener_has_stopped_is_none()
    {
        Do(session =>
        {
            session.CreateQuery("update DynamicSheet set Text = 'vetoed', Number = 1 where Id = 1").ExecuteUpdate();
            session.Save(new DynamicSheet { Id = 1, Text = "vetoed", Number = 1 });
        });
        Assert.That(Read(session => session.Get<DynamicSheet>(1)), Is.Null);
    }

    [Test]
    public void Session_whose_tables_are_others_writes_nothing_through()
    {
        // Its connection is its own for as long as it is open.
        using (var session = Node.WithOptions().ConnectionReleaseMode(ConnectionReleaseMode.OnClose).OpenSession())
        {
            using (var transaction = session.BeginTransaction())
            {
                session.CreateSQLQuery("set search_path = elsewhere, public").ExecuteUpdate();
                transaction.Commit();
            }
            using (var transaction = session.BeginTransaction())
            {
                session.Save(new Sheet { Id = 1, Text = "elsewhere" });
                transaction.Commit();
            }
        }
        Assert.That(Read(session => session.Get<Sheet>(1)), Is.Null);
    }

    [Test]
    public void Connection_of_the_user_s_own_writes_nothing_through()
    {
        using (var connection = new Npgsql.NpgsqlConnection(ConnectionString))
        {
            connection.Open();
            using var session = Node.WithOptions().Connection(connection).OpenSession();
            using var transaction = session.BeginTransaction();
            session.Save(new Sheet { Id = 1, Text = "a" });
            transaction.Commit();
        }
        Assert.That(Statements(session => session.Get<Sheet>(1)), Is.EqualTo(1));
    }

    [Test]
    public void Change_that_is_told_with_its_whole_table_is_not_forgotten()
    {
        var node = NewNode("cache.granular.max_changes", "2");
        Do(node, session =>
        {
            for (var i = 1; i <= 4; i++)
                session.Save(new Sheet { Id = i, Text = "a" });
            session.Flush();
            session.CreateQuery("update Sheet set Text = 'b' where Id = 1").ExecuteUpdate();
        });
        Do(node, session => Assert.That(session.Get<Sheet>(1).Text, Is.EqualTo("b")));
    }

    /// <summary>What was recorded by the old one need not mean the same by the new one.</summary>
    [Test]
    public void Catalog_that_was_read_again_before_the_commit_is_another()
    {
        using (var session = Node.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            session.Save(new Sheet { Id = 1, Text = "a" });
            session.Flush();
            Do(other => other.CreateSQLQuery("create table if not exists another (id int)").ExecuteUpdate());
            Do(other => other.Get<VersionedSheet>(1));
            transaction.Commit();
        }
        Assert.That(Statements(session => session.Get<Sheet>(1)), Is.EqualTo(1));
    }

    [Test]
    public void Identity_is_not_known_to_the_statement()
    {
        var sheet = new IdentitySheet { Text = "a" };
        Do(session => session.Save(sheet));
        Assert.That(Statements(session => Assert.That(session.Get<IdentitySheet>(sheet.Id).Text, Is.EqualTo("a"))), Is.EqualTo(1));
    }

    [Test]
    public void Row_that_the_class_s_condition_hides_is_not_there()
    {
        Do(session => session.Save(new ConditionalSheet { Id = 1, Text = "a", Number = -1 }));
        Assert.That(Read(session => session.Get<ConditionalSheet>(1)), Is.Null);
    }

    /// <summary>Of an unversioned row the columns that an update leaves out may be anybody's.</summary>
    [Test]
    public void Update_of_some_columns_is_selected()
    {
        Do(session => session.Save(new DynamicSheet { Id = 1, Text = "a", Number = 1 }));
        using var session = Node.OpenSession();
        using var transaction = session.BeginTransaction();
        var mine = session.Get<DynamicSheet>(1);
        Do(other => other.Get<DynamicSheet>(1).Number = 2);
        mine.Text = "b";
        transaction.Commit();
        Assert.That(Read(reader => reader.Get<DynamicSheet>(1)), Has.Property("Text").EqualTo("b").And.Property("Number").EqualTo(2));
    }

    [Test]
    public void Property_that_is_not_updated_is_what_the_database_has()
    {
        Do(session => session.Save(new UnwrittenSheet { Id = 1, Text = "a" }));
        Do(session =>
        {
            var sheet = session.Get<UnwrittenSheet>(1);
            (sheet.Text, sheet.Number) = ("never", 2);
        });
        Assert.That(Read(session => session.Get<UnwrittenSheet>(1).Text), Is.EqualTo("a"));
    }

    [Test]
    public void Update_that_need_not_have_met_its_row_is_selected()
    {
        Do(session => session.Save(new OwnSqlSheet { Id = 1, Text = "a" }));
        using var session = Node.OpenSession();
        using var transaction = session.BeginTransaction();
        var mine = session.Get<OwnSqlSheet>(1);
        Do(other => other.CreateSQLQuery("delete from OwnSqlSheet").ExecuteUpdate());
        mine.Text = "b";
        transaction.Commit();
        Assert.That(Read(reader => reader.Get<OwnSqlSheet>(1)), Is.Null);
    }

    [Test]
    public void Text_that_may_be_declared_as_padded_is_selected()
    {
        Do(session => session.Save(new Sheet { Id = 1, Text = "a " }));
        Assert.That(Statements(session => session.Get<Sheet>(1)), Is.EqualTo(1));
    }

    private static readonly TestCaseData[] s_transactions =
    [
        Transaction("Bulk HQL after it", "bulk", session =>
        {
            session.Get<Sheet>(1).Text = "b";
            session.Flush();
            session.CreateQuery("update Sheet set Text = 'bulk'").ExecuteUpdate();
        }),
        Transaction("HQL on the row after it", "bulk", session =>
        {
            session.Get<Sheet>(1).Text = "b";
            session.Flush();
            session.CreateQuery("update Sheet set Text = 'bulk' where Id = 1").ExecuteUpdate();
        }),
        Transaction("LINQ after it", "bulk", session =>
        {
            session.Get<Sheet>(1).Text = "b";
            session.Flush();
            session.Query<Sheet>().Update(sheet => new Sheet { Text = "bulk" });
        }),
        Transaction("Native SQL after it", "native", session =>
        {
            session.Get<Sheet>(1).Text = "b";
            session.Flush();
            session.CreateSQLQuery("update Sheet set Text = 'native' where Number is null").ExecuteUpdate();
        }),
        Transaction("What nobody understands after it", "done", session =>
        {
            session.Get<Sheet>(1).Text = "b";
            session.Flush();
            session.CreateSQLQuery("do $$ begin update Sheet set Text = 'done'; end $$").ExecuteUpdate();
        }),
        Transaction("Rolled back to a savepoint", "a", session =>
        {
            session.CreateSQLQuery("savepoint before").ExecuteUpdate();
            session.Get<Sheet>(1).Text = "b";
            session.Flush();
            session.CreateSQLQuery("rollback to savepoint before").ExecuteUpdate();
        }),
        Transaction("Deleted after it", null, session =>
        {
            var sheet = session.Get<Sheet>(1);
            sheet.Text = "b";
            session.Flush();
            session.Delete(sheet);
        }),
        Transaction("Deleted with the row it refers to", null, session =>
        {
            session.Get<Sheet>(1).Text = "b";
            session.Flush();
            session.CreateSQLQuery("delete from Sheet where Text = 'b'").ExecuteUpdate();
        }),
        Transaction("Cache mode that puts nothing", "b", session =>
        {
            session.CacheMode = CacheMode.Get;
            session.Get<Sheet>(1).Text = "b";
        }),
        Transaction("Stateless session", "b", session =>
        {
            using var stateless = session.SessionFactory.OpenStatelessSession(session.Connection);
            stateless.CreateQuery("update Sheet set Text = 'b'").ExecuteUpdate();
        }),
    ];

    [TestCaseSource(nameof(s_transactions))]
    public void Row_is_read_as_the_transaction_left_it(string? text, Action<ISession> work)
    {
        Do(session => session.Save(new Sheet { Id = 1, Text = "a" }));
        Do(work);
        Assert.That(Statements(session => Assert.That(session.Get<Sheet>(1)?.Text, Is.EqualTo(text))), Is.EqualTo(1));
    }

    [Test]
    public void Rollback_leaves_what_was()
    {
        Do(session => session.Save(new Sheet { Id = 1, Text = "a" }));
        using (var session = Node.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            session.Get<Sheet>(1).Text = "b";
            session.Flush();
            transaction.Rollback();
        }
        Assert.That(Read(session => session.Get<Sheet>(1).Text), Is.EqualTo("a"));
    }

    /// <summary>A statement has failed, which its user has seen, and PostgreSQL answers the COMMIT by rolling back. Nobody calls that an error.</summary>
    [Test]
    public void Commit_of_a_failed_transaction_is_a_rollback([Values("at once", "late", "unread")] string when, [Values] bool isBatching)
    {
        var node = isBatching ? NewBatchingNode() : Node;
        Do(node, session => session.Save(new Sheet { Id = 1, Text = "a" }));
        using (var session = node.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            session.Get<Sheet>(1).Text = "b";
            session.Flush();
            var query = session.CreateSQLQuery(when switch
            {
                "late" => "select 1 / (20000 - number) from generate_series(1, 20001) number",
                "unread" => "select 1; select 1 / 0",
                _ => "select 1 / 0",
            });
            // Nobody reads the second result, and what is thrown when it is skipped NHibernate keeps to itself.
            if (when == "unread")
                query.List();
            else
                Assert.That(query.List, Throws.InstanceOf<HibernateException>());
            transaction.Commit();
            Assert.That(transaction.WasCommitted, "so NHibernate believes");
        }
        Assert.That(Run(node, session => session.Get<Sheet>(1).Text), Is.EqualTo("a"));
    }

    [Test]
    public void Write_before_the_commit_is_nobody_s()
    {
        Do(session => session.Save(new Sheet { Id = 1, Text = "a" }));
        AnnounceAndThen(session => session.Get<Sheet>(1).Text = "b", () => Assert.That(Read(session => session.Get<Sheet>(1).Text), Is.EqualTo("a")));
        Assert.That(Read(session => session.Get<Sheet>(1).Text), Is.EqualTo("b"));
    }

    /// <summary>The update has not met its row, which NHibernate says only when it executes the batch; and its user commits all the same.</summary>
    [Test]
    public void Failed_flush_writes_nothing_through()
    {
        var node = NewBatchingNode();
        Do(node, session => session.Save(new Sheet { Id = 1, Text = "a" }));
        using (var session = node.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            session.Get<Sheet>(1).Text = "b";
            Do(other => other.CreateSQLQuery("delete from Sheet").ExecuteUpdate());
            Assert.That(session.Flush, Throws.InstanceOf<StaleStateException>());
            session.Clear();
            transaction.Commit();
        }
        Do(node, session => Assert.That(session.Get<Sheet>(1), Is.Null));
    }

    [Test]
    public void Without_a_transaction_or_in_one_of_others_it_is_selected([Values] bool isAmbient)
    {
        Do(session => session.Save(new Sheet { Id = 1, Text = "a" }));
        using (var scope = isAmbient ? new TransactionScope() : null)
        using (var session = Node.OpenSession())
        {
            session.Get<Sheet>(1).Text = "b";
            session.Flush();
            scope?.Complete();
        }
        Assert.That(Statements(session => Assert.That(session.Get<Sheet>(1).Text, Is.EqualTo("b"))), Is.EqualTo(1));
    }

    [Test]
    public void Switches_and_stretches_of_work_write_nothing_through([Values("read only", "disabled", "coalesced", "suspended")] string how)
    {
        var cache = Node.GranularCache();
        Do(session => session.Save(new Sheet { Id = 1, Text = "a" }));
        (cache.IsReadOnly, cache.IsEnabled) = (how == "read only", how != "disabled");
        using (how == "coalesced" ? cache.CoalesceInvalidation() : how == "suspended" ? cache.SuspendInvalidation() : null)
            Do(session => session.Save(new Sheet { Id = 2, Text = "b" }));
        (cache.IsReadOnly, cache.IsEnabled) = (false, true);
        Assert.That(Statements(session => Assert.That(session.Get<Sheet>(2).Text, Is.EqualTo("b"))), Is.EqualTo(1));
    }

    private static OddSheet Odd(System.Type type, string text)
    {
        var sheet = (OddSheet)Activator.CreateInstance(type)!;
        (sheet.Id, sheet.Text, sheet.Number) = (1, text, 1);
        return sheet;
    }

    private static TestCaseData Transaction(string name, string? text, Action<ISession> work) => new TestCaseData(text, work).SetArgDisplayNames(name);
}
