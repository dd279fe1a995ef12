using System.Runtime.CompilerServices;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Linq;

namespace NHibernate.Caches.Granular.Tests.Invalidation;

/// <summary>What the cache must not keep alive.</summary>
public sealed class MemoryTests : BlogFixture
{
    [Test]
    public void Cleared_session_holds_nothing_of_what_it_loaded()
    {
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        var loaded = new List<WeakReference>();
        for (var i = 0; i < 2000; i++)
            loaded.Add(LoadAndClear(session));
        Collect();
        Assert.That(loaded.Count(reference => reference.IsAlive), Is.LessThan(1000));
    }

    [Test]
    public void Session_that_nobody_closes_is_collected()
    {
        var session = OpenAndForget();
        Collect();
        Assert.That(session.IsAlive, Is.False);
    }

    [Test]
    public void Flushed_and_cleared_entities_are_not_kept_until_the_commit()
    {
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        var saved = new List<WeakReference>();
        for (var i = 100; i < 200; i++)
            saved.Add(SaveAndClear(session, i));
        Collect();
        Assert.That(saved.Count(reference => reference.IsAlive), Is.LessThan(10));
        transaction.Rollback();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference LoadAndClear(ISession session)
    {
        var cat = new WeakReference(session.Get<Post>(1).Cat);
        session.Clear();
        return cat;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference SaveAndClear(ISession session, int id)
    {
        var comment = new Comment { Id = id, Text = "text" };
        session.Save(comment);
        session.Flush();
        session.Clear();
        return new WeakReference(comment);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference OpenAndForget()
    {
        var session = Factory.OpenSession();
        _ = session.Query<Post>().Count();
        return new WeakReference(session);
    }

    private static void Collect()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }
}
