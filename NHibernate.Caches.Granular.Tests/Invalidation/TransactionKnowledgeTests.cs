using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Linq;
using NHibernate.Mapping.ByCode;
using NHibernate.Transaction;

namespace NHibernate.Caches.Granular.Tests.Invalidation;

/// <summary>
/// What a transaction takes for the old values of the rows it changes. Believing too much moves the wrong stamps, and then a
/// result stays cached for ever; each test is an order of statements in which it would.
/// </summary>
public sealed class TransactionKnowledgeTests : BlogFixture
{
    protected override ModelMapper Map()
    {
        var mapper = base.Map();
        // Only what changed is written, so that what is not written must be known from elsewhere.
        mapper.Class<Post>(map => map.DynamicUpdate(true));
        return mapper;
    }

    private static List<string> Titles(ISession session, int cat) =>
        [.. session.Query<Post>().Where(post => post.Cat!.Id == cat).OrderBy(post => post.Id).Select(post => post.Title).WithOptions(o => o.SetCacheable(true))];

    private static List<string> Visible(ISession session, int cat) =>
        [.. session.Query<Post>().Where(post => post.Cat!.Id == cat && post.Visible).OrderBy(post => post.Id).Select(post => post.Title).WithOptions(o => o.SetCacheable(true))];

    private static int Execute(ISession session, string sql) => session.CreateSQLQuery(sql).ExecuteUpdate();

    [Test]
    public void Change_that_was_rolled_back_is_no_old_value_of_the_session_s_next_transaction()
    {
        Ask(session => Titles(session, 1));
        using (var session = Factory.OpenSession())
        {
            var post = session.Get<Post>(1);
            using (var transaction = session.BeginTransaction())
            {
                post.Cat = session.Load<Cat>(2);
                session.Flush();
                transaction.Rollback();
            }
            using (var transaction = session.BeginTransaction())
            {
                post.Cat = null;
                transaction.Commit();
            }
        }
        Assert.That(Ask(session => Titles(session, 1)).Result, Is.EqualTo(new[] { "third" }));
    }

    [Test]
    public void Uncommitted_state_that_was_read_back_is_no_old_value_after_the_rollback()
    {
        Ask(session => Titles(session, 1));
        using (var session = Factory.OpenSession())
        {
            Post post;
            using (var transaction = session.BeginTransaction())
            {
                Execute(session, "update Post set cat_id = 2 where id = 1");
                post = session.Get<Post>(1);
                transaction.Rollback();
            }
            using (var transaction = session.BeginTransaction())
            {
                post.Cat = null;
                transaction.Commit();
            }
        }
        Assert.That(Ask(session => Titles(session, 1)).Result, Is.EqualTo(new[] { "third" }));
    }

    [Test]
    public void Condition_of_a_statement_that_met_no_row_is_not_believed_of_the_row()
    {
        Ask(session => Titles(session, 2));
        Commit(session =>
        {
            Assert.That(Execute(session, "update Post set score = 9 where id = 2 and cat_id = 1"), Is.Zero);
            Execute(session, "update Post set title = 'changed' where id = 2");
        });
        Assert.That(Ask(session => Titles(session, 2)).Result, Is.EqualTo(new[] { "changed" }));
    }

    [Test]
    public void Value_that_a_statement_would_have_written_is_not_believed_of_a_row_it_did_not_meet()
    {
        Ask(session => Titles(session, 2));
        Commit(session =>
        {
            Assert.That(Execute(session, "update Post set cat_id = 1 where id = 2 and score = 9"), Is.Zero);
            Execute(session, "update Post set title = 'changed' where id = 2");
        });
        Assert.That(Ask(session => Titles(session, 2)).Result, Is.EqualTo(new[] { "changed" }));
    }

    [Test]
    public void Loaded_state_is_outdated_by_the_transaction_s_own_bulk_update()
    {
        Ask(session => Visible(session, 2));
        Commit(session =>
        {
            // Loaded in category 1 and invisible, then moved behind the session's back.
            var post = session.Get<Post>(3);
            Execute(session, "update Post set cat_id = 2 where cat_id = 1 and visible = false");
            post.Visible = true;
        });
        Assert.That(Ask(session => Visible(session, 2)).Result, Is.EqualTo(new[] { "third" }));
    }

    [Test]
    public void Loaded_state_is_outdated_by_the_transaction_s_own_statement_on_the_row()
    {
        Ask(session => Visible(session, 2));
        Commit(session =>
        {
            var post = session.Get<Post>(3);
            Execute(session, "update Post set cat_id = 2 where id = 3 and cat_id = 1 and visible = false");
            post.Visible = true;
        });
        Assert.That(Ask(session => Visible(session, 2)).Result, Is.EqualTo(new[] { "third" }));
    }

    [Test]
    public void Row_inserted_and_changed_twice_is_known_exactly()
    {
        Ask(session => Titles(session, 2));
        Ask(session => Titles(session, 1));
        Commit(session =>
        {
            var post = new Post { Id = 9, Title = "nine", Cat = session.Load<Cat>(1) };
            session.Save(post);
            session.Flush();
            post.Title = "ten";
            session.Flush();
            post.Visible = true;
        });
        Assert.That(Ask(session => Titles(session, 2)), Is.EqualTo((new[] { "second" }, true)), "nothing there has changed");
        Assert.That(Ask(session => Titles(session, 1)).Result, Is.EqualTo(new[] { "first", "third", "ten" }));
    }

    [Test]
    public void First_change_made_while_the_transaction_completes_is_announced_before_the_commit()
    {
        Ask(session => Titles(session, 1));
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        var changing = new Changing(() =>
        {
            session.Save(new Post { Id = 10, Title = "ten", Cat = session.Load<Cat>(1) });
            session.Flush();
            Assert.That(Ask(other => Titles(other, 1)), Is.EqualTo((new[] { "first", "third" }, false)), "locked, for COMMIT is about to be sent");
        });
        transaction.RegisterSynchronization(changing);
        transaction.Commit();
        Assert.That(Ask(other => Titles(other, 1)), Is.EqualTo((new[] { "first", "third", "ten" }, false)));
    }

    private sealed class Changing(System.Action change) : ITransactionCompletionSynchronization
    {
        public void ExecuteBeforeTransactionCompletion() => change();

        public Task ExecuteBeforeTransactionCompletionAsync(CancellationToken cancellationToken)
        {
            change();
            return Task.CompletedTask;
        }

        public void ExecuteAfterTransactionCompletion(bool success)
        {
        }

        public Task ExecuteAfterTransactionCompletionAsync(bool success, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
