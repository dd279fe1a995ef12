using NHibernate.Caches.Granular.Tests.Blog;

namespace NHibernate.Caches.Granular.Tests.Faults;

/// <summary>A server that loses its memory between the announce of a transaction and the report of its end (I3).</summary>
[Platform(Exclude = "Win", Reason = "Redis has no server for Windows")]
public sealed class LostLockTests : ProxiedNodesFixture
{
    [Test]
    public async Task Commit_of_unknown_outcome_is_locked_also_when_its_locks_were_lost_meanwhile()
    {
        var (writer, reader) = (NewPatientNode(), NewPatientNode(Server.ConnectionString));
        await CachedAsync(reader, () => Task.FromResult(Titles(reader)));
        // From here on the server knows the scripts, and the next that it is asked for is the announce.
        using (var session = writer.OpenSession())
        using (var transaction = Change(session, "before"))
            transaction.Commit();
        using var cancellation = new CancellationTokenSource();
        using (var session = writer.OpenSession())
        using (var transaction = Change(session, "committed, which nobody said"))
        {
            Proxy.BeforeReply = async request =>
            {
                if (!request.Name.StartsWith("EVAL", StringComparison.Ordinal))
                    return;
                Proxy.BeforeReply = null;
                await Server.ExecuteAsync("FLUSHALL");
                await cancellation.CancelAsync();
            };
            Assert.That(() => transaction.CommitAsync(cancellation.Token), Throws.InstanceOf<OperationCanceledException>());
        }

        // What is read now might be from before the COMMIT.
        for (var i = 0; i < 4; i++)
        {
            var statements = reader.Statistics.PrepareStatementCount;
            Assert.That(Titles(reader), Has.Some.EqualTo("committed, which nobody said"));
            Assert.That(reader.Statistics.PrepareStatementCount, Is.EqualTo(statements + 1), "the database was asked");
            await Task.Delay(100);
        }
    }

    private static IList<string> Titles(ISessionFactory node) => Run(node, session => session.CreateQuery("select Title from Post").SetCacheable(true).List<string>());

    private static ITransaction Change(ISession session, string title)
    {
        session.CacheMode = CacheMode.Ignore;
        var transaction = session.BeginTransaction();
        session.Get<Post>(1).Title = title;
        return transaction;
    }
}
