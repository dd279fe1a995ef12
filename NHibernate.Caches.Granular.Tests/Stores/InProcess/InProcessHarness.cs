using NHibernate.Caches.Granular.Stores;
using NHibernate.Caches.Granular.Stores.InProcess;

namespace NHibernate.Caches.Granular.Tests.Stores.InProcess;

/// <summary>Two in-process stores over fresh stamps, on a clock that stands still.</summary>
internal sealed class InProcessHarness : StoreHarness
{
    private readonly InProcessStore _store;
    private readonly InProcessStore _neighbour;

    public InProcessHarness(InProcessStoreOptions? options = null)
    {
        options ??= InProcessStoreOptions.Default;
        MaxTimeToLive = options.MaxTimeToLive;
        Stamps = new StampTable(options, Time);
        _store = new InProcessStore(Stamps, options, Time);
        _neighbour = new InProcessStore(Stamps, options, Time);
    }

    public ManualTime Time { get; } = new();

    public StampTable Stamps { get; }

    public override ICacheStore Store => _store;

    public override ICacheStore Neighbour => _neighbour;

    public override TimeSpan Lease => TimeSpan.FromSeconds(30);

    public override TimeSpan TimeToLive => TimeSpan.FromHours(4);

    public override TimeSpan MaxTimeToLive { get; }

    public override void Pass(TimeSpan span) => Time.Pass(span);

    public override void Dispose()
    {
        _store.Dispose();
        _neighbour.Dispose();
    }
}
