using NHibernate.Caches.Granular.Tests.Blog;

namespace NHibernate.Caches.Granular.Tests.Functions;

/// <summary>Calls cached functions, and counts how often they run.</summary>
public abstract class FunctionFixture : PlayFixture
{
    protected GranularCache Cached => Factory.GranularCache();

    protected int Runs { get; private set; }

    protected override bool NeedsFactoryPerTest => true;

    [SetUp]
    public void ResetRuns() => Runs = 0;

    /// <summary>A function that counts its runs.</summary>
    protected Func<T> Counted<T>(Func<T> function) => () =>
    {
        Runs++;
        return function();
    };

    /// <summary>How many posts a category has, by a query that is not cached itself.</summary>
    protected static int CountOf(ISession session, int cat) => session.Query<Post>().Count(post => post.Cat!.Id == cat);

    protected static IQueryable<Post> PostsOf(ISession session, int cat) => session.Query<Post>().Where(post => post.Cat!.Id == cat);

    /// <summary>The number of a category's posts as a cached function.</summary>
    protected int Posts(ISession session, int cat = 1, CachedFunctionOptions? options = null) =>
        Cached.GetOrAdd(session, $"posts of {cat}", on => on.On(PostsOf(session, cat)), Counted(() => CountOf(session, cat)), options);

    protected int Posts(int cat = 1) => Commit(session => Posts(session, cat));

    /// <summary>Whether a call in a session of its own is answered from the cache.</summary>
    protected (T Result, bool WasHit) Call<T>(Func<ISession, T> call)
    {
        var before = Runs;
        var result = Commit(call);
        return (result, Runs == before);
    }

    /// <summary>Has the answer in the cache.</summary>
    protected void CacheCall<T>(Func<ISession, T> call)
    {
        Call(call);
        Assert.That(Call(call).WasHit, Is.True, "it is cached before the play begins");
    }

    protected void AssertFreshCall(int expected, int cat = 1)
    {
        Assert.That(Posts(cat), Is.EqualTo(expected), "the first answer is the database's");
        Assert.That(Posts(cat), Is.EqualTo(expected), "the second is too");
    }
}
