namespace NHibernate.Caches.Granular.Stores.InProcess;

/// <summary>Stores in the memory of this process, over stamps that all its session factories share. Thread-safe.</summary>
internal sealed class InProcessStores(InProcessStoreOptions options, TimeProvider time) : ICacheStores
{
    public string Description => "in-process";

    public bool IsShared => false;

    public StoreHealth Health => StoreHealth.Good;

    public ICacheStore OfEveryDatabase { get; } = new EveryDatabaseStore();

    public ICacheStore Of(StoreScope scope) => new InProcessStore(StampTables.Of(scope.Database, options, time), options, time);

    /// <summary>Each store is disposed by its scope.</summary>
    public void Dispose()
    {
        // The stamps belong to the process.
    }
}
