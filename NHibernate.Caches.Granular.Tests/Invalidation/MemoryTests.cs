using System.Runtime.CompilerServices;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Linq;

namespace NHibernate.Caches.Granular.Tests.Invalidation;

/// <summary>What the cache must not keep alive.</summary>
public sealed class MemoryTests : BlogFixture
{
    [Test]
    public void Session_that_nobody_closes_is_collected()
    {
        var session = OpenAndForget();
        Collect();
        Assert.That(session.IsAlive, Is.False);
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
