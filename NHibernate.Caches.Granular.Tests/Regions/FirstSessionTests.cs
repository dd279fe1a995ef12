using System.Data;
using System.Data.Common;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Cfg;
using NHibernate.Connection;
using NHibernate.Event;

namespace NHibernate.Caches.Granular.Tests.Regions;

/// <summary>
/// Sessions that are open when their database is first met: they may put what they read from then on, although nothing was known of the stamps
/// when they were opened.
/// </summary>
public sealed class FirstSessionTests : NodesFixture
{
    [Test]
    public void First_session_of_a_process_puts_what_it_reads([Values] bool hasTransaction)
    {
        var node = NewNode(TestRedis.ConnectionString, ("cache.key_prefix", TestRedis.NewPrefix("first")), ("cache.granular.redis_timeout", "20"));
        using (var session = node.OpenSession())
        using (hasTransaction ? session.BeginTransaction() : null)
            Assert.That(session.Get<Post>(1).Title, Is.EqualTo("first"));
        Assert.That(Run(node, session => session.Get<Post>(1).Title), Is.EqualTo("first"));
        Assert.That(node.Statistics.SecondLevelCacheHitCount, Is.EqualTo(1));
    }

    [Test]
    public void Sessions_that_were_opened_before_it_put_as_well()
    {
        var node = NewNode(TestRedis.ConnectionString, ("cache.key_prefix", TestRedis.NewPrefix("first")), ("cache.granular.redis_timeout", "20"));
        using (var early = node.OpenSession())
        {
            Run(node, session => session.Get<Post>(1));
            early.Get<Post>(2);
        }
        Run(node, session => session.Get<Post>(2));
        Assert.That(node.Statistics.SecondLevelCacheHitCount, Is.EqualTo(1));
    }

    // The snapshot is older than all that the process knows of the stamps, and nobody has seen it being taken.
    [Test]
    public void First_session_does_not_put_what_it_reads_from_a_snapshot_that_was_taken_behind_its_back()
    {
        var prefix = TestRedis.NewPrefix("first");
        var (writer, reader) = (NewNode(), NewNode());
        using (var session = reader.OpenSession())
        using (var transaction = session.BeginTransaction(IsolationLevel.RepeatableRead))
        {
            using var command = session.Connection.CreateCommand();
            command.CommandText = "select count(*) from Post";
            transaction.Enlist(command);
            command.ExecuteScalar();
            Run(writer, other => other.Get<Post>(1).Title = "changed");
            Assert.That(session.Get<Post>(1).Title, Is.EqualTo("first"));
            transaction.Commit();
        }
        Assert.That(Run(reader, session => session.Get<Post>(1).Title), Is.EqualTo("changed"));

        ISessionFactory NewNode() => this.NewNode(TestRedis.ConnectionString, ("cache.key_prefix", prefix), ("cache.granular.redis_timeout", "20"));
    }

    // What it began to read before is not younger for what it asks meanwhile.
    [Test]
    public void Session_that_has_begun_to_read_does_not_put_with_what_is_known_later()
    {
        var moment = new Moment();
        var node = NewNode(configuration =>
        {
            configuration.SetProperty(Cfg.Environment.ConnectionProvider, typeof(LateProvider).AssemblyQualifiedName);
            configuration.SetListener(ListenerType.PreLoad, moment);
        });
        LateProvider.Refuses = true;
        using (var session = node.OpenSession())
        {
            moment.Before = 2;
            moment.Step = () =>
            {
                LateProvider.Refuses = false;
                Thread.Sleep(TimeSpan.FromSeconds(1.1)); // so long it is not asked again
                Commit(other => other.Get<Post>(3).Title = "changed");
                session.CreateSQLQuery("select 1").UniqueResult();
            };
            Assert.That(session.CreateQuery("from Post where Id > 1 order by Id").List<Post>()[1].Title, Is.EqualTo("third"));
        }
        Assert.That(Run(node, session => session.Get<Post>(3).Title), Is.EqualTo("changed"));
    }

    // Puts into such a region do not say whose they are: they are as old as the session that was opened first.
    [Test]
    public void Session_that_counts_as_opened_now_makes_nothing_younger_that_another_has_read()
    {
        var moment = new Moment();
        var node = NewNode(configuration => configuration.SetListener(ListenerType.PreLoad, moment));
        using (var early = node.OpenSession())
        using (var session = node.OpenSession())
        {
            moment.Before = 1;
            moment.Step = () =>
            {
                Commit(other => other.Get<Tag>(1).Name = "changed");
                early.Get<Tag>(2);
            };
            Assert.That(session.Get<Tag>(1).Name, Is.EqualTo("x"));
        }
        Assert.That(Run(node, session => session.Get<Tag>(1).Name), Is.EqualTo("changed"));
    }

    private sealed class Moment : IPreLoadEventListener
    {
        /// <summary>The id of what is about to be loaded.</summary>
        public int Before { get; set; }

        /// <summary>Runs once.</summary>
        public System.Action? Step { get; set; }

        public void OnPreLoad(PreLoadEvent @event)
        {
            if (!Equals(@event.Id, Before) || Step is not { } step)
                return;
            Step = null;
            step();
        }

        public Task OnPreLoadAsync(PreLoadEvent @event, CancellationToken cancellationToken)
        {
            OnPreLoad(@event);
            return Task.CompletedTask;
        }
    }

    /// <summary>Refuses for a while the connections that are the cache's own.</summary>
    public sealed class LateProvider : DriverConnectionProvider
    {
        public static bool Refuses { get; set; }

        public override DbConnection GetConnection(string connectionString) =>
            Refuses && new System.Diagnostics.StackTrace().ToString().Contains(nameof(FactoryScope), StringComparison.Ordinal)
                ? throw new InvalidOperationException("The catalog cannot be read.")
                : base.GetConnection(connectionString);
    }
}
