using NHibernate.Action;
using NHibernate.Caches.Granular.Tests.Assumptions.Recording;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Event;
using NHibernate.SqlCommand;

namespace NHibernate.Caches.Granular.Tests.Assumptions;

/// <summary>What NHibernate's own invalidation knows of bulk statements: too little, which is why the batcher is the witness.</summary>
public sealed class BulkStatementTests : AssumptionFixture
{
    private const string Timestamps = "UpdateTimestampsCache put";

    [Test]
    public void Bulk_hql_clears_entity_regions_and_invalidates_its_space_when_the_transaction_completes()
    {
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        session.CreateQuery("update Cat set Title = 'x'").ExecuteUpdate();
        Assert.That(Journal.Of(Timestamps, "Cat clear"), Is.Empty, "not even a mark");
        transaction.Commit();
        Assert.That(Journal.Of(Timestamps, "Cat clear"), Is.SupersetOf(new[] { "Cat clear", "UpdateTimestampsCache put Cat timestamp" }));
    }

    [Test]
    public void Native_dml_without_declared_spaces_invalidates_every_entity_table_and_no_collection_table()
    {
        Commit(session => session.CreateSQLQuery("delete from PostTag").ExecuteUpdate());
        var tables = Journal.Of(Timestamps).Select(line => line.Split(' ')[2]).Distinct();
        Assert.That(tables, Is.EquivalentTo(new[] { "Cat", "Post", "Tag", "Comment", "Note", "Page" }));
    }

    [Test]
    public void Native_dml_clears_all_entity_regions_at_completion_and_not_before()
    {
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        session.CreateSQLQuery("update Cat set title = 'x'").ExecuteUpdate();
        Assert.That(Journal.Of("Cat clear", "Post clear"), Is.Empty);
        transaction.Commit();
        Assert.That(Journal.Of("Cat clear", "Post clear"), Is.EquivalentTo(new[] { "Cat clear", "Post clear" }));
    }

    [Test]
    public void Rolled_back_bulk_statement_clears_regions_all_the_same()
    {
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        session.CreateQuery("update Cat set Title = 'x'").ExecuteUpdate();
        transaction.Rollback();
        Assert.That(Journal.Of("Cat clear"), Is.Not.Empty);
    }

    [Test]
    public void Stateless_native_dml_invalidates_nothing()
    {
        using var session = Factory.OpenStatelessSession();
        using var transaction = session.BeginTransaction();
        session.CreateSQLQuery("update Cat set title = 'x'").ExecuteUpdate();
        transaction.Commit();
        Assert.That(Journal.Of(Timestamps, "Cat clear"), Is.Empty);
    }

    [Test]
    public void Stateless_bulk_hql_clears_entity_regions_at_once_before_the_commit()
    {
        using var session = Factory.OpenStatelessSession();
        using var transaction = session.BeginTransaction();
        session.CreateQuery("update Cat set Title = 'x'").ExecuteUpdate();
        Assert.That(Journal.Of("Cat clear"), Is.Not.Empty);
        Journal.Clear();
        transaction.Commit();
        Assert.That(Journal.Of(Timestamps, "Cat clear"), Is.Empty, "and nothing at the commit");
    }

    [Test]
    public void Stateless_update_invalidates_no_space()
    {
        using var session = Factory.OpenStatelessSession();
        using var transaction = session.BeginTransaction();
        session.Update(session.Get<Cat>(1));
        transaction.Commit();
        Assert.That(Journal.Of(Timestamps), Is.Empty);
    }

    [Test]
    public void Native_dml_run_as_a_query_invalidates_nothing()
    {
        Commit(session => session.CreateSQLQuery("update Cat set title = 'x' returning id").List());
        Assert.That(Journal.Of(Timestamps, "Cat clear"), Is.Empty);
    }

    [Test]
    public void Link_row_change_invalidates_the_collection_table()
    {
        Commit(session => session.Get<Post>(2).Tags.Add(session.Load<Tag>(1)));
        Assert.That(Journal.Of(Timestamps), Has.Member("UpdateTimestampsCache put PostTag timestamp"));
    }

    [Test]
    public async Task Clean_up_of_regions_is_noted_last_before_the_statement_is_prepared([Values] bool isAsync)
    {
        var noted = new List<IAfterTransactionCompletionProcess>();
        var interceptor = new PreparingInterceptor();
        using var session = Factory.WithOptions().Interceptor(interceptor).OpenSession();
        using var transaction = session.BeginTransaction();
        interceptor.Preparing = () => noted.Add(NHibernateInternals.ProcessesAfterCompletion(((IEventSource)session).ActionQueue)[^1]);
        foreach (var statement in new[] { session.CreateQuery("update Cat set Title = 'x'"), session.CreateSQLQuery("update Cat set title = 'x'"), session.CreateQuery("delete from Tag where Id = 9") })
        {
            if (isAsync)
                await statement.ExecuteUpdateAsync();
            else
                statement.ExecuteUpdate();
        }
        Assert.That(noted, Has.Count.EqualTo(3).And.Unique.And.All.InstanceOf<BulkOperationCleanupAction>());
    }

    private sealed class PreparingInterceptor : EmptyInterceptor
    {
        public System.Action? Preparing { get; set; }

        public override SqlString OnPrepareStatement(SqlString sql)
        {
            Preparing?.Invoke();
            return sql;
        }
    }
}
