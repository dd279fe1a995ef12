using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;

namespace NHibernate.Caches.Granular.Tests.Stores;

/// <summary>
/// What the contract tests need of a store: fresh stamps, several stores over them, and a way to let time pass (a store on a real
/// clock may wait, and choose shorter spans).
/// </summary>
internal abstract class StoreHarness : IDisposable
{
    /// <summary>The store of one session factory.</summary>
    public abstract ICacheStore Store { get; }

    /// <summary>The store of another session factory on the same database.</summary>
    public abstract ICacheStore Neighbour { get; }

    public abstract TimeSpan Lease { get; }

    public abstract TimeSpan TimeToLive { get; }

    /// <summary>Of the stores' options; at least three times <see cref="TimeToLive"/>.</summary>
    public abstract TimeSpan MaxTimeToLive { get; }

    /// <summary>The shapes of these tables that are registered now, whoever registered them; the store itself may answer from memory.</summary>
    public virtual ShapeList ShapesOf(ICacheStore store, params TableId[] tables) => store.Shapes(tables);

    /// <summary>Returns when the store's clock has advanced by at least this much, and by less than a tenth more.</summary>
    public abstract void Pass(TimeSpan span);

    public abstract void Dispose();
}
