using NHibernate.AdoNet;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Engine;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>Puts a witness before every batcher NHibernate creates: one per session that has a connection of its own. Thread-safe: stateless.</summary>
internal sealed class WitnessBatcherFactory(IBatcherFactory factory, FactoryScope scope) : IBatcherFactory
{
    public IBatcher CreateBatcher(ConnectionManager connectionManager, IInterceptor interceptor)
    {
        scope.MappingIsComplete();
        return new StatementWitness(factory.CreateBatcher(connectionManager, interceptor), new ConnectionWatch(connectionManager, scope, interceptor), scope.Factory);
    }
}
