using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Cfg;

namespace NHibernate.Caches.Granular.Tests.Documentation.Snippets;

/// <summary>What the page about invalidation shows.</summary>
internal static class InvalidationSnippets
{
    public static async Task TellAsync(ISessionFactory factory, ISession session, Post post)
    {
        #region telling
        var cache = factory.GranularCache();

        // A row, of which is known who it is: it may have had any values, and may have any now.
        await cache.InvalidateAsync(post);

        // Rows of which more is known, before their change and after: here one that went from category 5 to 6.
        cache.InvalidateWhere<Post>(changed => changed.Id == 1 && (changed.Cat!.Id == 5 || changed.Cat.Id == 6));

        // Any rows of a type and of what derives from it.
        cache.Invalidate<Post>();

        // The result of a query with its present parameters.
        cache.Invalidate(session, session.Query<Post>().Where(listed => listed.Cat!.Id == 5));

        // Everything.
        cache.InvalidateAll();
        #endregion
    }

    public static void Plain(ISession session)
    {
        #region plain statement
        session.CreateQuery("update Post set Score = 9 where Id = 2").ExecuteUpdate();
        #endregion
    }

    public static async Task<int> ManyAsync(ISession session)
    {
        #region many rows
        var raised = session.Query<Post>().Where(post => post.Title.StartsWith("New ")).InvalidatedUpdate(post => new Post { Score = post.Score + 1 });
        var deleted = await session.Query<Post>().Where(post => post.Score < 0).InvalidatedDeleteAsync();
        #endregion
        return raised + deleted;
    }

    public static async Task SuspendAsync(ISessionFactory factory, ISession session, Counter counter)
    {
        #region suspending
        using (factory.GranularCache().SuspendInvalidation())
        {
            counter.Views++;
            await session.FlushAsync();
        }
        #endregion
    }

    public static async Task CoalesceAsync<T>(ISessionFactory factory, IEnumerable<T> orders, Func<T, Task> ImportAsync)
    {
        #region coalescing
        using (factory.GranularCache().CoalesceInvalidation())
        {
            foreach (var order in orders)
                await ImportAsync(order);
        }
        #endregion
    }

    public static void OwnStamps(Configuration configuration)
    {
        #region own stamps
        configuration.UseGranularCache(options => options.DatabaseIdentity = Guid.NewGuid().ToString());
        #endregion
    }
}

/// <summary>Counts what no cached result shows.</summary>
internal sealed class Counter
{
    public int Views { get; set; }
}
