using System.Diagnostics;
using NHibernate.Cfg;

namespace NHibernate.Caches.Granular.Tests.Blog;

/// <summary>Session factories on one database that share a Redis, as the nodes of an application do. The fixture's own factory is not one of them.</summary>
public abstract class NodesFixture : BlogFixture
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly List<ISessionFactory> _nodes = [];

    [TearDown]
    public void CloseNodes()
    {
        _nodes.ForEach(node => node.Dispose());
        _nodes.Clear();
    }

    /// <param name="redis">The configuration string.</param>
    /// <param name="properties">More properties, or others.</param>
    private protected ISessionFactory NewNode(string redis, params (string Name, string Value)[] properties) => NewNode(configuration =>
    {
        configuration.SetProperty("cache.configuration", redis);
        foreach (var (name, value) in properties)
            configuration.SetProperty(name, value);
    });

    private protected ISessionFactory NewNode(Action<Configuration> configure)
    {
        var configuration = Configure();
        foreach (var name in new[] { "cache.configuration", "cache.key_prefix", "cache.granular.redis_timeout" })
            configuration.Properties.Remove(name);
        configure(configuration);
        var node = configuration.BuildSessionFactory();
        _nodes.Add(node);
        return node;
    }

    /// <summary>Runs in a session and transaction of its own, at READ COMMITTED, and commits.</summary>
    private protected static T Run<T>(ISessionFactory node, Func<ISession, T> work)
    {
        using var session = node.OpenSession();
        using var transaction = session.BeginTransaction();
        var result = work(session);
        transaction.Commit();
        return result;
    }

    /// <inheritdoc cref="Run{T}"/>
    private protected static async Task<T> RunAsync<T>(ISessionFactory node, Func<ISession, Task<T>> work)
    {
        using var session = node.OpenSession();
        using var transaction = session.BeginTransaction();
        var result = await work(session);
        await transaction.CommitAsync();
        return result;
    }

    /// <summary>Asks until the node has all of the answer from the cache: nobody waits for puts, and what a node's first session reads it does not put.</summary>
    private protected static async Task CachedAsync(ISessionFactory node, Func<Task> ask)
    {
        for (var since = Stopwatch.StartNew(); since.Elapsed < s_patience; await Task.Delay(100))
        {
            var statements = node.Statistics.PrepareStatementCount;
            await ask();
            if (node.Statistics.PrepareStatementCount == statements)
                return;
        }
        throw new TimeoutException("Not all of the answer is cached, however often it is asked for.");
    }
}
