using NHibernate.Caches.Granular.Stores;
using NHibernate.Caches.Granular.Stores.InProcess;

namespace NHibernate.Caches.Granular.Tests.Stores.Protocol;

/// <summary>A real store with fresh stamps, and the time that passes for it.</summary>
internal abstract class ProtocolGround : IDisposable
{
    public abstract ICacheStore Store { get; }

    /// <summary>The stamps, where they can be looked into; without them states cannot be told apart.</summary>
    public virtual StampTable? Stamps => null;

    public abstract void Pass(TimeSpan span);

    public abstract void Dispose();
}

/// <summary>The store in the memory of this process.</summary>
internal sealed class InProcessGround : ProtocolGround
{
    private readonly ManualTime _time = new();
    private readonly InProcessStore _store;

    public InProcessGround()
    {
        Stamps = new StampTable(InProcessStoreOptions.Default, _time);
        _store = new InProcessStore(Stamps, InProcessStoreOptions.Default, _time);
    }

    public override ICacheStore Store => _store;

    public override StampTable Stamps { get; }

    public override void Pass(TimeSpan span) => _time.Pass(span);

    public override void Dispose() => _store.Dispose();
}
