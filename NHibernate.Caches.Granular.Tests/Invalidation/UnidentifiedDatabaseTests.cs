using System.Data.Common;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Cfg;
using NHibernate.Connection;

namespace NHibernate.Caches.Granular.Tests.Invalidation;

/// <summary>
/// Changes of a database that could not be asked which one it is: everything cached in the process may be concerned, of other session
/// factories too, from the first statement to the end of the transaction. Alone, for it locks what other fixtures cache.
/// </summary>
[NonParallelizable]
public sealed class UnidentifiedDatabaseTests : PlayFixture
{
    protected override bool NeedsFactoryPerTest => true;

    [Test]
    public void Reader_between_the_COMMIT_and_the_publish_gets_no_old_result()
    {
        using var writers = Unidentifiable();
        Cache(Count);
        using (var session = writers.WithOptions().Interceptor(new UserInterceptor { Completed = () => Assert.That(Ask(Count).Result, Is.EqualTo(4)) }).OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            Execute(session, "insert into Post (id, title, visible, price) values (10, 'ten', true, 0)");
            AssertHidden(Count);
            transaction.Commit();
        }
        AssertFresh(Count);
        Assert.That(Ask(Count).WasHit, Is.True, "the commit is proven, so nothing stays locked");
    }

    /// <summary>A session factory whose every connection but those of its sessions' own work is refused.</summary>
    private ISessionFactory Unidentifiable()
    {
        var configuration = Configure();
        configuration.SetProperty(Cfg.Environment.ConnectionProvider, typeof(RefusingProvider).AssemblyQualifiedName);
        return configuration.BuildSessionFactory();
    }

    /// <summary>Refuses connections that are not asked for by a session's batcher; those are the cache's own.</summary>
    public sealed class RefusingProvider : DriverConnectionProvider
    {
        public override DbConnection GetConnection(string connectionString) =>
            System.Transactions.Transaction.Current is null && !new System.Diagnostics.StackTrace().ToString().Contains(nameof(FactoryScope), StringComparison.Ordinal)
                ? base.GetConnection(connectionString)
                : throw new InvalidOperationException("The catalog cannot be read.");
    }
}
