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
    public void Commit_of_a_failed_transaction_is_a_rollback([Values] bool isLate, [Values] bool isBatching)
    {
        var node = isBatching ? NewBatchingNode() : Node;
        Do(node, session => session.Save(new Sheet { Id = 1, Text = "a" }));
        using (var session = node.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            session.Get<Sheet>(1).Text = "b";
            session.Flush();
            var query = session.CreateSQLQuery(isLate ? "select 1 / (20000 - number) from generate_series(1, 20001) number" : "select 1 / 0");
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
